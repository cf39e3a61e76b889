//! `cargo workflows explain W013`: the page of a code.

use anyhow::bail;
use std::io::{self, Write as _};

const PAGES: &str = include_str!("../docs/codes.md");

/// Prints the page of a code.
///
/// # Errors
///
/// Fails if there is no such code.
pub(crate) fn run(code: &str) -> anyhow::Result<()> {
    let code = code.to_uppercase();
    let Some(page) = page(&code) else {
        bail!("there is no code `{code}`: the codes are W{}", codes().join(", W"));
    };
    Ok(io::stdout().lock().write_all(readable(page).as_bytes())?)
}

/// The section of a code, with its heading.
fn page(code: &str) -> Option<&'static str> {
    let heading = format!("# {code}:");
    let start = PAGES.match_indices(&heading).map(|(at, _)| at).find(|at| *at == 0 || PAGES[..*at].ends_with('\n'))?;
    let rest = &PAGES[start..];
    let end = rest.find("\n# W").map_or(rest.len(), |end| end + 1);
    Some(&rest[..end])
}

fn codes() -> Vec<&'static str> {
    let headings = PAGES.lines().filter_map(|line| line.strip_prefix("# W"));
    headings.filter_map(|heading| heading.split_once(':')).map(|(number, _)| number).collect()
}

/// The page without what only rustdoc needs: hidden lines of programs, and links between items.
fn readable(page: &str) -> String {
    let mut text = String::new();
    let mut is_program = false;
    for line in page.lines() {
        if line.starts_with("```") {
            is_program = !is_program;
            text.push_str(if is_program { "```rust" } else { "```" });
        } else if is_program && (line == "#" || line.starts_with("# ")) {
            continue;
        } else {
            text.push_str(&without_links(line));
        }
        text.push('\n');
    }
    text.trim_end().to_owned() + "\n"
}

/// A line with the text of each link to an item, such as `[text](path)`.
fn without_links(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("](crate::") {
        let (before, after) = rest.split_at(at);
        match before.rfind('[') {
            Some(start) => text.extend([&before[..start], &before[start + 1..]]),
            None => text.push_str(before),
        }
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::{codes, page, readable, without_links};

    #[test]
    fn each_code_has_a_page() {
        assert!(codes().len() > 20);
        for number in codes() {
            let code = format!("W{number}");
            let page = page(&code).unwrap_or_else(|| panic!("{code} has no page"));
            assert!(page.starts_with(&format!("# {code}:")), "{page}");
            assert_eq!(page.matches("\n# W").count(), 0, "{page}");
        }
        assert_eq!(page("W999"), None);
    }

    #[test]
    fn links_to_items_are_printed_as_text() {
        assert_eq!(without_links("see [`a`](crate::a), [`b`](crate::b)."), "see `a`, `b`.");
        assert_eq!(without_links("no [link] (crate::a)"), "no [link] (crate::a)");
    }

    #[test]
    fn hidden_lines_are_not_printed() {
        let text = readable("# W001: a\n\n```compile_fail\n# use x;\nfn f() {}\n```\n");
        assert_eq!(text, "# W001: a\n\n```rust\nfn f() {}\n```\n");
    }
}

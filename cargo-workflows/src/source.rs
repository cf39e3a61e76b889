//! The source files of calls: `allow_blocking!`, and the name of the method in a call.

use std::{collections::HashMap, fs};

/// Position in a file, both from 1.
type Position = (u32, u32);

/// The source of the files that are asked for.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    files: HashMap<String, Option<Source>>,
}

#[derive(Debug)]
struct Source {
    lines: Vec<String>,
    allowed: Vec<Allowed>,
}

/// An `allow_blocking!(call, "reason")`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allowed {
    start: Position,
    end: Position,
    pub(crate) reason: String,
}

/// The text after a call's position in which its method is expected.
const WINDOW: usize = 2_000;

impl Sources {
    /// The `allow_blocking!` around a position.
    pub(crate) fn allowed(&mut self, file: &str, line: u32, column: u32) -> Option<&Allowed> {
        let at = (line, column);
        self.file(file)?.allowed.iter().find(|allowed| allowed.start <= at && at <= allowed.end)
    }

    /// Whether the call at this position may be one of `method`. `None` without the source, or if a macro makes the call.
    pub(crate) fn calls_method(&mut self, file: &str, line: u32, column: u32, method: &str) -> Option<bool> {
        let source = self.file(file)?;
        let first = usize::try_from(line.checked_sub(1)?).ok()?;
        let mut text = String::new();
        for line in source.lines.get(first..)? {
            text.push_str(line);
            text.push('\n');
            if text.len() > WINDOW {
                break;
            }
        }
        let text = text.get(usize::try_from(column.saturating_sub(1)).ok()?..).unwrap_or_default();
        if let Some(name) = macro_at(text) {
            return matches!(name, "write" | "writeln").then_some(method == "write_fmt");
        }
        let text = &text[..end_of_statement(text)];
        let is_word = |at: usize| {
            let before = text[..at].chars().next_back().unwrap_or(' ');
            let after = text[at + method.len()..].chars().next().unwrap_or(' ');
            !before.is_alphanumeric() && before != '_' && !after.is_alphanumeric() && after != '_'
        };
        Some(text.match_indices(method).any(|(at, _)| is_word(at)))
    }

    /// The name of the method in `receiver.method(..)` at this position. `None` if the call there has another form, and
    /// without the source.
    pub(crate) fn method_at(&mut self, file: &str, line: u32, column: u32) -> Option<&str> {
        let lines = &self.file(file)?.lines;
        let line = usize::try_from(line.checked_sub(1)?).ok()?;
        let (before, text) = lines.get(line)?.split_at_checked(usize::try_from(column.checked_sub(1)?).ok()?)?;
        if !before.ends_with('.') || text.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        Some(&text[..end])
    }

    fn file(&mut self, file: &str) -> Option<&Source> {
        if !self.files.contains_key(file) {
            let source = fs::read_to_string(file)
                .ok()
                .map(|text| Source { lines: text.lines().map(str::to_owned).collect(), allowed: allowed(&text) });
            self.files.insert(file.to_owned(), source);
        }
        self.files.get(file)?.as_ref()
    }
}

/// The name of the macro whose call `text` begins with. The source of the call does not show what its expansion calls.
fn macro_at(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | ':'))?;
    let arguments = text[end..].strip_prefix('!')?.trim_start();
    if !arguments.starts_with(['(', '[', '{']) {
        return None;
    }
    text[..end].rsplit(':').next().filter(|name| !name.is_empty())
}

/// The length of the statement that `text` begins with, or inside of which it begins.
fn end_of_statement(text: &str) -> usize {
    let mut depth = 0_i32;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth < 0 || (depth == 0 && c == ';') {
            return at;
        }
    }
    text.len()
}

/// Every `allow_blocking!` of a file.
fn allowed(text: &str) -> Vec<Allowed> {
    const NAME: &str = "allow_blocking!";
    let mut found = Vec::new();
    for (at, _) in text.match_indices(NAME) {
        let start = at + NAME.len();
        let Some((end, reason)) = closing(&text[start..]) else { continue };
        found.push(Allowed { start: position(text, at), end: position(text, start + end), reason });
    }
    found
}

/// The end of the delimited group that follows, and the last string in it.
fn closing(text: &str) -> Option<(usize, String)> {
    let mut depth = 0_u32;
    let mut last = String::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some((at, last));
                }
            }
            '"' => {
                last.clear();
                while let Some((_, c)) = rest.next() {
                    match c {
                        '"' => break,
                        '\\' => last.extend(rest.next().map(|(_, c)| c)),
                        c => last.push(c),
                    }
                }
            }
            // A character, unless it is a lifetime.
            '\'' => {
                let mut ahead = text[at + 1..].chars();
                let length = match (ahead.next(), ahead.next(), ahead.next()) {
                    (Some('\\'), Some(_), Some('\'')) => 3,
                    (Some(_), Some('\''), _) => 2,
                    _ => 0,
                };
                for _ in 0..length {
                    rest.next();
                }
            }
            '/' if rest.peek().is_some_and(|(_, c)| *c == '/') => while rest.next_if(|(_, c)| *c != '\n').is_some() {},
            _ if depth == 0 && !c.is_whitespace() => return None,
            _ => {}
        }
    }
    None
}

fn position(text: &str, at: usize) -> Position {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = at - before.rfind('\n').map_or(0, |newline| newline + 1) + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Source, Sources, allowed, closing, end_of_statement, macro_at};

    #[test]
    fn allowed_call_has_its_range_and_reason() {
        let text = "fn f() {\n    let a = allow_blocking!(read(\"a)\", ')'), \"one \\\"page\\\"\");\n    read(b);\n}\n";
        let [allowed] = &allowed(text)[..] else { panic!("not one") };
        assert_eq!(allowed.reason, "one \"page\"");
        assert!(allowed.start <= (2, 29) && (2, 29) <= allowed.end);
        assert!(allowed.end < (3, 5));
    }

    #[test]
    fn statement_ends_before_the_next_one() {
        for text in ["a.f(|| { b; c })\n    .g(); h()", "a.f(|| { b; c })\n    .g()\n}\nfn h() {}"] {
            assert!(text[..end_of_statement(text)].contains(".g()"), "{text}");
            assert!(!text[..end_of_statement(text)].contains("h()"), "{text}");
        }
    }

    #[test]
    fn call_of_a_macro_is_recognized() {
        assert_eq!(macro_at("writeln!(w, \"{line}\")?;"), Some("writeln"));
        assert_eq!(macro_at("std::write! { w, \"x\" }"), Some("write"));
        for text in ["w.write_fmt(x)", "!done(x)", "a != (b)", "writeln"] {
            assert_eq!(macro_at(text), None, "{text}");
        }
    }

    #[test]
    fn method_is_read_at_its_position() {
        let mut sources = Sources::default();
        let mut method_at = |line, column| {
            let source =
                Source { lines: vec!["body.0(x)".to_owned(), "    .poll_frame(cx)".to_owned()], allowed: Vec::new() };
            sources.files.insert("lib.rs".to_owned(), Some(source));
            sources.method_at("lib.rs", line, column).map(str::to_owned)
        };
        assert_eq!(method_at(2, 6).as_deref(), Some("poll_frame"));
        for (line, column) in [(1, 1), (1, 6), (2, 5), (2, 90), (3, 1), (0, 0)] {
            assert_eq!(method_at(line, column), None, "{line}:{column}");
        }
    }

    #[test]
    fn lifetimes_and_comments_do_not_end_a_group() {
        assert_eq!(closing("(f::<'a>(x), // )\n \"why\")").unwrap().1, "why");
        assert_eq!(closing(" = 1"), None);
    }
}

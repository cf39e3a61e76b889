//! The source text around an attribute.
//!
//! rustc expands attributes from the first to the last, and removes what it has expanded: `#[event]` does not receive
//! a `#[derive(..)]` above it. It is read from the source file. No other file is read.

use proc_macro2::Span;
use std::fs;
use syn::{Attribute, Item, parse::Parser};

/// The attributes directly above the one at `at`. There are none if the source cannot be read, as in some editors.
pub(crate) fn attributes_above(at: Span) -> Vec<Attribute> {
    let text = text_before(at);
    match text {
        Some(text) => last_attributes(&text),
        None => Vec::new(),
    }
}

/// The text of the source file that contains `at`.
pub(crate) fn file(at: Span) -> Option<String> {
    if !proc_macro::is_available() {
        return None;
    }
    fs::read_to_string(at.unwrap().local_file()?).ok()
}

/// The types and traits with this name in a text, as far as they can be parsed.
pub(crate) fn declarations(text: &str, name: &str) -> Vec<Item> {
    let mut items = Vec::new();
    for keyword in ["struct", "enum", "union", "type", "trait"] {
        for (at, found) in text.match_indices(&format!("{keyword} {name}")) {
            let is_part_of_a_word = |c: char| c.is_alphanumeric() || c == '_';
            let rest = &text[at..];
            if rest[found.len()..].starts_with(is_part_of_a_word) || text[..at].ends_with(is_part_of_a_word) {
                continue;
            }
            let item = declaration(rest).and_then(|item| syn::parse_str(item).ok());
            items.extend(item);
        }
    }
    items
}

/// The first item of a text: up to a `;`, or to the end of its braces.
fn declaration(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    for (at, c) in text.bytes().enumerate() {
        match c {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 && matches!(c, b';' | b'}') {
            return Some(&text[..=at]);
        }
    }
    None
}

/// Whether the token at `at` is in the declaration of a `macro_rules!` macro.
pub(crate) fn is_in_macro_rules(at: Span) -> bool {
    let text = text_before(at).unwrap_or_default();
    let Some((_, rest)) = text.rsplit_once("macro_rules!") else { return false };
    rest.contains(['{', '(', '[']) && first_group(rest).is_none()
}

/// The first group of delimiters in a text, if it is closed. Strings and comments are taken for code.
pub(crate) fn first_group(text: &str) -> Option<&str> {
    let begin = text.find(['{', '(', '['])?;
    let mut depth = 0_usize;
    for (at, c) in text.bytes().enumerate().skip(begin) {
        match c {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(&text[begin..=at]);
        }
    }
    None
}

fn text_before(at: Span) -> Option<String> {
    let file = file(at)?;
    let at = at.unwrap();
    let mut text = String::new();
    for (number, line) in (1..).zip(file.split_inclusive('\n')) {
        if number == at.line() {
            text.extend(line.chars().take(at.column() - 1));
            return Some(text);
        }
        text.push_str(line);
    }
    None
}

/// The attributes at the end of `text`, apart from comments between them.
fn last_attributes(text: &str) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    let mut rest = without_comments(text);
    while rest.ends_with(']') {
        let Some((before, attribute)) = last_attribute(rest) else { break };
        attributes.extend(attribute);
        rest = without_comments(before);
    }
    attributes
}

/// The last attribute, which may itself contain `#[`.
fn last_attribute(text: &str) -> Option<(&str, Vec<Attribute>)> {
    let mut end = text.len();
    loop {
        let start = text[..end].rfind("#[")?;
        if let Ok(attribute) = Attribute::parse_outer.parse_str(&text[start..]) {
            return Some((&text[..start], attribute));
        }
        end = start;
    }
}

/// The text without spaces and line comments at its end.
fn without_comments(text: &str) -> &str {
    let mut text = text.trim_end();
    loop {
        let line = text.rsplit('\n').next().unwrap_or_default();
        if !line.trim_start().starts_with("//") {
            return text;
        }
        text = text[..text.len() - line.len()].trim_end();
    }
}

#[cfg(test)]
mod tests {
    use super::{first_group, last_attributes};

    fn names(text: &str) -> Vec<String> {
        last_attributes(text).iter().map(|attribute| attribute.path().segments[0].ident.to_string()).collect()
    }

    #[test]
    fn attributes_at_the_end_are_found() {
        assert_eq!(names("struct A;\n#[derive(Clone)]\n"), ["derive"]);
        assert_eq!(
            names("#[derive(Clone)] #[cfg_attr(x, y = \"#[z]\")]\n  // why\n\n /// Doc.\n  "),
            ["cfg_attr", "derive"]
        );
    }

    #[test]
    fn group_ends_at_its_own_delimiter() {
        assert_eq!(first_group("name { a(b) } c {"), Some("{ a(b) }"));
        assert_eq!(first_group("name { a(b)"), None);
        assert_eq!(first_group("name"), None);
    }

    #[test]
    fn other_text_is_not_an_attribute() {
        assert!(names("const A: [u8; 1] = [1];\n").is_empty());
        assert!(names("$(#[$meta])*\n").is_empty());
        assert!(names("fn a() -> [u8; 2]").is_empty());
        assert!(names("").is_empty());
        assert!(names("]").is_empty());
    }
}

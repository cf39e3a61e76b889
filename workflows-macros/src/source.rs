//! The source text around an attribute.
//!
//! rustc expands attributes from the first to the last, and removes what it has expanded: `#[event]` does not receive
//! a `#[derive(..)]` above it. It is read from the source file, the only file that the macros read.

use proc_macro2::Span;
use syn::{Attribute, parse::Parser};

/// The attributes directly above the one at `at`. There are none if the source cannot be read, as in some editors.
pub(crate) fn attributes_above(at: Span) -> Vec<Attribute> {
    let text = text_before(at);
    match text {
        Some(text) => last_attributes(&text),
        None => Vec::new(),
    }
}

fn text_before(at: Span) -> Option<String> {
    if !proc_macro::is_available() {
        return None;
    }
    let at = at.unwrap();
    let file = std::fs::read_to_string(at.local_file()?).ok()?;
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
    use super::last_attributes;

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
    fn other_text_is_not_an_attribute() {
        assert!(names("const A: [u8; 1] = [1];\n").is_empty());
        assert!(names("$(#[$meta])*\n").is_empty());
        assert!(names("fn a() -> [u8; 2]").is_empty());
        assert!(names("").is_empty());
        assert!(names("]").is_empty());
    }
}

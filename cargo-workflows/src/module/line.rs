//! The parts of a line of LLVM IR that matter here: symbols, metadata numbers, arguments.

use super::Signature;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The symbols of a line, as `(position of the @, name, position after the name)`.
pub(super) fn symbols(line: &str) -> impl Iterator<Item = (usize, &str, usize)> {
    let bytes = line.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            match bytes[at] {
                // A string may contain an `@`. Quotes inside it are escaped as `\22`.
                b'"' => at = closing_quote(bytes, at) + 1,
                b'@' => {
                    let start = at;
                    let (name, end) = symbol(line, at + 1);
                    at = end;
                    if !name.is_empty() && !name.starts_with("llvm.") {
                        return Some((start, name, end));
                    }
                }
                _ => at += 1,
            }
        }
        None
    })
}

/// The name that begins at `at`, and the position after it.
fn symbol(line: &str, at: usize) -> (&str, usize) {
    let bytes = line.as_bytes();
    if bytes.get(at) == Some(&b'"') {
        let end = closing_quote(bytes, at);
        return (line.get(at + 1..end).unwrap_or_default(), end + 1);
    }
    let end = end_of_word(bytes, at);
    (&line[at..end], end)
}

fn closing_quote(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at + 1..).unwrap_or_default();
    rest.iter().position(|byte| *byte == b'"').map_or(bytes.len(), |length| at + 1 + length)
}

fn end_of_word(bytes: &[u8], at: usize) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$' | b'-');
    at + bytes[at..].iter().take_while(|byte| is_part(byte)).count()
}

/// The number after `key`, such as 12 in `!dbg !12` for the key `!dbg !`.
pub(super) fn number_after(line: &str, key: &str) -> Option<u32> {
    let rest = &line[line.rfind(key)? + key.len()..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[..digits].parse().ok()
}

/// The callee of a call.
pub(super) enum Callee<'a> {
    Symbol(&'a str),
    /// The name of a local value, with its `%`.
    Value(&'a str),
}

/// The callee in a line that contains a call, and the position of the parenthesis before its arguments.
pub(super) fn callee(line: &str) -> Option<(Callee<'_>, usize)> {
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'@' => {
                let (name, end) = symbol(line, at + 1);
                if bytes.get(end) == Some(&b'(') {
                    return Some((Callee::Symbol(name), end));
                }
                at = end.max(at + 1);
            }
            b'%' => {
                let end = end_of_word(bytes, at + 1);
                if bytes.get(end) == Some(&b'(') {
                    return Some((Callee::Value(&line[at..end]), end));
                }
                at = end;
            }
            // Inline assembly.
            b'"' => return None,
            _ => at += 1,
        }
    }
    None
}

/// Hashes the types of the arguments or parameters in the parentheses that open at `open`.
pub(super) fn signature(line: &str, open: usize) -> Signature {
    let mut hasher = DefaultHasher::new();
    let mut depth = 0_u32;
    let mut is_start = true;
    let bytes = line.as_bytes();
    let mut at = open;
    while at < bytes.len() {
        let byte = bytes[at];
        let is_open = matches!(byte, b'(' | b'[' | b'{' | b'<');
        if depth == 1 && is_start && byte != b' ' && byte != b')' {
            // `sret` and `byval` are attributes; the type is the first word.
            let word = line[at..].split([' ', ',', ')']).next().unwrap_or_default();
            word.hash(&mut hasher);
            is_start = false;
        }
        match byte {
            _ if is_open => {
                depth += 1;
                is_start |= at == open;
            }
            b')' | b']' | b'}' | b'>' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            b',' if depth == 1 => is_start = true,
            b'"' => at = closing_quote(bytes, at),
            _ => {}
        }
        at += 1;
    }
    hasher.finish()
}

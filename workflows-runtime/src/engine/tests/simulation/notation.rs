//! The notation of [`Flow`](super::flow::Flow): parameters, outputs and events as text.

use super::{
    graph::{EVENTS, Token},
    trace::RecordedEffect,
};
use crate::graph::{EventKey, PortKind, Shape};
use std::{any::type_name, time::Duration};

pub(super) fn millis(text: &str) -> Duration {
    Duration::from_millis(text.parse().expect("a number"))
}

pub(super) fn key(name: &str) -> EventKey {
    *EVENTS.iter().find(|key| key.name == name).unwrap_or_else(|| panic!("no event {name:?}"))
}

pub(super) fn parameter(text: &str) -> (PortKind, &str) {
    let count = |n: &str| n.parse().expect("a number");
    if let Some(of) = text.strip_prefix("Vec<") {
        (PortKind::All, of.trim_end_matches('>'))
    } else if let Some((of, n)) = text.strip_prefix("First<").and_then(|of| of.split_once(',')) {
        (PortKind::First(count(n.trim_end_matches('>'))), of)
    } else if let Some((of, n)) = text.strip_prefix('[').and_then(|of| of.split_once(';')) {
        (PortKind::Every(count(n.trim_end_matches(']'))), of)
    } else {
        (PortKind::One, text)
    }
}

/// Reads up to the closing bracket or the end.
pub(super) fn shape(text: &mut std::iter::Peekable<std::str::Chars<'_>>) -> &'static Shape {
    let mut members: Vec<&'static Shape> = Vec::new();
    while let Some(char) = text.next() {
        match char {
            ']' => break,
            '[' => members.push(Box::leak(Box::new(Shape::Batch(shape(text))))),
            ' ' => {}
            '!' => members.push(&Shape::Stop(type_name::<u64>)),
            '?' => members.push(&Shape::Prompt(type_name::<u64>)),
            event => members.push(Box::leak(Box::new(Shape::Event(key(&event.to_string()))))),
        }
    }
    match members[..] {
        [one] => one,
        _ => Box::leak(Box::new(Shape::Any(members.leak()))),
    }
}

/// The effects in the notation of [`Flow::done`](super::flow::FlowOf::done).
pub(super) fn effects(output: &str, token: impl Fn(&str) -> Token) -> Vec<RecordedEffect> {
    let mut effects = Vec::new();
    let spaced = output.replace('[', " [ ").replace(']', " ] ").replace(',', " , ");
    let mut depth = 0;
    for word in spaced.split_whitespace() {
        match word {
            "[" => {
                effects.extend([RecordedEffect::Open(depth), RecordedEffect::Branch]);
                depth += 1;
            }
            "]" => {
                // A batch without branches.
                if let Some(RecordedEffect::Branch) = effects.last() {
                    effects.pop();
                }
                effects.push(RecordedEffect::Close);
                depth -= 1;
            }
            "," => effects.push(RecordedEffect::Branch),
            _ if word.starts_with('!') => effects.push(RecordedEffect::Stop(word[1..].parse().expect("a number"))),
            _ if word.starts_with('?') => {
                effects.push(RecordedEffect::Prompt(word[1..].parse().expect("a number")));
            }
            event => effects.push(RecordedEffect::Event(token(event))),
        }
    }
    effects
}

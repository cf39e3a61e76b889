//! Greetings, from a file if there is one.

use std::{collections::BTreeMap, fs};

const FILE: &str = "greetings.txt";

/// The greeting in a language.
pub(crate) fn of(language: &str) -> String {
    let mut greetings = all();
    greetings.remove(language).unwrap_or_else(|| "hello,".to_owned())
}

/// The first language of the file.
pub(crate) fn language() -> String {
    all().into_keys().next().unwrap_or_else(|| "en".to_owned())
}

fn all() -> BTreeMap<String, String> {
    let lines = text();
    let pairs = lines.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(language, greeting)| (language.to_owned(), greeting.to_owned())).collect()
}

fn text() -> String {
    fs::read_to_string(FILE).unwrap_or_default()
}

//! Functions and methods of all shapes that own what they take.

#![deny(warnings)]
#![forbid(unsafe_code)]

use std::{path::PathBuf, sync::Arc};
use workflows_runtime::prelude::*;

/// Documented, with attributes of others.
#[blocking(io)]
#[inline]
pub fn load(path: PathBuf) -> std::io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    if text.is_empty() {
        return Err(std::io::Error::other("empty"));
    }
    Ok(text)
}

#[blocking(cpu)]
fn largest<T, const N: usize>(values: [T; N]) -> Option<T>
where
    T: Ord + Send + 'static,
{
    values.into_iter().max()
}

#[blocking(cpu)]
fn joined(words: Vec<&'static str>, (left, right): (char, char), mut times: u8) -> String {
    times += 1;
    format!("{left}{}{right}{times}", words.join(" "))
}

#[blocking(cpu, pool = "quiet")]
fn nothing() {}

#[blocking(cpu)]
fn words(text: String) -> impl Iterator<Item = String> + Send {
    text.split(' ').map(str::to_owned).collect::<Vec<_>>().into_iter()
}

#[derive(Clone)]
struct Client {
    base: String,
}

impl Client {
    #[blocking(io)]
    fn get(self: Arc<Self>, path: String) -> String {
        format!("{}{path}", self.base)
    }

    #[blocking(cpu)]
    fn into_base(self) -> String {
        self.base
    }

    #[blocking(cpu)]
    pub(crate) fn new(base: String) -> Self {
        Self { base }
    }
}

trait Store {
    fn store(self, text: String) -> impl Future<Output = usize> + Send;
}

impl Store for Client {
    #[blocking(io)]
    fn store(self, text: String) -> usize {
        text.len() + self.base.len()
    }
}

fn main() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&load(PathBuf::new()));
    drop(largest([1, 2, 3]));
    drop(joined(vec!["a"], ('(', ')'), 2));
    drop(nothing());
    drop(words(String::new()));
    let client = Client { base: String::new() };
    drop(Arc::new(client.clone()).get(String::new()));
    drop(client.clone().into_base());
    drop(client.store(String::new()));
    drop(Client::new(String::new()));
}

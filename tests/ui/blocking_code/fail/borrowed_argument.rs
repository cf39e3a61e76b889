use std::path::Path;
use workflows_runtime::prelude::*;

#[blocking(io)]
fn load(path: &Path, fallback: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|_| fallback.to_owned())
}

#[blocking(cpu)]
fn sum(numbers: &[u64], weights: Option<&Vec<u64>>) -> u64 {
    numbers.iter().zip(weights.into_iter().flatten()).map(|(n, w)| n * w).sum()
}

#[blocking(cpu)]
fn longest<'a>(words: Vec<&'a str>) -> usize {
    words.iter().map(|word| word.len()).max().unwrap_or(0)
}

fn main() {}

use std::fs::File;
use workflows_runtime::prelude::*;

#[blocking(io, isolated)]
fn length(path: String, file: File) -> u64 {
    file.metadata().map_or(path.len() as u64, |metadata| metadata.len())
}

fn main() {}

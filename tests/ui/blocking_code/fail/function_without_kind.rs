use workflows_runtime::prelude::*;

#[blocking]
fn load(path: String) -> String {
    path
}

#[blocking(disk)]
fn store(path: String) -> String {
    path
}

#[blocking(io, cpu)]
fn both(path: String) -> String {
    path
}

fn main() {}

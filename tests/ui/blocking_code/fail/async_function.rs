use workflows_runtime::prelude::*;

#[blocking(io)]
async fn load(path: String) -> String {
    path
}

#[blocking(cpu)]
const fn one() -> u32 {
    1
}

fn main() {}

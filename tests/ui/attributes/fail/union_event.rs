use workflows_runtime::prelude::*;

#[event]
union Joke {
    number: u32,
    bits: [u8; 4],
}

fn main() {}

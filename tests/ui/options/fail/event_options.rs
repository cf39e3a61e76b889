use workflows_runtime::prelude::*;

#[event(name = "joke")]
struct Joke {
    text: String,
}

fn main() {}

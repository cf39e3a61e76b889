use std::sync::mpsc::Sender;
use workflows_runtime::prelude::*;

#[event]
struct Joke {
    to: Sender<String>,
}

fn main() {}

use workflows_runtime::prelude::*;

#[event]
type Joke = String;

#[event]
fn joke() {}

fn main() {}

use workflows_runtime::prelude::*;

#[event]
struct Joke<T> {
    text: T,
}

#[event]
enum Told<'a> {
    Text(&'a str),
}

fn main() {}

use workflows_runtime::prelude::*;

#[event]
struct Joke<T> {
    text: T,
}

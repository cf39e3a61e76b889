use std::rc::Rc;
use workflows_runtime::prelude::*;

#[event]
struct Joke {
    #[serde(skip)]
    text: Rc<String>,
}

fn main() {}

use workflows_runtime::prelude::*;

#[workflow]
mod hello {
    pub struct Hello;
}

fn main() {}

#![allow(unused_macros, unused_imports)]

use workflows_runtime::prelude::*;

mod facade;

use facade::node;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[node]
    async fn log(&self, Start(name): Start<String>) {
        println!("{name}");
    }
}

fn main() {}

//! A refused workflow trips over no lint that its crate forbids.

#![forbid(unreachable_code, dead_code, unused, unused_variables)]

use workflows_runtime::prelude::*;

#[workflow]
struct Write;

#[workflow]
impl Write {
    #[step]
    fn write(&self, Start(topic): Start<String>) -> Stop<String> {
        Stop(topic)
    }
}

#[workflow]
struct Nothing;

#[workflow]
impl Nothing {}

fn main() {
    let _ = (Write, Nothing);
}

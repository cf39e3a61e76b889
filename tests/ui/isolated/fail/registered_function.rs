use workflows_runtime::{isolated::Registry, prelude::*};

#[blocking(cpu)]
fn double(number: u64) -> u64 {
    number * 2
}

fn main() {
    let _ = Registry::new().function(double);
}

use workflows_runtime::prelude::*;

#[blocking(cpu, isolated)]
fn show(value: impl ToString) -> String {
    value.to_string()
}

fn main() {}

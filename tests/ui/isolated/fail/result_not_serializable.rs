use workflows_runtime::prelude::*;

pub struct Report {
    pub lines: usize,
}

#[blocking(cpu, isolated)]
fn report(text: String) -> Report {
    Report { lines: text.lines().count() }
}

fn main() {}

use workflows_runtime::prelude::*;

#[blocking(cpu, isolated(timout = "5s"))]
fn a() {}

#[blocking(cpu, isolated(memory = "1 gigabyte"))]
fn b() {}

#[blocking(cpu, isolated(recycle_after = 0))]
fn c() {}

#[blocking(isolated)]
fn d() {}

fn main() {}

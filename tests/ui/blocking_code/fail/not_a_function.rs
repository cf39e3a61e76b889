use workflows_runtime::prelude::*;

#[blocking(io)]
struct Client {
    base: String,
}

fn main() {
    let _ = Client { base: String::new() }.base;
}

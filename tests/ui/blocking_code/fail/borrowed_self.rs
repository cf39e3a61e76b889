use workflows_runtime::prelude::*;

struct Client {
    base: String,
}

impl Client {
    #[blocking(io)]
    fn get(&self, path: String) -> String {
        format!("{}{path}", self.base)
    }

    #[blocking(cpu)]
    fn set(&mut self, base: String) {
        self.base = base;
    }
}

fn main() {}

use workflows_runtime::prelude::*;

#[workflow]
struct Hello {
    greeted: usize,
}

#[workflow]
impl Hello {
    #[step]
    async fn greet(&mut self, Start(name): Start<String>) -> Stop<String> {
        self.greeted += 1;
        Stop(name)
    }
}

fn main() {}

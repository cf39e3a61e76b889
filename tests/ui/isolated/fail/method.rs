use workflows_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize)]
struct Circle {
    radius: f64,
}

impl Circle {
    #[blocking(cpu, isolated)]
    fn area(self) -> f64 {
        self.radius * self.radius * 3.14
    }
}

fn main() {}

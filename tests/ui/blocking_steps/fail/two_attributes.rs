use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[resource]
    #[blocking(cpu)]
    #[blocking(io)]
    fn factor(&self) -> usize {
        2
    }

    #[step]
    #[blocking(cpu)]
    #[blocking(io)]
    fn count(&self, Start(text): Start<String>, #[resource(factor)] factor: &usize) -> Stop<usize> {
        Stop(double(text).len() * factor)
    }
}

#[blocking(cpu)]
#[blocking(cpu)]
fn twice(text: String) -> String {
    double(text)
}

fn double(text: String) -> String {
    text.repeat(2)
}

fn main() {
    let _ = twice;
}

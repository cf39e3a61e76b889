use std::rc::Rc;
use workflows_runtime::prelude::*;

struct Llm;

#[workflow]
struct Flow;

#[workflow]
impl Flow {
    #[resource]
    async fn llm() -> Llm {
        let held = Rc::new(1);
        std::future::ready(()).await;
        drop(held);
        Llm
    }

    #[step]
    async fn go(&self, #[resource(llm)] _: &Llm, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}

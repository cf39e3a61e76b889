use std::rc::Rc;
use workflows_runtime::prelude::*;

#[workflow]
struct Flow;

#[workflow]
impl Flow {
    #[resource]
    async fn counter() -> StepResult<Rc<u8>> {
        Ok(Rc::new(1))
    }

    #[step]
    async fn go(&self, #[resource(counter)] _: &Rc<u8>, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}

use workflows_runtime::prelude::*;

struct Ask;
struct Approval;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, _: Start<String>) -> InputRequired<Ask> {
        InputRequired(Ask)
    }

    #[step]
    async fn end(&self, _: HumanResponse<Approval>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}

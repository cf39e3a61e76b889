//! One error for the type, and none where the step waits for it or a program sends it.

use workflows_runtime::prelude::*;

struct Approval;

#[workflow]
struct Publish;

#[workflow]
impl Publish {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<Approval>)>,
        Start(text): Start<String>,
    ) -> Stop<String> {
        let Approval = ctx.ask_for::<Approval>(text.clone()).await;
        let waited = ctx.wait_for::<Approval>().timeout(Duration::from_secs(1)).await;
        Stop(if waited.is_ok() { text } else { String::new() })
    }
}

fn main() {
    let run = Publish.run(String::new()).start();
    let _ = run.send(HumanResponse(Approval));
}

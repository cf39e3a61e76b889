//! A wait in a spawned task, which would outlive its step.

use workflows_runtime::prelude::*;

#[workflow]
struct Release;

#[workflow]
impl Release {
    #[step]
    async fn release(
        &self,
        ctx: &Context<Self, (HumanResponse<bool>,)>,
        Start(version): Start<String>,
    ) -> StepResult<Stop<bool>> {
        let approval = tokio::spawn(ctx.wait_for::<bool>());
        println!("{version}");
        Ok(Stop(approval.await?))
    }
}

fn main() {}

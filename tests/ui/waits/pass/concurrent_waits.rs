//! Waits in every permitted position of a body.

use futures::{StreamExt, future::Either, stream::FuturesUnordered};
use workflows_runtime::{Wait, WaitTimeout, prelude::*};

#[event]
struct Approval(bool);

#[workflow]
struct Release;

#[workflow]
impl Release {
    #[step]
    async fn release(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<Approval>, HumanResponse<u64>)>,
        Start(version): Start<String>,
    ) -> StepResult<Stop<bool>> {
        let nested = async {
            let inner = async move { ctx.wait_for::<u64>().await };
            inner.await
        };
        let (number, Approval(ok)) = tokio::join!(nested, ctx.ask_for::<Approval>(version));
        let mut known = ctx.wait_for::<u64>().matching(move |n| *n > number);
        loop {
            tokio::select! {
                n = &mut known => break println!("{n}"),
                Ok(Approval(_)) = ctx.wait_for::<Approval>().timeout(Duration::from_secs(1)) => {}
            }
        }
        let mut all: FuturesUnordered<_> = (0..3).map(|n| ctx.wait_for::<u64>().matching(move |m| *m == n)).collect();
        while let Some(n) = all.next().await {
            println!("{n}");
        }
        // Only a future that is moved out of the step needs a context of its own.
        let own = ctx.clone();
        let task = tokio::spawn(async move { own.wait_for::<u64>().await });
        Ok(Stop(ok && task.await? == helper(ctx).await && either(ctx).await))
    }
}

type Ctx = Context<Release, (InputRequired<String>, HumanResponse<Approval>, HumanResponse<u64>)>;

fn wait(ctx: &Ctx) -> Wait<'_, Release, u64> {
    ctx.wait_for()
}

fn late(ctx: &Ctx) -> WaitTimeout<'_, Release, u64> {
    wait(ctx).timeout(Duration::from_secs(1))
}

async fn helper(ctx: &Ctx) -> u64 {
    late(ctx).await.unwrap_or_default() + wait(ctx).await
}

async fn either(ctx: &Ctx) -> bool {
    match futures::future::select(ctx.wait_for::<Approval>(), ctx.wait_for::<u64>()).await {
        Either::Left((Approval(ok), _)) => ok,
        Either::Right((n, approval)) => n > 0 && approval.await.0,
    }
}

fn main() {}

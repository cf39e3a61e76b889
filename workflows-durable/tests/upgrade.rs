//! Programs of different versions on one store.
#![allow(missing_docs)]

use std::{sync::Arc, time::Duration};
use tokio::time::sleep;
use workflows_durable::{DurableRun, Host, MemoryStore, MigrationOutcome, RunStatus, Store, store::StoredRun};
use workflows_runtime::{PromptId, Workflow, durable::Durable, prelude::*};

/// The first version: it uses everything of which a snapshot has numbers.
mod first {
    use super::*;

    #[event]
    pub(crate) struct Part(pub(crate) u32);
    #[event]
    pub(crate) struct Got(pub(crate) u32);
    #[event]
    pub(crate) struct Gathered(pub(crate) u32);
    #[event]
    pub(crate) struct Broken(pub(crate) u32);
    #[event]
    pub(crate) struct Fixed(pub(crate) u32);
    #[event]
    pub(crate) struct Asking(pub(crate) u32);
    #[event]
    pub(crate) struct Raced(pub(crate) u32);
    #[event]
    pub(crate) struct Fast(pub(crate) u32);

    #[workflow(state = u32, stream = u32, timeout = "24h")]
    pub(crate) struct Order;

    #[workflow]
    impl Order {
        #[step]
        async fn split(&self, ctx: &Context<Self>, Start(parts): Start<u32>) -> Vec<Part> {
            ctx.publish(parts);
            (0..parts).map(Part).collect()
        }
        #[step(workers = 2, retry = Retry::fixed(Duration::from_mins(1)).max_attempts(2))]
        async fn part(&self, ctx: &Context<Self>, Part(n): Part) -> StepResult<Got> {
            if n == 1 && ctx.attempt().number == 1 {
                return Err(StepError::msg("busy"));
            }
            sleep(Duration::from_secs(u64::from(n))).await;
            ctx.state().update(|parts| *parts += 1);
            Ok(Got(n))
        }
        #[step]
        async fn gather(&self, all: Vec<Got>) -> Gathered {
            Gathered(all.iter().map(|Got(n)| n).sum())
        }
        #[step]
        async fn broken(&self, ctx: &Context<Self, (Broken,)>, Gathered(n): Gathered) {
            ctx.send(Broken(n));
        }
        #[step]
        async fn fails(&self, Broken(n): Broken) -> StepResult<Fixed> {
            if n > 0 { Err(StepError::msg("never")) } else { Ok(Fixed(0)) }
        }
        #[catch_error(steps(fails))]
        async fn fix(&self, failed: StepFailed) -> Fixed {
            let Some(Broken(n)) = failed.input() else { return Fixed(0) };
            Fixed(n + 1)
        }
        #[step]
        async fn race(&self, Fixed(n): Fixed) -> Vec<Raced> {
            vec![Raced(n), Raced(n + 100)]
        }
        #[step]
        async fn racing(&self, Raced(n): Raced) -> Fast {
            sleep(Duration::from_secs(u64::from(n))).await;
            Fast(n)
        }
        #[step]
        async fn won(&self, First([Fast(n)]): First<Fast, 1>) -> Asking {
            Asking(n)
        }
        #[step]
        async fn ask(
            &self,
            ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>)>,
            Asking(n): Asking,
        ) -> InputRequired<u32> {
            let more = ctx.ask_for::<u32>("how many more?".to_owned()).await;
            InputRequired(n + more)
        }
        #[step]
        async fn done(&self, ctx: &Context<Self>, HumanResponse(yes): HumanResponse<bool>) -> Stop<(bool, u32)> {
            Stop((yes, ctx.state().get()))
        }
    }
}

/// The second version: steps were added in front, in the middle and behind, and all have another order.
mod second {
    use super::*;
    pub(crate) use first::{Asking, Broken, Fast, Fixed, Gathered, Got, Part, Raced};

    #[event]
    pub(crate) struct Reported(pub(crate) u32);

    #[workflow(state = u32, stream = u32, timeout = "24h")]
    pub(crate) struct Order;

    #[workflow]
    impl Order {
        #[step]
        async fn report(&self, Gathered(n): Gathered) -> Reported {
            Reported(n)
        }
        #[step]
        async fn reported(&self, ctx: &Context<Self, (InputRequired<bool>,)>, Reported(n): Reported) {
            ctx.publish(n);
        }
        #[step]
        async fn done(&self, ctx: &Context<Self>, HumanResponse(yes): HumanResponse<bool>) -> Stop<(bool, u32)> {
            Stop((yes, ctx.state().get()))
        }
        #[step]
        async fn ask(
            &self,
            ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>)>,
            Asking(n): Asking,
        ) -> InputRequired<u32> {
            let more = ctx.ask_for::<u32>("how many more?".to_owned()).await;
            InputRequired(n + more)
        }
        #[step]
        async fn won(&self, First([Fast(n)]): First<Fast, 1>) -> Asking {
            Asking(n)
        }
        #[step]
        async fn racing(&self, Raced(n): Raced) -> Fast {
            sleep(Duration::from_secs(u64::from(n))).await;
            Fast(n)
        }
        #[step]
        async fn race(&self, Fixed(n): Fixed) -> Vec<Raced> {
            vec![Raced(n), Raced(n + 100)]
        }
        #[catch_error(steps(fails))]
        async fn fix(&self, failed: StepFailed) -> Fixed {
            let Some(Broken(n)) = failed.input() else { return Fixed(0) };
            Fixed(n + 1)
        }
        #[step]
        async fn fails(&self, Broken(n): Broken) -> StepResult<Fixed> {
            if n > 0 { Err(StepError::msg("never")) } else { Ok(Fixed(0)) }
        }
        #[step]
        async fn broken(&self, ctx: &Context<Self, (Broken,)>, Gathered(n): Gathered) {
            ctx.send(Broken(n));
        }
        #[step]
        async fn gather(&self, all: Vec<Got>) -> Gathered {
            Gathered(all.iter().map(|Got(n)| n).sum())
        }
        #[step(workers = 2, retry = Retry::fixed(Duration::from_mins(1)).max_attempts(2))]
        async fn part(&self, ctx: &Context<Self>, Part(n): Part) -> StepResult<Got> {
            if n == 1 && ctx.attempt().number == 1 {
                return Err(StepError::msg("busy"));
            }
            sleep(Duration::from_secs(u64::from(n))).await;
            ctx.state().update(|parts| *parts += 1);
            Ok(Got(n))
        }
        #[step]
        async fn split(&self, ctx: &Context<Self>, Start(parts): Start<u32>) -> Vec<Part> {
            ctx.publish(parts);
            (0..parts).map(Part).collect()
        }
    }
}

const PARTS: u32 = 5;

async fn host<W: WorkflowExt<Workflow: Durable>>(store: &MemoryStore, workflow: W) -> Host {
    Host::on(store.clone()).workflow(workflow).start().await.unwrap()
}

/// Answers the prompts of a run until it has ended.
async fn finish<W>(run: &DurableRun<W>) -> (bool, u32)
where
    W: Durable + Workflow<Output = (bool, u32)> + Answerable,
{
    while !run.is_finished() {
        if let Some(open) = run.open_prompts().first() {
            W::answer(run, open.id).await;
        }
        sleep(Duration::from_millis(10)).await;
    }
    run.result().await.unwrap()
}

trait Answerable: Workflow {
    async fn answer(run: &DurableRun<Self>, prompt: PromptId)
    where
        Self: Sized;
}

macro_rules! answerable {
    ($($workflow:ty),*) => { $(
        impl Answerable for $workflow {
            async fn answer(run: &DurableRun<Self>, prompt: PromptId) {
                if prompt.to_string() == "1" {
                    run.answer(prompt, 5_u32).await.unwrap();
                } else {
                    run.answer(prompt, true).await.unwrap();
                }
            }
        }
    )* };
}
answerable!(first::Order, second::Order);

async fn load(store: &MemoryStore, id: &str) -> StoredRun {
    store.load(id.into()).await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn run_continues_in_a_program_with_more_steps_in_another_order() {
    let expected = (true, PARTS);
    // The upgrade, and the way back, after each so many milliseconds.
    for at in (0..4000).step_by(97).chain((4000..110_000).step_by(3001)) {
        let store = MemoryStore::new();
        let one = host(&store, first::Order).await;
        let run = one.run::<first::Order>(PARTS).id("a").start().await.unwrap();
        sleep(Duration::from_millis(at)).await;
        one.stop().await;
        drop(run);
        let before = load(&store, "a").await;
        assert!(before.ticks.is_empty(), "a stop leaves no ticks");

        let two = host(&store, second::Order).await;
        assert!(two.recovered().refused.is_empty(), "after {at} ms: {:?}", two.recovered().refused);
        let run = two.handle::<second::Order>("a").unwrap();
        assert_ne!(load(&store, "a").await.graph, before.graph, "what is recorded has its graph");
        if at % 2 == 0 {
            assert_eq!(finish(&run).await, expected, "after {at} ms");
            continue;
        }
        sleep(Duration::from_millis(500)).await;
        two.stop().await;
        let three = host(&store, first::Order).await;
        let recovered = three.recovered();
        if let [(_, reason)] = &recovered.refused[..] {
            assert!(reason.contains("report"), "{reason}");
            let four = host(&store, second::Order).await;
            assert_eq!(finish(&four.handle::<second::Order>("a").unwrap()).await, expected, "after {at} ms");
        } else {
            let run = three.handle::<first::Order>("a").unwrap();
            assert_eq!(finish(&run).await, expected, "after {at} ms and back");
        }
    }
}

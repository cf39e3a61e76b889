//! Programs of different versions on one store.
#![allow(missing_docs)]

use std::time::Duration;
use tokio::time::sleep;
use workflows_durable::{DurableRun, Host, MemoryStore, RunStatus, Store, store::StoredRun};
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

#[tokio::test(start_paused = true)]
async fn programs_of_two_versions_share_a_store() {
    let store = MemoryStore::new();
    let (one, two) = (host(&store, first::Order).await, host(&store, second::Order).await);
    let a = one.run::<first::Order>(PARTS).id("a").start().await.unwrap();
    let b = two.run::<second::Order>(PARTS).id("b").start().await.unwrap();
    sleep(Duration::from_mins(5)).await;
    assert_eq!((one.health().running, two.health().running), (1, 1), "neither takes a run of the other one");
    // The names in a message are those of the program that has the run.
    let open = a.open_prompts()[0].id;
    two.answer::<second::Order, u32>("a", open, 5).await.unwrap();
    one.send::<first::Order, u32>("b", HumanResponse(5)).await.unwrap();
    sleep(Duration::from_secs(2)).await;
    two.send::<second::Order, bool>("a", HumanResponse(true)).await.unwrap();
    let open = b.open_prompts()[0].id;
    one.answer::<first::Order, bool>("b", open, true).await.unwrap();
    assert_eq!(a.result().await.unwrap(), (true, PARTS));
    assert_eq!(b.result().await.unwrap(), (true, PARTS));
}

/// `part` is gone, `gather` takes something else, and `won` emits more.
mod third {
    use super::*;
    pub(crate) use first::{Asking, Fast, Gathered, Raced};

    #[event]
    pub(crate) struct Audited(pub(crate) u32);

    #[workflow(state = u32, stream = u32, timeout = "24h")]
    pub(crate) struct Order;

    #[workflow]
    impl Order {
        #[step]
        async fn gather(&self, Start(n): Start<u32>) -> Gathered {
            Gathered(n)
        }
        #[step]
        async fn race(&self, Gathered(n): Gathered) -> Vec<Raced> {
            vec![Raced(n)]
        }
        #[step]
        async fn racing(&self, Raced(n): Raced) -> Fast {
            Fast(n)
        }
        #[step]
        async fn won(&self, First([Fast(n)]): First<Fast, 1>) -> OneOf<Audited, Asking> {
            Asking(n).emit()
        }
        #[step]
        async fn audit(&self, Audited(n): Audited) -> Asking {
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
answerable!(third::Order);

#[tokio::test(start_paused = true)]
async fn run_that_uses_what_is_gone_is_left_to_other_programs() {
    let store = MemoryStore::new();
    let one = host(&store, first::Order).await;
    // With a single part, no error handler is used.
    let _early = one.run::<first::Order>(1).id("early").start().await.unwrap();
    let late = one.run::<first::Order>(1).id("late").start().await.unwrap();
    while late.open_prompts().is_empty() {
        sleep(Duration::from_secs(1)).await;
    }
    let fresh = one.run::<first::Order>(PARTS).id("fresh").start().await.unwrap();
    sleep(Duration::from_millis(500)).await;
    one.stop().await;
    drop((late, fresh));

    let three = host(&store, third::Order).await;
    let recovered = three.recovered();
    assert_eq!(
        recovered.resumed,
        ["early", "late"],
        "{recovered:?}: they only wait for an answer, in a step that is the same"
    );
    let [(id, reason)] = &recovered.refused[..] else { panic!("{recovered:?}") };
    assert_eq!(*id, "fresh");
    assert_eq!(
        *reason,
        "the snapshot is of another graph of `Order`: no step takes `Got` any more; no step takes `Part` any more; step \
         `gather` takes Start<u32>, and took Vec<Got>; there is no step `part` any more; there is no step `split` any \
         more"
    );
    assert_eq!(finish(&three.handle::<third::Order>("late").unwrap()).await, (true, 1));
    let found = three.find("fresh").await.unwrap().unwrap();
    assert_eq!((found.status, found.epoch), (RunStatus::Running, 1), "it is not even claimed");

    let four = host(&store, first::Order).await;
    assert_eq!(four.recovered().resumed, ["fresh"]);
    sleep(Duration::from_secs(2)).await;
    assert!(three.recovered().refused.is_empty(), "another host executes it");
    assert_eq!(finish(&four.handle::<first::Order>("fresh").unwrap()).await, (true, PARTS));
}

/// The first version, and a step behind the others.
mod fourth {
    use super::*;
    pub(crate) use first::{Got, Part};

    #[event]
    pub(crate) struct Extra(pub(crate) u32);

    #[workflow(state = u32)]
    pub(crate) struct Wide;

    #[workflow]
    impl Wide {
        #[step]
        async fn split(&self, Start(parts): Start<u32>) -> Vec<Part> {
            (0..parts).map(Part).collect()
        }
        #[step(workers = 2)]
        async fn part(&self, ctx: &Context<Self>, Part(n): Part) -> Got {
            sleep(Duration::from_secs(1)).await;
            ctx.state().update(|parts| *parts += 1);
            Got(n)
        }
        #[step]
        async fn gather(&self, all: Vec<Got>) -> Stop<u32> {
            Stop(all.iter().map(|Got(n)| n).sum())
        }
        #[step]
        async fn extra(&self, _: HumanResponse<bool>) -> Extra {
            Extra(1)
        }
        #[step]
        async fn ends(&self, ctx: &Context<Self>, Extra(n): Extra) -> Stop<u32> {
            Stop(n + ctx.state().get())
        }
    }
}

/// As `fourth`, without its last steps.
mod wide {
    use super::*;
    pub(crate) use first::{Got, Part};

    #[workflow(state = u32)]
    pub(crate) struct Wide;

    #[workflow]
    impl Wide {
        #[step]
        async fn split(&self, Start(parts): Start<u32>) -> Vec<Part> {
            (0..parts).map(Part).collect()
        }
        #[step(workers = 2)]
        async fn part(&self, ctx: &Context<Self>, Part(n): Part) -> Got {
            sleep(Duration::from_secs(1)).await;
            ctx.state().update(|parts| *parts += 1);
            Got(n)
        }
        #[step]
        async fn gather(&self, all: Vec<Got>) -> Stop<u32> {
            Stop(all.iter().map(|Got(n)| n).sum())
        }
    }
}

/// As `wide`, in another order.
mod turned {
    use super::*;
    pub(crate) use first::{Got, Part};

    #[workflow(state = u32)]
    pub(crate) struct Wide;

    #[workflow]
    impl Wide {
        #[step]
        async fn gather(&self, all: Vec<Got>) -> Stop<u32> {
            Stop(all.iter().map(|Got(n)| n).sum())
        }
        #[step(workers = 2)]
        async fn part(&self, ctx: &Context<Self>, Part(n): Part) -> Got {
            sleep(Duration::from_secs(1)).await;
            ctx.state().update(|parts| *parts += 1);
            Got(n)
        }
        #[step]
        async fn split(&self, Start(parts): Start<u32>) -> Vec<Part> {
            (0..parts).map(Part).collect()
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ticks_of_a_crashed_run_are_applied_where_that_is_exact() {
    for millis in (1500..9000).step_by(1000) {
        let store = MemoryStore::new();
        let one = host(&store, wide::Wide).await;
        let run = one.run::<wide::Wide>(20).id("a").start().await.unwrap();
        sleep(Duration::from_millis(millis)).await;
        // No stop: it has ticks.
        drop((one, run));
        sleep(Duration::from_secs(2)).await;
        assert!(!load(&store, "a").await.ticks.is_empty(), "after {millis} ms");

        let two = host(&store, turned::Wide).await;
        let recovered = two.recovered();
        let [(_, reason)] = &recovered.refused[..] else { panic!("{recovered:?}") };
        assert!(reason.starts_with("the run has ticks, which only a program with the same steps"), "{reason}");

        let three = host(&store, fourth::Wide).await;
        let run = three.handle::<fourth::Wide>("a").unwrap_or_else(|| panic!("{:?}", three.recovered()));
        if millis % 2000 == 500 {
            assert_eq!(run.result().await.unwrap(), (0..20).sum::<u32>());
        } else {
            run.send(HumanResponse(true)).await.unwrap();
            assert!((1..=20).contains(&(run.result().await.unwrap() - 1)));
        }
    }
}

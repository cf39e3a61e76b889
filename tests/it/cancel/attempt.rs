//! What a context does after the end of its attempt.
use std::sync::{Arc, Mutex};
use tokio::time::sleep;
use workflows_runtime::{PathError, State, prelude::*};
use workflows_tests::{Log, let_others_run, ms};

#[event]
struct Item(u32);

#[event]
struct Last;

#[workflow]
struct Double;
#[workflow]
impl Double {
    #[step]
    async fn double(&self, Start(n): Start<u32>) -> Stop<u32> {
        Stop(2 * n)
    }
}

type Late = Context<Clones, (Item, InputRequired<u32>, HumanResponse<u32>)>;

/// A step hands out a clone of its context and ends as `how` says.
#[workflow(state = u32, stream = u32)]
struct Clones {
    kept: Arc<Mutex<Option<Late>>>,
    seen: Log<u32>,
}

#[workflow]
impl Clones {
    #[step(timeout = "10ms")]
    async fn give(
        &self,
        ctx: &Context<Self, (Item, InputRequired<u32>, HumanResponse<u32>)>,
        Start(how): Start<String>,
    ) -> StepResult<()> {
        *self.kept.lock().unwrap() = Some(ctx.clone());
        match how.as_str() {
            "returns" => Ok(()),
            "fails" => Err(StepError::msg("no")),
            _ => std::future::pending().await,
        }
    }
    #[catch_error]
    async fn recover(&self, _failed: StepFailed) {}
    #[step]
    async fn item(&self, ctx: &Context<Self>, Item(n): Item) {
        self.seen.add(n);
        if let Some(set) = ctx.collect(Item(n), 1) {
            self.seen.add(u32::try_from(set.len()).unwrap());
        }
    }
    #[step]
    async fn end(&self, ctx: &Context<Self>, HumanResponse(n): HumanResponse<u32>) -> Stop<u32> {
        Stop(n + ctx.state().get())
    }
}

#[tokio::test(start_paused = true)]
async fn context_has_no_effect_after_its_attempt() {
    for how in ["returns", "fails", "times out"] {
        let (kept, seen) = (Arc::default(), Log::default());
        let run = Clones { kept: Arc::clone(&kept), seen: seen.clone() }.run(how.to_owned()).state(1).start();
        let mut events = run.events();
        sleep(ms(20)).await;
        let ctx = kept.lock().unwrap().take().unwrap();
        ctx.send(Item(1));
        ctx.publish(1);
        ctx.ask(1);
        ctx.state().set(5);
        assert_eq!(
            ctx.state().update(|n| {
                *n += 7;
                *n
            }),
            8,
            "a copy"
        );
        assert_eq!(
            ctx.state().try_update(|n| {
                *n += 7;
                Err::<(), _>(*n)
            }),
            Err(8)
        );
        assert_eq!(ctx.state().get(), 1);
        assert!(ctx.collect(Item(3), 1).is_none(), "{how}");
        assert!(matches!(ctx.run_child(Double, 1).await, Err(RunError::Cancelled)));
        assert!(matches!(ctx.run_child(Double, 1).start().await, Err(RunError::Cancelled)));
        let late = ctx.ask_for::<u32>(3).timeout(ms(60_000));
        let before = tokio::time::Instant::now();
        assert!(late.await.is_err());
        assert!(before.elapsed() < ms(1_000));
        assert!(futures::poll!(Box::pin(ctx.wait_for::<u32>())).is_pending());
        assert_eq!(ctx.is_cancelled(), how != "returns");
        let_others_run().await;
        run.send(HumanResponse(1)).unwrap();
        assert_eq!(run.result().await.unwrap(), 2, "{how}");
        assert!(seen.take().is_empty());
        // Also after the end of the run.
        assert!(ctx.collect(Item(3), 1).is_none());
        ctx.state().set(9);
        assert_eq!(run.state().get(), 1);
        while let Some(event) = events.next().await {
            assert!(matches!(event, RunEvent::Idle | RunEvent::Ended(_)));
        }
        assert!(ctx.wait_for::<u32>().timeout(ms(60_000)).await.is_err());
    }
}

/// A child of a spawned task, and a map as state.
#[workflow]
struct Spawns {
    ended: Log<String>,
    how: u32,
}

#[workflow]
struct Slow;
#[workflow]
impl Slow {
    #[step]
    async fn slow(&self, Start(_): Start<u32>) -> Stop<()> {
        sleep(ms(60_000)).await;
        Stop(())
    }
}

#[workflow]
impl Spawns {
    #[step]
    async fn spawn(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Last> {
        for started in [false, true] {
            let (ctx, ended) = (ctx.clone(), self.ended.clone());
            tokio::spawn(async move {
                let child = ctx.run_child(Slow, 1);
                let end = if started { child.start().result().await } else { child.await };
                ended.add(format!("{end:?}"));
                let set = ctx.state().at("a").set(1);
                assert!(matches!(set, Err(PathError::AttemptEnded)), "{set:?}");
                assert!(matches!(ctx.state().at("a").remove(), Err(PathError::AttemptEnded)));
                assert!(matches!(
                    ctx.state().at("a").update_or(0, |n: &mut u32| *n += 1),
                    Err(PathError::AttemptEnded)
                ));
            });
        }
        sleep(ms(5)).await;
        if self.how == 1 { Err(StepError::msg("no")) } else { Ok(Last) }
    }
    #[catch_error]
    async fn recover(&self, _failed: StepFailed) -> Last {
        Last
    }
    #[step]
    async fn end(&self, ctx: &Context<Self>, _last: Last) -> Stop<bool> {
        sleep(ms(100)).await;
        Stop(ctx.state().at("a").exists())
    }
}

#[tokio::test(start_paused = true)]
async fn child_of_a_clone_ends_with_the_attempt() {
    for how in [0, 1] {
        let ended = Log::default();
        let run = Spawns { ended: ended.clone(), how }.run(()).start();
        sleep(ms(50)).await;
        assert_eq!(ended.take(), ["Err(cancelled)", "Err(cancelled)"]);
        assert!(!run.await.unwrap());
    }
}

/// A destructor of a dropped attempt calls its context.
#[workflow(state = u32)]
struct Destructors {
    sets: Log<Vec<u32>>,
}

struct CollectOnDrop<'a>(&'a Context<Destructors>);
impl Drop for CollectOnDrop<'_> {
    fn drop(&mut self) {
        assert!(self.0.collect(Item(7), 1).is_none());
        self.0.state().set(7);
        assert!(self.0.clone().collect(Item(7), 1).is_none());
    }
}

#[workflow]
impl Destructors {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
        (0..n).map(Item).collect()
    }
    #[step(timeout = "10ms", retry = Retry::immediate().max_attempts(2))]
    async fn collect(&self, ctx: &Context<Self>, Item(n): Item) -> Option<Stop<u32>> {
        let set = ctx.collect(Item(n), 4)?;
        self.sets.add(set.into_iter().map(|Item(n)| n).collect());
        if ctx.attempt().number == 1 {
            let _guard = CollectOnDrop(ctx);
            sleep(ms(50)).await;
        }
        Some(Stop(ctx.state().get()))
    }
}

#[tokio::test(start_paused = true)]
async fn destructors_of_a_dropped_attempt_have_no_effect() {
    for started in [false, true] {
        let sets = Log::default();
        let run = Destructors { sets: sets.clone() }.run(4);
        let end = if started { run.start().await } else { run.await };
        assert_eq!(end.unwrap(), 0);
        assert_eq!(sets.take(), [vec![0, 1, 2, 3], vec![0, 1, 2, 3]]);
    }
}

/// Blocking code that outlives its attempt.
#[workflow(state = u32, stream = u32)]
struct Blocks {
    go: Arc<std::sync::Barrier>,
}

#[workflow]
impl Blocks {
    #[step(timeout = "20ms", retry = Retry::immediate().max_attempts(2))]
    #[blocking(io)]
    fn block(&self, ctx: &Context<Self, (Item,)>, Start(n): Start<u32>) -> Option<Stop<u32>> {
        if ctx.attempt().number == 1 {
            self.go.wait();
            assert!(ctx.collect(Item(1), 1).is_none());
            ctx.state().set(9);
            ctx.publish(9);
            self.go.wait();
            return None;
        }
        self.go.wait();
        self.go.wait();
        let set = ctx.collect(Item(n), 1)?;
        Some(Stop(ctx.state().get() + set[0].0))
    }
    #[step]
    async fn item(&self, _item: Item) {}
}

#[tokio::test]
async fn abandoned_blocking_code_has_no_effect() {
    let run = Blocks { go: Arc::new(std::sync::Barrier::new(2)) }.run(4).start();
    assert_eq!(run.result().await.unwrap(), 4);
    let mut events = run.events();
    while let Some(event) = events.next().await {
        assert!(!matches!(event, RunEvent::Published(_)));
    }
}

/// Blocking code that outlives its attempt, and uses the state that it has got from the context before.
#[workflow(state = u32)]
struct HoldsState {
    go: Arc<std::sync::Barrier>,
}

#[workflow]
impl HoldsState {
    #[step(timeout = "20ms", retry = Retry::immediate().max_attempts(2))]
    #[blocking(io)]
    fn block(&self, ctx: &Context<Self>, Start(()): Start<()>) -> Stop<u32> {
        let state = ctx.state();
        state.update(|n| *n += 1);
        self.go.wait();
        if ctx.attempt().number == 1 {
            assert_eq!(state.update(|n| *n + 100), 102, "a copy");
            state.set(9);
        }
        self.go.wait();
        Stop(state.get())
    }
}

#[tokio::test]
async fn state_held_by_abandoned_blocking_code_is_not_changed() {
    let run = HoldsState { go: Arc::new(std::sync::Barrier::new(2)) }.run(()).start();
    assert_eq!(run.result().await.unwrap(), 2, "each attempt adds one before it ends");
}

/// A destructor of a dropped attempt changes a state that it holds.
struct SetOnDrop<'a>(&'a State<u32>);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.set(7);
    }
}

#[workflow(state = u32)]
struct DropsState;

#[workflow]
impl DropsState {
    #[step(timeout = "10ms", retry = Retry::immediate().max_attempts(2))]
    async fn hold(&self, ctx: &Context<Self>, Start(()): Start<()>) -> Stop<u32> {
        ctx.state().update(|n| *n += 1);
        if ctx.attempt().number == 1 {
            let _guard = SetOnDrop(ctx.state());
            sleep(ms(50)).await;
        }
        Stop(ctx.state().get())
    }
}

#[tokio::test(start_paused = true)]
async fn state_held_by_destructors_is_not_changed() {
    assert_eq!(DropsState.run(()).await.unwrap(), 2);
    assert_eq!(DropsState.run(()).start().await.unwrap(), 2);
    let run = DropsState.run(()).start();
    let_others_run().await;
    run.cancel();
    assert!(run.result().await.is_err());
    assert_eq!(run.state().get(), 1);
}

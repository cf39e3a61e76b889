//! Typed state: its lifetime, copies, updates and rollbacks.

use super::{Done, Item, Sum, state};
use std::{fmt::Debug, sync::Arc};
use workflows_runtime::prelude::*;
use workflows_tests::{Log, failure};

#[tokio::test(start_paused = true)]
async fn state_starts_as_its_default_or_as_given() {
    #[workflow(state = Vec<u32>)]
    struct Push;
    #[workflow]
    impl Push {
        #[step]
        async fn push(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> Stop<usize> {
            Stop(ctx.state().update(|all| {
                all.push(n);
                all.len()
            }))
        }
    }
    let workflow = Arc::new(Push);
    assert_eq!(workflow.clone().run(1).await.unwrap(), 1);
    assert_eq!(workflow.clone().run(1).await.unwrap(), 1, "each run has its own state");
    let run = workflow.run(9).state(vec![7, 8]).start();
    assert_eq!(run.result().await.unwrap(), 3);
    assert_eq!(run.state().get(), [7, 8, 9], "the state can be read after the end");
}

#[workflow(state = Vec<u32>)]
struct Typed;

#[workflow]
impl Typed {
    #[step]
    async fn go(&self, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

#[tokio::test]
async fn get_returns_an_independent_copy() {
    let ctx: Context<Typed> = Context::detached(vec![1]);
    let mut copy = ctx.state().get();
    copy.push(2);
    assert_eq!(ctx.state().get(), [1]);
    let ctx: Context<Sum> = Context::detached(state(&[("a.b", 1.into())]));
    let mut copy = ctx.state().get();
    copy.set("a.b", 2).unwrap();
    assert_eq!(ctx.state().at("a.b").get::<u32>().unwrap(), 1);
}

#[tokio::test]
async fn clear_restores_the_default() {
    let typed: Context<Typed> = Context::detached(vec![1]);
    typed.state().clear();
    assert!(typed.state().get().is_empty());
    let open: Context<Sum> = Context::detached(state(&[("a", 1.into())]));
    open.state().clear();
    assert!(open.state().get().is_empty());
    assert!(!open.state().at("a").exists());
}

#[tokio::test(start_paused = true)]
async fn concurrent_updates_are_not_lost() {
    #[workflow(state = u64)]
    struct Sum;
    #[workflow]
    impl Sum {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            (0..1000).map(Item).collect()
        }
        #[step(workers = 10)]
        async fn add(&self, ctx: &Context<Self>, Item(n): Item) -> Done {
            tokio::task::yield_now().await;
            ctx.state().update(|sum| *sum += u64::from(n));
            Done
        }
        #[step]
        async fn end(&self, ctx: &Context<Self>, _all: Vec<Done>) -> Stop<u64> {
            Stop(ctx.state().get())
        }
    }
    assert_eq!(Sum.run(()).await.unwrap(), 499_500);
    assert_eq!(Sum.run(()).state(1).await.unwrap(), 499_501);
}

/// Adds numbers up in blocking steps; another step still runs when the run ends.
#[workflow(state = Total)]
struct Adds {
    log: Log<u32>,
}

#[workflow]
impl Adds {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> StepResult<(Vec<Item>, Left, Left)> {
        if n == 0 {
            Err(StepError::msg("nothing to add"))
        } else {
            Ok(((0..n).map(Item).collect(), Left(n), Left(n + 1)))
        }
    }
    #[step(workers = 10)]
    #[blocking(io)]
    fn add(&self, ctx: &Context<Self>, Item(n): Item) -> Done {
        ctx.state().update(|total| total.sum += n);
        Done
    }
    /// Never starts with its second event.
    #[step(workers = 1)]
    async fn left(&self, Left(n): Left) {
        self.log.add(n);
        std::future::pending::<()>().await;
    }
    #[step]
    async fn end(&self, ctx: &Context<Self>, all: Vec<Done>) -> Stop<u32> {
        let count = u32::try_from(all.len()).unwrap_or_default();
        Stop(ctx.state().update(|total| {
            total.runs.push(count);
            total.sum
        }))
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Total {
    sum: u32,
    runs: Vec<u32>,
}

#[event]
struct Left(u32);

// The state can be given to a run, read after its end, and given to another run; nothing else
// carries over.
#[tokio::test(flavor = "multi_thread")]
async fn state_is_carried_from_run_to_run() {
    let log = Log::default();
    let workflow = Arc::new(Adds { log: log.clone() });
    let seed = Total { sum: 1_000, runs: vec![] };
    let first = workflow.clone().run(100).state(seed).start();
    assert_eq!(first.result().await.unwrap(), 5_950);
    assert_eq!(first.state().get(), Total { sum: 5_950, runs: vec![100] });
    assert_eq!(log.take(), [100], "one execution is still active at the end");

    let second = workflow.clone().run(10).state(first.state().get()).start();
    assert_eq!(second.result().await.unwrap(), 5_995);
    assert_eq!(log.take(), [10], "queued events do not carry over to the next run");
    // After a failure, too; concurrent runs with equal initial states are independent.
    let failed = workflow.clone().run(0).state(second.state().get()).start();
    failed.result().await.unwrap_err();
    let both = [2, 3].map(|n| workflow.clone().run(n).state(failed.state().get()).start());
    for (run, sum) in both.iter().zip([5_996, 5_998]) {
        assert_eq!(run.result().await.unwrap(), sum);
    }
    assert_eq!(both[1].state().read(|total| total.runs.clone()), [100, 10, 3]);
    // A change after the end affects no other run.
    first.state().update(|total| total.sum = 0);
    assert_eq!((first.state().get().sum, second.state().get().sum), (0, 5_995));
}

/// Updates its state in ways that fail, in a blocking step.
#[workflow(state = Vec<u32>)]
struct Careless;

#[workflow]
impl Careless {
    #[step]
    #[blocking(io)]
    fn change(&self, ctx: &Context<Self>, Start(how): Start<String>) -> StepResult<Stop<usize>> {
        let state = ctx.state();
        match how.as_str() {
            "fail" => state.try_update(|all| {
                all.push(1);
                Err(StepError::msg("no"))
            })?,
            "panic" => state.update(|all| {
                all.push(2);
                panic!("on purpose")
            }),
            "panic in a try" => state.try_update(|all| -> StepResult<()> {
                all.push(3);
                panic!("on purpose")
            })?,
            _ => state.update(|all| all.push(u32::try_from(state.get().len()).unwrap_or_default())),
        }
        Ok(Stop(state.get().len()))
    }
}

#[tokio::test]
async fn failed_try_update_in_a_blocking_step_rolls_back() {
    assert_failed_update("fail", "no", &[9]).await;
    assert_failed_update("panic", "on purpose", &[9, 2]).await;
    assert_failed_update("panic in a try", "on purpose", &[9]).await;
}

#[tokio::test]
async fn reentrant_update_in_a_blocking_step_panics() {
    assert_failed_update("nested", "inside its own closure", &[9]).await;
}

/// Runs `Careless`, and checks its error, the state that it leaves, and that the state is still usable.
async fn assert_failed_update(how: &str, message: &str, state: &[u32]) {
    let run = Careless.run(how.to_owned()).state(vec![9]).start();
    let (step, text) = failure(run.result().await.unwrap_err());
    assert_eq!(step, "change");
    assert!(text.contains(message), "{text}");
    assert_eq!(run.state().get(), state, "{how}");
    run.state().update(Vec::clear);
}

#[tokio::test(start_paused = true)]
async fn failed_or_panicked_try_update_rolls_back() {
    #[workflow(state = Vec<u32>)]
    struct Change;
    #[workflow]
    impl Change {
        #[step]
        async fn change(&self, ctx: &Context<Self>, _start: Start<()>) -> Stop<Vec<u32>> {
            ctx.state().set(vec![1]);
            let failed: Result<(), &str> = ctx.state().try_update(|all| {
                all.push(2);
                Err("no")
            });
            assert_eq!(failed, Err("no"));
            let fine: Result<usize, &str> = ctx.state().try_update(|all| {
                all.push(3);
                Ok(all.len())
            });
            assert_eq!(fine, Ok(2));
            Stop(ctx.state().read(Clone::clone))
        }
        #[step]
        async fn shaky(&self, ctx: &Context<Self>, _start: Start<()>) {
            ctx.state()
                .try_update(|all| -> Result<(), ()> {
                    all.clear();
                    panic!("no")
                })
                .ok();
        }
    }
    let run = Change.run(()).start();
    assert_eq!(run.result().await.unwrap(), [1, 3]);
    assert_eq!(run.state().get(), [1, 3]);
}

#[tokio::test(start_paused = true)]
async fn state_is_usable_after_a_panic_in_update() {
    #[workflow(state = u32)]
    struct Shaky;
    #[workflow]
    impl Shaky {
        #[step]
        async fn shaky(&self, ctx: &Context<Self>, _start: Start<()>) -> Stop<()> {
            ctx.state().update(|n| {
                *n = 5;
                panic!("no")
            })
        }
    }
    let run = Shaky.run(()).start();
    assert!(run.result().await.is_err());
    assert_eq!(run.state().get(), 5, "`update` keeps its changes");
    run.state().set(6);
    assert_eq!(run.state().read(|n| *n), 6);
}

#[tokio::test(start_paused = true)]
async fn reentrant_state_access_panics_at_once() {
    // A panic, not a deadlock.
    #[workflow(state = u32)]
    struct Nested;
    #[workflow]
    impl Nested {
        #[step]
        async fn nested(&self, ctx: &Context<Self>, _start: Start<()>) -> Stop<u32> {
            ctx.state().update(|n| *n += ctx.state().get());
            Stop(1)
        }
    }
    let run = Nested.run(()).start();
    let (step, text) = failure(run.result().await.unwrap_err());
    assert_eq!(step, "nested");
    assert!(text.contains("inside its own closure"), "{text}");
    assert_eq!(run.state().get(), 0);
}

/// Has no default.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Given(u32);

impl Default for Given {
    fn default() -> Self {
        panic!("no default")
    }
}

#[workflow(state = Given)]
struct Uses;

#[workflow]
impl Uses {
    #[step]
    async fn only(&self, ctx: &Context<Self>, Start(uses): Start<bool>) -> Stop<u32> {
        Stop(if uses { ctx.state().read(|given| given.0) } else { 0 })
    }
}

#[tokio::test]
async fn default_state_is_made_on_first_use() {
    assert_eq!(Uses.run(false).await.unwrap(), 0);
    assert_eq!(Uses.run(false).start().await.unwrap(), 0);
    assert_eq!(Uses.run(true).state(Given(5)).await.unwrap(), 5);
    assert_eq!(Uses.run(true).state(Given(5)).start().await.unwrap(), 5);
    let error = Uses.run(true).await.unwrap_err();
    assert!(error.to_string().contains("no default"), "{error}");
}

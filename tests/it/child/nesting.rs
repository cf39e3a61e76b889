//! Runs in place, nested thousands of levels deep.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::sync::Notify;
use workflows_runtime::{Executors, Run, prelude::*};
use workflows_tests::let_others_run;

/// A level runs the next one in place, and the deepest one does something else.
#[workflow]
struct Levels {
    shared: Arc<SharedLevels>,
}

struct SharedLevels {
    deepest: Deepest,
    /// Whether a level is a child of the one around it, or a run of its own.
    is_child: bool,
    reached: Notify,
    /// The levels whose steps exist.
    alive: AtomicU32,
}

#[derive(Debug, Clone, Copy)]
enum Deepest {
    Returns,
    Hangs,
    Fails,
    /// Returns the name of a thread of the executors.
    Blocks,
}

impl SharedLevels {
    fn new(deepest: Deepest, is_child: bool) -> Arc<Self> {
        Arc::new(Self { deepest, is_child, reached: Notify::new(), alive: AtomicU32::new(0) })
    }

    fn run(self: &Arc<Self>, depth: u32) -> Run<Levels> {
        Levels { shared: Arc::clone(self) }.run(depth)
    }
}

struct Alive<'a>(&'a AtomicU32);

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[blocking(cpu)]
fn thread_name() -> String {
    std::thread::current().name().unwrap_or_default().to_owned()
}

#[workflow]
impl Levels {
    #[step]
    async fn level(&self, ctx: &Context<Self>, Start(left): Start<u32>) -> StepResult<Stop<String>> {
        let shared = &self.shared;
        shared.alive.fetch_add(1, Ordering::Relaxed);
        let _alive = Alive(&shared.alive);
        if left > 0 {
            let inner = Levels { shared: Arc::clone(shared) };
            let inner = if shared.is_child { ctx.run_child(inner, left - 1) } else { inner.run(left - 1) };
            return Ok(Stop(inner.await?));
        }
        shared.reached.notify_one();
        match shared.deepest {
            Deepest::Returns => Ok(Stop("returned".to_owned())),
            Deepest::Hangs => pending().await,
            Deepest::Fails => Err(StepError::msg("failed")),
            Deepest::Blocks => Ok(Stop(thread_name().await)),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn runs_in_place_nest_thousands_of_levels_deep() {
    for is_child in [true, false] {
        let levels = SharedLevels::new(Deepest::Returns, is_child);
        assert_eq!(levels.run(5_000).await.unwrap(), "returned");
        assert_eq!(levels.run(5_000).start().await.unwrap(), "returned");
        assert_eq!(levels.alive.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_nested_runs_drops_all_levels() {
    for is_child in [true, false] {
        let levels = SharedLevels::new(Deepest::Hangs, is_child);
        tokio::select! {
            _ = levels.run(1_000) => unreachable!(),
            () = levels.reached.notified() => {}
        }
        for _ in 0..20 {
            let_others_run().await;
        }
        assert_eq!(levels.alive.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn few_nested_runs_are_dropped_at_once() {
    let levels = SharedLevels::new(Deepest::Hangs, true);
    tokio::select! {
        _ = levels.run(30) => unreachable!(),
        () = levels.reached.notified() => {}
    }
    assert_eq!(levels.alive.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn error_of_a_deep_run_reaches_the_outermost_one() {
    let error = SharedLevels::new(Deepest::Fails, true).run(100).await.unwrap_err();
    assert!(error.to_string().ends_with("step `level` failed: failed"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn deep_runs_use_the_executors_of_the_outermost_one() {
    let executors = Executors::builder().cpu_threads(1).build().unwrap();
    let levels = SharedLevels::new(Deepest::Blocks, false);
    let name = levels.run(100).executors(&executors).await.unwrap();
    assert_eq!(name, "wf-cpu-0");
}

//! Crashes at any commit of a family.

use crate::{family::*, logged::Logged};
use core::time::Duration;
use std::sync::Arc;
use tokio::time::{sleep, timeout};
use workflows_durable::{Filter, Host, Store};
use workflows_runtime::prelude::*;

#[event]
struct Job(u32);
#[event]
struct Done(u32);
#[event]
struct Raced(u32);
#[event]
struct Won(u32);

/// Children in a fan-out with retries and a handler, one that loses a race, a family, and one in blocking code.
#[workflow(timeout = "24h")]
struct Everything {
    sum: Arc<Sum>,
    middle: Arc<Middle>,
}

#[workflow]
struct Middle {
    sum: Arc<Sum>,
}

#[workflow]
impl Middle {
    #[step]
    async fn both(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> StepResult<Stop<u32>> {
        let one = ctx.run_child(&self.sum, number).start();
        let two = ctx.run_child(&self.sum, number + 1).start();
        Ok(Stop(one.await? + two.await?))
    }
}

#[workflow]
impl Everything {
    #[step]
    async fn start(&self, Start(jobs): Start<u32>) -> Vec<Job> {
        (0..jobs).map(Job).collect()
    }
    #[step(workers = 2, retry = Retry::fixed(Duration::from_millis(5)).max_attempts(2))]
    async fn job(&self, ctx: &Context<Self>, Job(number): Job) -> StepResult<Done> {
        // The sum of the last one is too much, in both attempts.
        let sum = ctx.run_child(&self.sum, number + 1).await?;
        if ctx.attempt().number == 1 && number == 1 {
            return Err(StepError::msg("again"));
        }
        Ok(Done(sum))
    }
    #[catch_error(steps(job))]
    async fn recover(&self, failed: StepFailed) -> Done {
        assert!(failed.error.to_string().ends_with("is too much"), "{}", failed.error);
        Done(1_000)
    }
    #[step]
    async fn fast(&self, all: Vec<Done>) -> Vec<Raced> {
        let sum = all.iter().map(|Done(sum)| sum).sum();
        vec![Raced(sum), Raced(0)]
    }
    #[step(workers = 2)]
    async fn race(&self, ctx: &Context<Self>, Raced(number): Raced) -> StepResult<Won> {
        if number == 0 {
            sleep(Duration::from_secs(5)).await;
        }
        Ok(Won(number + ctx.run_child(&self.middle, 1).await?))
    }
    #[step(timeout = "20ms", retry = Retry::immediate().max_attempts(2))]
    async fn end(&self, ctx: &Context<Self>, First([Won(number)]): First<Won, 1>) -> StepResult<Stop<u32>> {
        let child = ctx.run_child(&self.sum, 1).start();
        if ctx.attempt().number == 1 {
            sleep(Duration::from_secs(1)).await;
        }
        Ok(Stop(number + child.await?))
    }
}

async fn everything(store: impl Store) -> Host {
    let sum = Arc::new(Sum);
    let middle = Arc::new(Middle { sum: Arc::clone(&sum) });
    let top = Everything { sum: Arc::clone(&sum), middle: Arc::clone(&middle) };
    Host::on(store).workflow(top).workflow(middle).workflow(sum).start().await.unwrap()
}

/// Continues the run `a` to its end, and checks that nothing of it is left.
async fn continued(store: impl Store + Clone, expected: u32, crash: &str) {
    let host = everything(store).await;
    let recovered = host.recovered();
    assert!(recovered.refused.is_empty(), "{crash}: {:?}", recovered.refused);
    if let Some(run) = host.handle::<Everything>("a") {
        let result = timeout(Duration::from_hours(1), run.result()).await;
        assert_eq!(result.unwrap_or_else(|_| panic!("{crash}: it hangs")).unwrap(), expected, "{crash}");
    }
    assert_eq!(find(&host, "a").await.result, Some(expected.to_string()), "{crash}");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(host.health().running, 0, "{crash}");
    let mut all = Filter::default();
    all.limit = 1_000;
    let runs = host.list(all).await.unwrap();
    assert!(runs.iter().all(|run| run.ended.is_some()), "{crash}: {runs:?}");
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn crash_at_any_commit_of_a_family_does_not_change_the_result() {
    let store = Logged::default();
    let host = everything(store.clone()).await;
    let run = host.run::<Everything>(3).id("a").start().await.unwrap();
    let expected = run.result().await.unwrap();
    sleep(Duration::from_secs(1)).await;
    let mut all = Filter::default();
    all.limit = 1_000;
    let family = host.list(all).await.unwrap().len();
    let commits = store.commits.lock().unwrap().len();
    assert!(family > 9 && commits > 50, "{family} runs, {commits} commits");
    for count in 1..=commits {
        let second = Logged { store: store.after(count).await, ..Logged::default() };
        continued(second, expected, &format!("after commit {count} of {commits}")).await;
    }
}

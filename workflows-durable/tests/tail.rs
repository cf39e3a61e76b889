//! Ticks in place of snapshots: a replay leads to the same run.
#![allow(missing_docs)]

#[path = "common/crashed.rs"]
mod crashed;
#[path = "common/logged.rs"]
mod logged;
#[path = "common/wide.rs"]
mod wide;
#[path = "common/written.rs"]
mod written;

use self::{crashed::claim, logged::Logged, wide::Wide, written::Written};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;
use workflows_durable::{
    Host, MemoryStore, RunStatus, Store,
    store::{self, Applied, Change, Damaged, OwnerId, StoreFuture, StoredRun},
};
use workflows_runtime::{RunId, prelude::*};

#[event]
struct Group(u32);
#[event]
struct Cell(u32, u32);
#[event]
struct Tried(u32, u32);
#[event]
struct Row(u32);
#[event]
struct Extra(u32);
#[event]
struct Fast(u32);
#[event]
struct Won(u32);
#[event]
struct Left(u32);
#[event]
struct Right(u32);
#[event]
struct Late(u32);
#[event]
struct Due(u32);

/// Nested fan-outs, sends, retries with a typed condition, a handler, children, state, a race, a join, blocking code and a
/// timeout.
#[workflow(state = Vec<u32>, timeout = "24h")]
struct Everything;

#[derive(Debug, thiserror::Error)]
#[error("busy")]
struct Busy;

#[workflow]
impl Everything {
    #[step]
    async fn start(&self, Start(groups): Start<u32>) -> Vec<Group> {
        (0..groups).map(Group).collect()
    }
    #[step(workers = 2)]
    async fn spread(&self, Group(of): Group) -> Vec<Cell> {
        sleep(Duration::from_millis(2)).await;
        (0..6).map(|n| Cell(of, n)).collect()
    }
    #[step(
        workers = 3,
        timeout = "1h",
        retry = Retry::fixed(Duration::from_millis(20)).max_attempts(3).when(StepError::is::<Busy>)
    )]
    async fn flaky(&self, ctx: &Context<Self, (Extra,)>, Cell(of, n): Cell) -> StepResult<Tried> {
        if ctx.attempt().number == 1 {
            ctx.send(Extra(n));
        }
        sleep(Duration::from_millis(3)).await;
        if n == 1 && ctx.attempt().number < 3 {
            return Err(Busy.into());
        }
        if n == 3 {
            return Err(StepError::msg("never"));
        }
        ctx.state().update(|seen| seen.push(of * 10 + n));
        Ok(Tried(of, n))
    }
    #[catch_error(steps(flaky))]
    async fn recover(&self, failed: StepFailed) -> Tried {
        let Some(Cell(of, n)) = failed.input() else { return Tried(0, 0) };
        Tried(of, n + 100 * failed.attempts)
    }
    #[step(workers = 2)]
    #[blocking(io)]
    fn extra(&self, Extra(n): Extra) {
        std::hint::black_box(n);
    }
    /// After a child, the driver has nothing to clean up any more. It must not take fast paths past the journal.
    #[step]
    async fn row(&self, ctx: &Context<Self>, all: Vec<Tried>) -> StepResult<Row> {
        let parts = ctx.run_child(&Arc::new(Wide), 2).await?;
        assert_eq!(parts, 2);
        Ok(Row(all.iter().map(|Tried(_, n)| n).sum()))
    }
    #[step]
    async fn rows(&self, all: Vec<Row>) -> Vec<Fast> {
        let sum = all.iter().map(|Row(n)| n).sum();
        vec![Fast(sum), Fast(sum + 1), Fast(sum + 2)]
    }
    #[step]
    async fn race(&self, Fast(n): Fast) -> Won {
        sleep(Duration::from_millis(u64::from(n % 3) * 500)).await;
        Won(n)
    }
    #[step]
    async fn first(&self, First([Won(n)]): First<Won, 1>) -> (Left, Right) {
        (Left(n), Right(n))
    }
    #[step]
    async fn pair(&self, Left(a): Left, Right(b): Right) -> Late {
        Late(a + b)
    }
    #[step(timeout = "50ms", retry = Retry::fixed(Duration::from_millis(10)).max_attempts(3))]
    async fn late(&self, ctx: &Context<Self>, Late(n): Late) -> Due {
        if ctx.attempt().number < 3 {
            sleep(Duration::from_secs(1)).await;
        }
        Due(n)
    }
    #[step]
    async fn end(&self, ctx: &Context<Self>, Due(n): Due) -> Stop<(u32, Vec<u32>)> {
        let mut seen = ctx.state().get();
        seen.sort_unstable();
        Stop((n, seen))
    }
}

#[tokio::test(start_paused = true)]
async fn crash_at_any_commit_does_not_change_the_result() {
    let groups = 4;
    let expected = Everything.run(groups).await.unwrap();
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Everything).start().await.unwrap();
    let run = host.run::<Everything>(groups).id("a").start().await.unwrap();
    assert_eq!(run.result().await.unwrap(), expected);
    let written = Written::of(&store);
    assert!(written.records_of_ticks > 20, "{written:?}");

    let commits = store.commits.lock().unwrap().len();
    for count in 1..commits {
        // The second process dies after half of what is left.
        let second = Logged { store: store.after(count).await, ..Logged::default() };
        let result = continued(second.clone(), count).await;
        assert_eq!(result, expected, "crashed after commit {count} of {commits}");
    }
}

/// Continues the run `a` to its end.
async fn continued(store: impl Store + Clone, count: usize) -> (u32, Vec<u32>) {
    let host = Host::on(store).workflow(Everything).start().await.unwrap();
    let recovered = host.recovered();
    assert!(recovered.refused.is_empty(), "after commit {count}: {:?}", recovered.refused);
    if let Some(run) = host.handle::<Everything>("a") {
        return run.result().await.unwrap();
    }
    let found = host.find("a").await.unwrap().unwrap();
    assert_eq!(found.status, RunStatus::Completed, "{found:?}");
    serde_json::from_str(&found.result.unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn second_crash_does_not_change_the_result() {
    let groups = 2;
    let expected = Everything.run(groups).await.unwrap();
    let first = Logged::default();
    let host = Host::on(first.clone()).workflow(Everything).start().await.unwrap();
    let run = host.run::<Everything>(groups).id("a").start().await.unwrap();
    assert_eq!(run.result().await.unwrap(), expected);
    let commits = first.commits.lock().unwrap().len();
    for count in (1..commits).step_by(3) {
        let second = Logged { store: first.after(count).await, ..Logged::default() };
        // What it begins with is not among its commits.
        let begin = first.after(count).await;
        assert_eq!(continued(second.clone(), count).await, expected);
        let log: Vec<Arc<[Change]>> = second.commits.lock().unwrap().clone();
        let third = begin;
        claim(&third, "Everything").await;
        for changes in log.iter().take(log.len() / 2) {
            let applied = third.commit(Arc::clone(changes)).await.unwrap();
            assert!(applied.iter().all(|applied| *applied == Applied::Done), "{applied:?}");
        }
        assert_eq!(continued(third, count).await, expected, "crashed after commit {count} and half of the rest");
    }
}

/// A store whose runs are claimed with other ticks.
#[derive(Clone)]
struct Edited {
    store: MemoryStore,
    edit: fn(&mut Vec<Result<String, Damaged>>),
}

impl store::StoreWrapper for Edited {
    fn inner(&self) -> &dyn Store {
        &self.store
    }
    fn claim(&self, owner: OwnerId, runs: Vec<(RunId, u64)>) -> StoreFuture<'_, Vec<StoredRun>> {
        Box::pin(async move {
            let mut claimed = self.inner().claim(owner, runs).await?;
            for run in &mut claimed {
                (self.edit)(&mut run.ticks);
            }
            Ok(claimed)
        })
    }
}

/// The digest is the last field.
fn other_digest(text: &mut String) {
    let at = text.find("\"digest\":").expect("each record of a small run has a digest");
    text.replace_range(at.., "\"digest\":7}");
}

/// Replaces a part of each text.
fn replace(ticks: &mut [Result<String, Damaged>], from: &str, to: &str) {
    for text in ticks.iter_mut().flatten() {
        *text = text.replace(from, to);
    }
}

#[tokio::test(start_paused = true)]
async fn ticks_that_lead_elsewhere_are_refused() {
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Everything).start().await.unwrap();
    let run = host.run::<Everything>(2).id("a").start().await.unwrap();
    run.result().await.unwrap();
    // A moment with several records of ticks.
    let commits = store.commits.lock().unwrap().len();
    let mut crashed = 0;
    for count in 1..commits {
        if claim(&store.after(count).await, "Everything").await.first().is_some_and(|run| run.ticks.len() >= 3) {
            crashed = count;
            break;
        }
    }
    assert!(crashed > 0, "there are ticks");
    let damaged = |edit| Edited { store: MemoryStore::new(), edit };
    let cases = [
        (damaged(|ticks| drop(ticks.remove(1))), "tick record 1 is missing"),
        (damaged(|ticks| ticks.swap(0, 1)), "tick record 0 is missing"),
        (damaged(|ticks| ticks[2] = Err(Damaged { what: "tick" })), "the stored tick is damaged"),
        (damaged(|ticks| ticks[1] = Ok("{".to_owned())), "tick record 1 cannot be read"),
        (damaged(|ticks| replace(ticks, "\"version\":4", "\"version\":7")), "the ticks have version 7"),
        (damaged(|ticks| replace(ticks, "\"digest\":", "\"digest\":7,\"digest\":")), "duplicate field `digest`"),
        (damaged(|ticks| ticks.iter_mut().flatten().for_each(other_digest)), "does not lead to the state"),
        (damaged(|ticks| replace(ticks, "\"digest\":", "\"other\":")), "unknown field `other`"),
    ];
    for (case, reason) in cases {
        let store = Edited { store: store.after(crashed).await, ..case };
        let host = Host::on(store).workflow(Everything).start().await.unwrap();
        let recovered = host.recovered();
        let [(id, text)] = &recovered.refused[..] else { panic!("{recovered:?}, instead of {reason}") };
        assert_eq!(*id, "a");
        assert!(text.contains(reason), "{text}, instead of {reason}");
        assert!(host.find("a").await.unwrap().is_some(), "it stays in the store");
    }
}

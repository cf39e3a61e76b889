//! Runs and handles are futures like others.

use futures::future::{FutureExt, join_all};
use tokio::task::JoinSet;
use workflows_runtime::prelude::*;

#[workflow]
struct Double;

#[workflow]
impl Double {
    #[step]
    async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
        Stop(2 * n)
    }
}

#[tokio::test]
async fn run_and_handle_are_spawned_as_they_are() {
    assert_eq!(tokio::spawn(Double.run(1)).await.unwrap().unwrap(), 2);
    assert_eq!(tokio::spawn(Double.run(2).start().into_future()).await.unwrap().unwrap(), 4);
    let mut set = JoinSet::new();
    for n in 0..3 {
        set.spawn(Double.run(n).id(format!("run-{n}")));
    }
    let mut results: Vec<_> = set.join_all().await.into_iter().map(Result::unwrap).collect();
    results.sort_unstable();
    assert_eq!(results, [0, 2, 4]);
    let results = join_all((0..3).map(|n| Double.run(n))).await;
    assert_eq!(results.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [0, 2, 4]);
}

/// Yields once.
#[workflow]
struct Yield;

#[workflow]
impl Yield {
    #[step]
    async fn pass(&self, Start(n): Start<u64>) -> Stop<u64> {
        tokio::task::yield_now().await;
        Stop(n)
    }
}

#[tokio::test]
async fn run_is_polled_by_reference() {
    let mut run = Yield.run(5);
    assert!((&mut run).now_or_never().is_none());
    assert_eq!(run.await.unwrap(), 5);
}

#[tokio::test]
#[should_panic(expected = "a run that was polled cannot be changed or started")]
async fn polled_run_cannot_be_started() {
    let mut run = Yield.run(5);
    assert!((&mut run).now_or_never().is_none());
    let _handle = run.start();
}

#[tokio::test]
async fn runs_and_handles_are_joined_and_selected() {
    let (run, handle) = tokio::join!(Double.run(1), Double.run(2).start());
    assert_eq!((run.unwrap(), handle.unwrap()), (2, 4));
    let (run, handle) = tokio::try_join!(Double.run(1), Double.run(2).start()).unwrap();
    assert_eq!((run, handle), (2, 4));
    let first = tokio::select! {
        biased;
        result = Double.run(3) => result.unwrap(),
        result = Double.run(4).start() => result.unwrap(),
    };
    assert_eq!(first, 6);
    let mut handle = Double.run(5).start();
    let second = tokio::select! {
        result = &mut handle => result.unwrap(),
    };
    assert_eq!(second, 10);
    let all = join_all((0..3).map(|n| Double.run(n).into_future())).await;
    assert!(all.into_iter().all(|result| result.is_ok()));
    assert_eq!(tokio::time::timeout(Duration::from_secs(9), Double.run(7)).await.unwrap().unwrap(), 14);
}

//! When resources are built, shared and dropped.

use super::{Assembly, Maker, Next, Parts, Slow};
use std::sync::{Arc, atomic::Ordering};
use workflows_runtime::prelude::*;
use workflows_tests::let_others_run;

#[tokio::test]
async fn cached_resource_is_built_once_per_instance() {
    let workflow = Arc::new(Assembly::default());
    assert_eq!(Arc::clone(&workflow).run(()).await.unwrap(), (2, 1, 1));
    assert_eq!(Arc::clone(&workflow).run(()).start().await.unwrap(), (4, 1, 1));
    assert_eq!((workflow.parts.cached.made(), workflow.parts.fresh.made(), workflow.parts.top.made()), (1, 4, 1));
}

#[tokio::test]
async fn instances_do_not_share_resources() {
    let (one, other) = (Arc::new(Assembly::default()), Arc::new(Assembly::default()));
    Arc::clone(&one).run(()).await.unwrap();
    Arc::clone(&other).run(()).await.unwrap();
    assert_eq!((one.parts.cached.made(), other.parts.cached.made()), (1, 1));
}

// Steps and factories stay ordinary methods.
#[tokio::test]
async fn steps_and_factories_are_callable_as_methods() {
    let workflow = Assembly::default();
    let (fresh, cached) = (workflow.fresh().await, workflow.cached());
    assert_eq!(Assembly::left(&fresh, &cached).await, (1, 1));
    assert_eq!(Assembly::right(&fresh), 1);
    let Next(number) = workflow.first(&(1, 1), Start(()), &1, &fresh, &cached).await;
    assert_eq!(number, 1);
}

#[tokio::test]
async fn concurrent_requests_share_one_construction() {
    let workflow = Arc::new(Slow::default());
    let runs = [1, 2, 3].map(|n| Arc::clone(&workflow).run(n).start());
    let_others_run().await;
    assert_eq!(workflow.begun.load(Ordering::Relaxed), 1, "six executions of three runs request it");
    workflow.go.notify_one();
    for (run, n) in runs.into_iter().zip(1..) {
        assert_eq!(run.await.unwrap(), 2 * n + 2);
    }
    assert_eq!(workflow.maker.made(), 1);
}

// A waiting run takes over once the constructing run is gone.
#[tokio::test]
async fn construction_of_a_cancelled_run_is_taken_over() {
    let workflow = Arc::new(Slow::default());
    let first = Arc::clone(&workflow).run(1).start();
    let_others_run().await;
    let second = Arc::clone(&workflow).run(2).start();
    let_others_run().await;
    assert_eq!(workflow.begun.load(Ordering::Relaxed), 1);
    first.cancel();
    assert!(matches!(first.await, Err(RunError::Cancelled)));
    let_others_run().await;
    assert_eq!(workflow.begun.load(Ordering::Relaxed), 2);
    workflow.go.notify_one();
    assert_eq!(second.await.unwrap(), 6);
    assert_eq!(workflow.log.take(), ["made"]);
}

#[tokio::test]
async fn resources_are_dropped_with_their_workflow() {
    let maker = Maker::default();
    let workflow = || Assembly { parts: Parts { cached: maker.clone(), ..Parts::default() } };

    // By value: dropped before the result is visible, even while a handle exists.
    let run = workflow().run(()).start();
    run.result().await.unwrap();
    assert_eq!((maker.made(), maker.alive()), (1, 0));

    // Shared: the owner drops its `Arc` before the run ends.
    let shared = Arc::new(workflow());
    let weak = Arc::downgrade(&shared);
    let run = shared.run(()).start();
    run.result().await.unwrap();
    assert!(weak.upgrade().is_none());
    assert_eq!((maker.made(), maker.alive()), (2, 0));
}

#[tokio::test]
async fn resources_of_dropped_instances_are_dropped_by_later_runs() {
    let maker = Maker::default();
    for n in 1..=100 {
        let workflow = Arc::new(Assembly { parts: Parts { cached: maker.clone(), ..Parts::default() } });
        Arc::clone(&workflow).run(()).await.unwrap();
        drop(workflow);
        assert_eq!(maker.made(), n);
        // Other tests of this process may also have instances of this type.
        assert!(maker.alive() < 20, "{} values are alive", maker.alive());
    }
}

trait Client: Send + Sync {
    fn ask(&self, question: &str) -> String;
}

struct Fake;

impl Client for Fake {
    fn ask(&self, question: &str) -> String {
        format!("{question}!")
    }
}

#[workflow]
struct Injected {
    client: Arc<dyn Client>,
}

#[workflow]
impl Injected {
    #[resource]
    async fn client(&self) -> Arc<dyn Client> {
        Arc::clone(&self.client)
    }

    #[step]
    async fn ask(&self, #[resource(client)] client: &Arc<dyn Client>, Start(text): Start<String>) -> Stop<String> {
        Stop(client.ask(&text))
    }
}

// An existing value is a field of the workflow; its factory returns it.
#[tokio::test]
async fn factory_may_return_an_injected_value() {
    assert_eq!(Injected { client: Arc::new(Fake) }.run("yes".to_owned()).await.unwrap(), "yes!");
}

//! Factories that fail, panic or take too long.

use super::{Made, Maker, NotYet, Slow, take_one};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Notify;
use workflows_runtime::{ResourceError, prelude::*};
use workflows_tests::{Attempts, failure};

// The failure belongs to the step, and is not cached.
#[tokio::test]
async fn failed_factory_names_its_chain_and_is_called_again() {
    let workflow = Arc::new(Slow { refusals: 1.into(), ..Slow::default() });
    workflow.go.notify_one();
    let error = Arc::clone(&workflow).run(1).await.unwrap_err();
    let RunError::Failed { step, source, .. } = &error else { panic!("{error}") };
    assert_eq!(*step, "one");
    assert_eq!(source.to_string(), "resource `slow` (one → slow): not yet");
    let inner: &ResourceError = source.downcast_ref().unwrap();
    assert!(inner.cause().is::<NotYet>());
    assert_eq!((inner.step(), inner.chain(), inner.file()), ("one", &["slow"][..], None));

    workflow.go.notify_one();
    assert_eq!(Arc::clone(&workflow).run(1).await.unwrap(), 4);
    assert_eq!(workflow.begun.load(Ordering::Relaxed), 2);
}

// The error names the chain of resources that led to the factory.
#[tokio::test]
async fn panic_in_a_factory_is_a_failure_that_names_it() {
    let workflow = Arc::new(Chain { panics: true });
    let (step, text) = failure(Arc::clone(&workflow).run(()).await.unwrap_err());
    assert_eq!((step, &*text), ("go", "resource `deepest` (go → top → middle → deepest): panicked: broken"));
    let workflow = Chain { panics: false };
    let (_, text) = failure(workflow.run(()).await.unwrap_err());
    assert_eq!(text, "resource `middle` (go → top → middle): panicked: too deep");
}

#[workflow]
struct Chain {
    panics: bool,
}

#[workflow]
impl Chain {
    #[resource]
    #[blocking(io)]
    fn deepest(&self) -> u32 {
        assert!(!self.panics, "broken");
        1
    }

    #[resource(cached = false)]
    async fn middle(#[resource(deepest)] deepest: &u32) -> u32 {
        assert!(*deepest > 1, "too deep");
        *deepest
    }

    #[resource]
    async fn top(#[resource(middle)] middle: &u32) -> u32 {
        *middle
    }

    #[step]
    async fn go(&self, #[resource(top)] top: &u32, Start(()): Start<()>) -> Stop<u32> {
        Stop(*top)
    }
}

#[workflow]
#[derive(Default)]
struct Patient {
    refusals: AtomicUsize,
    tried: AtomicUsize,
    fallback: Maker,
}

#[workflow]
impl Patient {
    #[resource]
    async fn flaky(&self) -> StepResult<u32> {
        self.tried.fetch_add(1, Ordering::Relaxed);
        if take_one(&self.refusals) { Err(StepError::msg("not yet")) } else { Ok(7) }
    }

    #[resource]
    async fn fallback(&self) -> Made {
        self.fallback.make()
    }

    #[step(retry = Attempts(3, Duration::ZERO))]
    async fn go(&self, #[resource(flaky)] flaky: &u32, Start(()): Start<()>) -> Stop<String> {
        Stop(flaky.to_string())
    }

    #[catch_error]
    async fn caught(&self, failed: StepFailed, #[resource(fallback)] fallback: &Made) -> Stop<String> {
        Stop(format!("{} {}", failed.error, fallback.number))
    }
}

#[tokio::test(start_paused = true)]
async fn factory_failure_is_retried_and_then_caught() {
    let workflow = Arc::new(Patient { refusals: 2.into(), ..Patient::default() });
    assert_eq!(Arc::clone(&workflow).run(()).await.unwrap(), "7");
    assert_eq!(workflow.tried.load(Ordering::Relaxed), 3);

    let workflow = Arc::new(Patient { refusals: 3.into(), ..Patient::default() });
    assert_eq!(Arc::clone(&workflow).run(()).await.unwrap(), "resource `flaky` (go → flaky): not yet 1");
    assert_eq!(workflow.tried.load(Ordering::Relaxed), 3);
}

#[workflow]
#[derive(Default)]
struct Hurried {
    go: Arc<Notify>,
}

#[workflow]
impl Hurried {
    #[resource]
    async fn slow(&self) -> u32 {
        self.go.notified().await;
        1
    }

    #[step(timeout = "1s")]
    async fn hurry(&self, #[resource(slow)] slow: &u32, Start(()): Start<()>) -> Stop<u32> {
        Stop(*slow)
    }
}

// The construction of its resources is part of an execution.
#[tokio::test(start_paused = true)]
async fn step_timeout_includes_resource_construction() {
    let workflow = Arc::new(Hurried::default());
    let (step, text) = failure(Arc::clone(&workflow).run(()).await.unwrap_err());
    assert_eq!((step, &*text), ("hurry", "took longer than 1s"));
    workflow.go.notify_one();
    assert_eq!(workflow.run(()).await.unwrap(), 1);
}

//! `check_resources`.

use super::{Assembly, Made, Maker, Next, Whole};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use workflows_runtime::prelude::*;

/// Three invalid resources, one of which two steps use.
#[workflow]
#[derive(Default)]
struct Doubtful {
    cached: Maker,
    fresh: Maker,
    tried: AtomicUsize,
}

#[workflow]
impl Doubtful {
    #[resource]
    async fn good(&self) -> Made {
        self.cached.make()
    }

    #[resource(cached = false)]
    async fn each(&self) -> Made {
        self.fresh.make()
    }

    #[resource]
    async fn bad(&self) -> StepResult<u32> {
        self.tried.fetch_add(1, Ordering::Relaxed);
        Err(StepError::msg("out of order"))
    }

    #[resource]
    async fn around(#[resource(bad)] bad: &u32, #[config("tests/resources/app.json")] _: &Whole) -> u64 {
        u64::from(*bad)
    }

    #[step]
    async fn one(
        &self,
        #[resource(around)] _: &u64,
        #[resource(each)] _: &Made,
        #[resource(good)] _: &Made,
        #[resource(bad)] _: &u32,
        Start(()): Start<()>,
    ) -> Next {
        Next(1)
    }

    #[step]
    async fn two(
        &self,
        #[resource(each)] _: &Made,
        #[resource(around)] _: &u64,
        #[config("tests/resources/missing.json")] _: &u32,
        #[config("tests/resources/app.json", select = "no")] _: &u32,
        Next(_): Next,
    ) -> Stop<()> {
        Stop(())
    }
}

#[tokio::test]
async fn check_resources_reports_each_error_once() {
    let workflow = Arc::new(Doubtful::default());
    let errors = workflow.check_resources().await.unwrap_err();
    let text = errors.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "resource `bad` (one → around → bad): out of order");
    assert!(
        lines[1].starts_with("config `tests/resources/missing.json` (two → tests/resources/missing.json): the file")
    );
    assert_eq!(
        lines[2],
        "config `tests/resources/app.json` at `no` (two → tests/resources/app.json): there is no `no`"
    );
    assert_eq!(errors.iter().count(), 3);
    assert_eq!(workflow.tried.load(Ordering::Relaxed), 1);
    assert_eq!((workflow.cached.made(), workflow.cached.alive()), (1, 1), "cached values stay alive");
    assert_eq!((workflow.fresh.made(), workflow.fresh.alive()), (1, 0), "values of one execution are dropped");

    // A second check calls failed factories again, and reuses the built resources.
    assert!(workflow.check_resources().await.is_err());
    assert_eq!((workflow.tried.load(Ordering::Relaxed), workflow.cached.made()), (2, 1));
}

#[tokio::test]
async fn checked_resources_are_reused_by_runs() {
    let workflow = Arc::new(Assembly::default());
    workflow.check_resources().await.unwrap();
    assert_eq!((workflow.parts.cached.made(), workflow.parts.top.made()), (1, 1));
    Arc::clone(&workflow).run(()).await.unwrap();
    assert_eq!((workflow.parts.cached.made(), workflow.parts.top.made()), (1, 1));
}

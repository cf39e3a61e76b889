//! cano: a state machine of tasks. Tasks pass no payload, and a run receives no external events, so a parked run
//! waits inside a task.

use crate::{
    common::{cpu, cpu_nanos},
    entry::{Entry, Parked},
    ours::started,
};
use ::cano::prelude::*;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use tokio::sync::Semaphore;

const CANO: &str = "cano";

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Stage {
    Begin,
    Work,
    Join,
    Done,
}

struct To(Stage);

#[task(state = Stage)]
impl To {
    fn config(&self) -> TaskConfig {
        TaskConfig::minimal()
    }

    async fn run(&self, _: &Resources) -> Result<TaskResult<Stage>, CanoError> {
        Ok(TaskResult::Single(self.0.clone()))
    }
}

struct Count(Arc<AtomicU32>);

#[task(state = Stage)]
impl Count {
    fn config(&self) -> TaskConfig {
        TaskConfig::minimal()
    }

    async fn run(&self, _: &Resources) -> Result<TaskResult<Stage>, CanoError> {
        let is_last = self.0.fetch_sub(1, Ordering::Relaxed) == 0;
        Ok(TaskResult::Single(if is_last { Stage::Done } else { Stage::Work }))
    }
}

#[derive(Clone)]
struct Branch;

#[task(state = Stage)]
impl Branch {
    fn config(&self) -> TaskConfig {
        TaskConfig::minimal()
    }

    async fn run(&self, _: &Resources) -> Result<TaskResult<Stage>, CanoError> {
        Ok(TaskResult::Single(Stage::Join))
    }
}

struct Park(Arc<Semaphore>);

#[task(state = Stage)]
impl Park {
    async fn run(&self, _: &Resources) -> Result<TaskResult<Stage>, CanoError> {
        self.0.acquire().await.unwrap().forget();
        Ok(TaskResult::Single(Stage::Done))
    }
}

fn flow() -> Workflow<Stage> {
    Workflow::new(Resources::new())
}

async fn end(flow: &Workflow<Stage>) {
    assert_eq!(flow.orchestrate(Stage::Begin, CancellationToken::disabled()).await.unwrap(), Stage::Done);
}

pub(crate) const HOP: Entry = Entry {
    of: CANO,
    how: "a state to itself, `TaskConfig::minimal`, no payload",
    size: 100_000,
    nanos: |hops| {
        Box::pin(async move {
            let left = Arc::new(AtomicU32::new(hops));
            let flow = flow()
                .register(Stage::Begin, To(Stage::Work))
                .register(Stage::Work, Count(Arc::clone(&left)))
                .add_exit_state(Stage::Done);
            cpu_nanos(1, || end(&flow)).await / f64::from(hops)
        })
    },
};

pub(crate) const RUN: Entry = Entry {
    of: CANO,
    how: "one `Workflow` for all runs, no payload",
    size: 20_000,
    nanos: |runs| {
        Box::pin(async move {
            let flow = flow()
                .register(Stage::Begin, To(Stage::Work))
                .register(Stage::Work, To(Stage::Done))
                .add_exit_state(Stage::Done);
            cpu_nanos(runs, || end(&flow)).await
        })
    },
};

pub(crate) const BRANCH: Entry = Entry {
    of: CANO,
    how: "`register_split`, joined by all, no payload",
    size: 10_000,
    nanos: |branches| {
        Box::pin(async move {
            let flow = flow()
                .register_split(
                    Stage::Begin,
                    (0..branches).map(|_| Branch),
                    JoinConfig::new(JoinStrategy::All, Stage::Join),
                )
                .register(Stage::Join, To(Stage::Done))
                .add_exit_state(Stage::Done);
            cpu_nanos(10, || end(&flow)).await / f64::from(branches)
        })
    },
};

pub(crate) const PARKED: Parked = Parked {
    of: CANO,
    how: "no external events: a spawned run that waits in a task",
    cost: |number| {
        Box::pin(async move {
            let gate = Arc::new(Semaphore::new(0));
            let flow = Arc::new(flow().register(Stage::Begin, Park(Arc::clone(&gate))).add_exit_state(Stage::Done));
            let start = || {
                let flow = Arc::clone(&flow);
                tokio::spawn(async move { end(&flow).await })
            };
            let (bytes, runs) = started(number, start).await;
            let begun = cpu();
            gate.add_permits(runs.len());
            for run in runs {
                run.await.unwrap();
            }
            (bytes, (cpu() - begun) / f64::from(number))
        })
    },
};

//! This crate and the baselines.

use crate::{
    common::{
        baselines::{self, Lean},
        cpu, cpu_nanos, resident,
        workflows::{FanOut, Loop, TwoSteps},
    },
    entry::{Entry, Parked},
};
use std::sync::Arc;
use tokio::task::yield_now;
use workflows_runtime::prelude::*;

const OURS: &str = "workflows-runtime";
const BASELINE: &str = "baseline";

pub(crate) const HOP: Entry = Entry {
    of: OURS,
    how: "a step to itself",
    size: 100_000,
    nanos: |hops| Box::pin(async move { cpu_nanos(1, || Loop.run(hops.into()).into_future()).await / f64::from(hops) }),
};

pub(crate) const HOP_BASELINE: Entry = Entry {
    of: BASELINE,
    how: "a queue of boxed futures, polled once",
    size: 100_000,
    nanos: |hops| Box::pin(async move { cpu_nanos(1, || baselines::polled_once(hops.into())).await / f64::from(hops) }),
};

pub(crate) const RUN: Entry = Entry {
    of: OURS,
    how: "in place",
    size: 20_000,
    nanos: |runs| {
        Box::pin(async move {
            let flow = &Arc::new(TwoSteps);
            cpu_nanos(runs, || flow.run(0).into_future()).await
        })
    },
};

pub(crate) const RUN_BASELINE: Entry = Entry {
    of: BASELINE,
    how: "a loop over an enum",
    size: 20_000,
    nanos: |runs| Box::pin(cpu_nanos(runs, baselines::two_steps)),
};

pub(crate) const STARTED: Entry = Entry {
    of: OURS,
    how: "with a handle",
    size: 20_000,
    nanos: |runs| {
        Box::pin(async move {
            let flow = &Arc::new(TwoSteps);
            cpu_nanos(runs, || flow.run(0).start().into_future()).await
        })
    },
};

pub(crate) const STARTED_BASELINE: Entry = Entry {
    of: BASELINE,
    how: "a task and one `Arc`",
    size: 20_000,
    nanos: |runs| Box::pin(cpu_nanos(runs, async || Lean::started().result().await)),
};

pub(crate) const BRANCH: Entry = Entry {
    of: OURS,
    how: "four in flight, gathered in send order",
    size: 10_000,
    nanos: |branches| {
        Box::pin(async move { cpu_nanos(10, || FanOut.run(branches.into()).into_future()).await / f64::from(branches) })
    },
};

pub(crate) const BRANCH_BASELINE: Entry = Entry {
    of: BASELINE,
    how: "a queue and a `FuturesUnordered`, four in flight",
    size: 10_000,
    nanos: |branches| {
        Box::pin(
            async move { cpu_nanos(10, || baselines::four_in_flight(branches.into())).await / f64::from(branches) },
        )
    },
};

#[event]
struct Question;

#[event]
struct Answer {
    number: u64,
}

/// Requests input, and ends with the response.
#[workflow]
struct Asks;

#[workflow]
impl Asks {
    #[step]
    async fn ask(&self, Start(()): Start<()>) -> InputRequired<Question> {
        InputRequired(Question)
    }

    #[step]
    async fn end(&self, HumanResponse(answer): HumanResponse<Answer>) -> Stop<u64> {
        Stop(answer.number)
    }
}

pub(crate) const PARKED: Parked = Parked {
    of: OURS,
    how: "a started run with its handle, mailbox and stream",
    cost: |number| {
        Box::pin(async move {
            let flow = &Arc::new(Asks);
            let (bytes, runs) = started(number, || flow.run(()).start()).await;
            let begun = cpu();
            for run in &runs {
                run.send(HumanResponse(Answer { number: 1 })).unwrap();
            }
            for run in runs {
                run.await.unwrap();
            }
            (bytes, (cpu() - begun) / f64::from(number))
        })
    },
};

pub(crate) const PARKED_BASELINE: Parked = Parked {
    of: BASELINE,
    how: "a task and one `Arc`",
    cost: |number| {
        Box::pin(async move {
            let (bytes, runs) = started(number, Lean::parked).await;
            let begun = cpu();
            for run in &runs {
                run.respond();
            }
            for run in runs {
                run.result().await;
            }
            (bytes, (cpu() - begun) / f64::from(number))
        })
    },
};

/// Starts `number` runs and lets them reach their wait. Returns the memory per run, and the runs.
pub(crate) async fn started<T>(number: u32, start: impl Fn() -> T) -> (f64, Vec<T>) {
    let before = resident();
    let all = (0..number).map(|_| start()).collect();
    for _ in 0..50 {
        yield_now().await;
    }
    ((resident() - before) / f64::from(number), all)
}

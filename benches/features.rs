//! What a feature costs a hop and a branch: the same workflow without it stands where other benches
//! have their limit. What is there and not used is to cost nothing.
//!
//! `cargo bench --bench features`

// Steps are async, whether they wait or not.
#![allow(clippy::unused_async, clippy::unused_self, clippy::wildcard_imports)]

mod common;

use common::{Row, cpu_nanos, current_thread, float, head, in_a_task, rounds};
use std::{hint::black_box, sync::Arc};
use tracing::instrument::WithSubscriber;
use tracing_subscriber::Registry;
use workflows_runtime::{Overrun, Run, RunHandle, prelude::*};
use workflows_tests::yield_once;

const ROUNDS: usize = 31;
const HOPS: u64 = 100_000;
const BRANCHES: u64 = 10_000;
const LATE: Duration = Duration::from_hours(1);

/// The bound of what is not used: nothing, but for noise and for how the compiler lays code out.
const NOTHING: f64 = 1.1;

/// What is used is told, and not judged.
const SOME: f64 = f64::INFINITY;

#[event]
struct Hop {
    left: u64,
}

#[event]
struct Part {
    number: u64,
}

#[event]
struct Made {
    number: u64,
}

#[event]
struct Text {
    text: String,
}

/// As large as what an error handler takes.
#[event]
struct Bulk {
    numbers: [u64; 13],
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Tally {
    steps: u64,
}

/// A loop whose step has more on it or does something more, with other steps beside it.
macro_rules! looping {
    ($name:ident, ($($setting:tt)*), ($($option:tt)*), ($($more:tt)*), { $($body:tt)* }, { $($beside:tt)* }) => {
        #[workflow($($setting)*)]
        pub(super) struct $name;

        #[workflow]
        impl $name {
            #[step]
            async fn begin(&self, Start(hops): Start<u64>) -> Hop {
                Hop { left: hops }
            }

            #[step($($option)*)]
            async fn hop(&self, $($more)* hop: Hop) -> OneOf<Hop, Stop<u64>> {
                $($body)*
                let left = black_box(hop.left);
                if left == 0 { Stop(0).emit() } else { Hop { left: left - 1 }.emit() }
            }

            $($beside)*
        }
    };
}

/// A fan-out of the same kind.
macro_rules! fanning {
    ($name:ident, ($($setting:tt)*), ($($option:tt)*), ($($more:tt)*), { $($body:tt)* }, { $($beside:tt)* }) => {
        #[workflow($($setting)*)]
        pub(super) struct $name;

        #[workflow]
        impl $name {
            #[step]
            async fn begin(&self, Start(parts): Start<u64>) -> Vec<Part> {
                (0..parts).map(|number| Part { number }).collect()
            }

            #[step(workers = 4, $($option)*)]
            async fn work(&self, $($more)* part: Part) -> Made {
                $($body)*
                Made { number: black_box(part.number) }
            }

            #[step]
            async fn end(&self, all: Vec<Made>) -> Stop<u64> {
                Stop(black_box(all).iter().map(|made| made.number).sum())
            }

            $($beside)*
        }
    };
}

mod hops {
    use super::*;

    looping!(Plain, (), (), (), {}, {});
    looping!(Declared, (state = Tally, stream = u64, max_runs = 1000), (), (), {}, {});
    looping!(Aware, (), (), (_ctx: &Context<Self>,), {}, {});
    looping!(Counting, (state = Tally), (), (ctx: &Context<Self>,), { ctx.state().update(|all| all.steps += 1); }, {});
    looping!(Publishing, (stream = u64), (), (ctx: &Context<Self>,), { ctx.publish(1); }, {});
    looping!(Supplied, (), (), (#[resource(number)] number: &u64,), { black_box(*number); }, {
        #[resource]
        async fn number(&self) -> StepResult<u64> {
            Ok(1)
        }
    });
    looping!(Retried, (), (retry = Retry::fixed(LATE).max_attempts(3)), (), {}, {});
    looping!(Limited, (), (timeout = "1h"), (), {}, {});
    looping!(Caught, (), (), (), {}, {
        #[catch_error]
        async fn caught(&self, _: StepFailed) -> Stop<u64> {
            Stop(0)
        }
    });
    // What stands on another step, which runs once.
    looping!(Policies, (), (), (), {}, {
        #[step(retry = Retry::fixed(LATE).max_attempts(3), timeout = "1h")]
        async fn beside(&self, Start(_): Start<u64>) {}

        #[catch_error(steps(beside))]
        async fn caught(&self, _: StepFailed) {}
    });
    looping!(Supplying, (), (), (), {}, {
        #[step]
        async fn beside(&self, #[resource(number)] _number: &u64, Start(_): Start<u64>) {}

        #[resource]
        async fn number(&self) -> StepResult<u64> {
            Ok(1)
        }
    });
    looping!(Large, (), (), (), {}, {
        #[step]
        async fn beside(&self, Start(_): Start<u64>) {
            let large = black_box([0_u8; 4096]);
            yield_once().await;
            black_box(large);
        }
    });
    looping!(Bulky, (), (), (), {}, {
        #[step]
        async fn beside(&self, Start(_): Start<u64>) -> Option<Bulk> {
            None
        }

        #[step]
        async fn bulk(&self, bulk: Bulk) -> Stop<u64> {
            Stop(bulk.numbers[0])
        }
    });
    looping!(Owning, (), (), (), {}, {
        #[step]
        async fn beside(&self, Start(_): Start<u64>) -> Option<Text> {
            None
        }

        #[step]
        async fn text(&self, text: Text) -> Stop<u64> {
            Stop(text.text.len() as u64)
        }
    });
    looping!(Gathering, (), (), (), {}, {
        #[step]
        async fn beside(&self, Start(_): Start<u64>) -> Option<Vec<Part>> {
            None
        }

        #[step]
        async fn gather(&self, _all: Vec<Part>) -> Stop<u64> {
            Stop(0)
        }
    });
    looping!(Racing, (), (), (), {}, {
        #[step]
        async fn beside(&self, Start(_): Start<u64>) -> Option<Vec<Part>> {
            None
        }

        #[step]
        async fn won(&self, _first: First<Part, 1>) -> Stop<u64> {
            Stop(0)
        }
    });
}

mod branches {
    use super::*;

    fanning!(Plain, (), (), (), {}, {});
    fanning!(Declared, (state = Tally, stream = u64, max_runs = 1000), (), (), {}, {});
    fanning!(Aware, (), (), (_ctx: &Context<Self>,), {}, {});
    fanning!(Counting, (state = Tally), (), (ctx: &Context<Self>,), { ctx.state().update(|all| all.steps += 1); }, {});
    fanning!(Publishing, (stream = u64), (), (ctx: &Context<Self>,), { ctx.publish(1); }, {});
    fanning!(Retried, (), (retry = Retry::fixed(LATE).max_attempts(3)), (), {}, {});
    fanning!(Limited, (), (timeout = "1h"), (), {}, {});
    fanning!(Caught, (), (), (), {}, {
        #[catch_error]
        async fn caught(&self, _: StepFailed) -> Stop<u64> {
            Stop(0)
        }
    });
    fanning!(Racing, (), (), (), {}, {
        #[step]
        async fn beside(&self, Start(_): Start<u64>) -> Option<Vec<Hop>> {
            None
        }

        #[step]
        async fn won(&self, _first: First<Hop, 1>) -> Stop<u64> {
            Stop(0)
        }
    });
}

/// A workflow of this file.
trait Measured: Workflow<Input = u64, Output = u64> {}

impl<W: Workflow<Input = u64, Output = u64>> Measured for W {}

/// What is compared with what, and by what.
#[derive(Clone, Copy)]
struct Unit {
    name: &'static str,
    number: u64,
}

impl Unit {
    /// The work without a feature and with it, in turns.
    async fn beside<A, B>(self, name: &str, bound: f64, plain: impl Fn() -> A, with: impl Fn() -> B)
    where
        A: Future,
        B: Future,
    {
        let mut row = Row::new(format!("{}, {name}", self.name), bound);
        let each = |nanos: f64| nanos / float(self.number.cast_signed());
        for _ in 0..rounds(ROUNDS) {
            row.round(each(cpu_nanos(1, &plain).await), each(cpu_nanos(1, &with).await));
        }
        row.print("ns");
    }

    /// A workflow that has something declared.
    async fn declared<P: Measured, W: Measured>(self, name: &str, bound: f64, plain: &Arc<P>, with: W) {
        let (with, number) = (&Arc::new(with), self.number);
        self.beside(name, bound, async || plain.run(number).await.unwrap(), async || with.run(number).await.unwrap())
            .await;
    }

    /// A run with something set.
    async fn set<P: Measured>(self, name: &str, bound: f64, plain: &Arc<P>, set: impl Fn(Run<P>) -> Run<P>) {
        let run = || plain.run(self.number);
        self.beside(name, bound, async || run().await.unwrap(), async || set(run()).await.unwrap()).await;
    }

    /// What any workflow can have.
    async fn of_runs<P: Measured>(self, plain: &Arc<P>) {
        self.set("run timeout", NOTHING, plain, |run| run.timeout(LATE)).await;
        self.set("no poll budget", NOTHING, plain, |run| run.poll_budget(Duration::MAX)).await;
        self.set("overruns fail", SOME, plain, |run| run.on_overrun(Overrun::Fail)).await;
        let run = || plain.run(self.number);
        let in_place = async || run().await.unwrap();
        let traced = async || run().into_future().with_subscriber(Registry::default()).await.unwrap();
        self.beside("tracing subscriber", NOTHING, in_place, traced).await;
        let started = async || run().start().await.unwrap();
        self.beside("started, with a handle", SOME, in_place, started).await;
        self.beside("started and read", SOME, in_place, async || read(run().start()).await).await;
        let internal = async || read(run().step_events(true).event_buffer(1024).start()).await;
        self.beside("started and read, every phase", SOME, in_place, internal).await;
    }
}

/// Reads a run's events to the last one.
async fn read<W: Workflow>(run: RunHandle<W>) {
    let mut events = run.events();
    drop(run);
    while let Some(event) = events.next().await {
        black_box(event);
    }
}

async fn of_hops() {
    let (hop, plain) = (Unit { name: "hop", number: HOPS }, &Arc::new(hops::Plain));
    hop.declared("state, stream and max_runs declared", NOTHING, plain, hops::Declared).await;
    hop.declared("policies on another step", NOTHING, plain, hops::Policies).await;
    hop.declared("a resource of another step", NOTHING, plain, hops::Supplying).await;
    hop.declared("4 KiB kept over an await in another step", NOTHING, plain, hops::Large).await;
    hop.declared("an event of 104 bytes for another step", NOTHING, plain, hops::Bulky).await;
    hop.declared("an event that owns memory for another step", NOTHING, plain, hops::Owning).await;
    hop.declared("context taken", SOME, plain, hops::Aware).await;
    hop.declared("state updated", SOME, plain, hops::Counting).await;
    hop.declared("event published, nobody able to read", SOME, plain, hops::Publishing).await;
    hop.declared("resource taken", SOME, plain, hops::Supplied).await;
    hop.declared("retry declared", SOME, plain, hops::Retried).await;
    hop.declared("error handler", SOME, plain, hops::Caught).await;
    hop.declared("step timeout", SOME, plain, hops::Limited).await;
    hop.declared("a gather beside", NOTHING, plain, hops::Gathering).await;
    hop.declared("a race beside", NOTHING, plain, hops::Racing).await;
    hop.of_runs(plain).await;
}

async fn of_branches() {
    let (branch, plain) = (Unit { name: "branch", number: BRANCHES }, &Arc::new(branches::Plain));
    branch.declared("state, stream and max_runs declared", NOTHING, plain, branches::Declared).await;
    branch.declared("context taken", SOME, plain, branches::Aware).await;
    branch.declared("state updated", SOME, plain, branches::Counting).await;
    branch.declared("event published, nobody able to read", SOME, plain, branches::Publishing).await;
    branch.declared("retry declared", SOME, plain, branches::Retried).await;
    branch.declared("error handler", SOME, plain, branches::Caught).await;
    branch.declared("step timeout", SOME, plain, branches::Limited).await;
    branch.declared("a race beside", SOME, plain, branches::Racing).await;
    branch.of_runs(plain).await;
}

fn main() {
    head("current_thread, without as the limit");
    in_a_task(&current_thread(), async {
        of_hops().await;
        of_branches().await;
    });
}

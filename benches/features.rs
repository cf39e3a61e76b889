//! The cost of a feature per hop and per branch. The baseline is the same workflow without the feature. Unused
//! features must cost nothing.
//!
//! `cargo bench --bench features`; with `--features metrics` also the cost of a recorder. Then every run has a meter, also
//! those of the baselines.

// Steps are async functions, even if they never suspend.
#![allow(clippy::unused_async, clippy::unused_self, clippy::wildcard_imports)]

mod common;

use common::{Row, cpu_nanos, current_thread, float, head, in_a_task, rounds};
use std::{hint::black_box, sync::Arc};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::{Registry, filter::LevelFilter, layer::SubscriberExt};
use workflows_runtime::{Overrun, Run, RunHandle, prelude::*};
use workflows_tests::yield_once;

const ROUNDS: usize = 31;
const HOPS: u64 = 100_000;
const BRANCHES: u64 = 10_000;
const LATE: Duration = Duration::from_hours(1);

/// The target for unused features: no cost, with an allowance for noise and for code layout.
const UNUSED: f64 = 1.1;

/// The target for a run that nothing observes: no subscriber, no reader, no trace.
const UNOBSERVED: f64 = 1.02;

/// Used features have no target; their cost is only reported.
const USED: f64 = f64::INFINITY;

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

/// An event as large as the parameter of an error handler.
#[event]
struct Bulk {
    numbers: [u64; 13],
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Tally {
    steps: u64,
}

/// Declares [`hops::Plain`] with more settings, options, parameters or code of its step, or with more steps.
macro_rules! looping {
    ($name:ident, ($($setting:tt)*), ($($option:tt)*), ($($more:tt)*), { $($body:tt)* }, { $($others:tt)* }) => {
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

            $($others)*
        }
    };
}

/// Declares [`branches::Plain`] with the same kinds of additions.
macro_rules! fanning {
    ($name:ident, ($($setting:tt)*), ($($option:tt)*), ($($more:tt)*), { $($body:tt)* }, { $($others:tt)* }) => {
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

            $($others)*
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
    // Features of another step, which runs once.
    looping!(Policies, (), (), (), {}, {
        #[step(retry = Retry::fixed(LATE).max_attempts(3), timeout = "1h")]
        async fn other(&self, Start(_): Start<u64>) {}

        #[catch_error(steps(other))]
        async fn caught(&self, _: StepFailed) {}
    });
    looping!(Supplying, (), (), (), {}, {
        #[step]
        async fn other(&self, #[resource(number)] _number: &u64, Start(_): Start<u64>) {}

        #[resource]
        async fn number(&self) -> StepResult<u64> {
            Ok(1)
        }
    });
    looping!(Large, (), (), (), {}, {
        #[step]
        async fn other(&self, Start(_): Start<u64>) {
            let large = black_box([0_u8; 4096]);
            yield_once().await;
            black_box(large);
        }
    });
    looping!(Bulky, (), (), (), {}, {
        #[step]
        async fn other(&self, Start(_): Start<u64>) -> Option<Bulk> {
            None
        }

        #[step]
        async fn bulk(&self, bulk: Bulk) -> Stop<u64> {
            Stop(bulk.numbers[0])
        }
    });
    looping!(Owning, (), (), (), {}, {
        #[step]
        async fn other(&self, Start(_): Start<u64>) -> Option<Text> {
            None
        }

        #[step]
        async fn text(&self, text: Text) -> Stop<u64> {
            Stop(text.text.len() as u64)
        }
    });
    looping!(Gathering, (), (), (), {}, {
        #[step]
        async fn other(&self, Start(_): Start<u64>) -> Option<Vec<Part>> {
            None
        }

        #[step]
        async fn gather(&self, _all: Vec<Part>) -> Stop<u64> {
            Stop(0)
        }
    });
    looping!(Racing, (), (), (), {}, {
        #[step]
        async fn other(&self, Start(_): Start<u64>) -> Option<Vec<Part>> {
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
        async fn other(&self, Start(_): Start<u64>) -> Option<Vec<Hop>> {
            None
        }

        #[step]
        async fn won(&self, _first: First<Hop, 1>) -> Stop<u64> {
            Stop(0)
        }
    });
}

/// The workflows of this file.
trait Measured: Workflow<Input = u64, Output = u64> {}

impl<W: Workflow<Input = u64, Output = u64>> Measured for W {}

/// The unit of a comparison, and the number of units per run.
#[derive(Clone, Copy)]
struct Unit {
    name: &'static str,
    number: u64,
}

impl Unit {
    /// Compares two runs, without and with a feature, in turns.
    async fn compare<A, B>(self, name: &str, target: f64, plain: impl Fn() -> A, with: impl Fn() -> B)
    where
        A: Future,
        B: Future,
    {
        let mut row = Row::new(format!("{}, {name}", self.name), target);
        let each = |nanos: f64| nanos / float(self.number.cast_signed());
        for _ in 0..rounds(ROUNDS) {
            row.round(each(cpu_nanos(1, &plain).await), each(cpu_nanos(1, &with).await));
        }
        row.print("ns");
    }

    /// Compares a workflow that declares a feature.
    async fn declared<P: Measured, W: Measured>(self, name: &str, target: f64, plain: &Arc<P>, with: W) {
        let with = &Arc::new(with);
        let number = self.number;
        self.compare(name, target, async || plain.run(number).await.unwrap(), async || with.run(number).await.unwrap())
            .await;
    }

    /// Compares a run with an option.
    async fn set<P: Measured>(self, name: &str, target: f64, plain: &Arc<P>, set: impl Fn(Run<P>) -> Run<P>) {
        let run = || plain.run(self.number);
        self.compare(name, target, async || run().await.unwrap(), async || set(run()).await.unwrap()).await;
    }

    /// Compares the features of runs of any workflow.
    async fn of_runs<P: Measured>(self, plain: &Arc<P>) {
        self.set("run timeout", UNUSED, plain, |run| run.timeout(LATE)).await;
        self.set("no poll budget", UNUSED, plain, |run| run.poll_budget(Duration::MAX)).await;
        self.set("overruns fail", USED, plain, |run| run.on_overrun(Overrun::Fail)).await;
        let run = || plain.run(self.number);
        let in_place = async || run().await.unwrap();
        self.set("no step events", UNOBSERVED, plain, |run| run.step_events(false)).await;
        let unobserved = async || run().into_future().with_subscriber(NoSubscriber::default()).await.unwrap();
        self.compare("no tracing subscriber", UNOBSERVED, in_place, unobserved).await;
        let warned = async || {
            let subscriber = Registry::default().with(LevelFilter::WARN);
            run().into_future().with_subscriber(subscriber).await.unwrap()
        };
        self.compare("tracing subscriber of warnings", UNUSED, in_place, warned).await;
        let traced = async || run().into_future().with_subscriber(Registry::default()).await.unwrap();
        self.compare("tracing subscriber of spans", USED, in_place, traced).await;
        let started = async || run().start().await.unwrap();
        let recorded = async || {
            let run = run().record_trace(1_000).start();
            let output = run.result().await.unwrap();
            black_box(run.trace());
            output
        };
        self.compare("trace recorded", USED, started, recorded).await;
        #[cfg(feature = "metrics")]
        self.compare("metrics recorded", USED, started, || measured::with_recorder(started())).await;
        self.compare("started, with a handle", USED, in_place, started).await;
        self.compare("started and read", USED, in_place, async || read(run().start()).await).await;
        let internal = async || read(run().step_events(true).event_buffer(1024).start()).await;
        self.compare("started and read, every phase", USED, in_place, internal).await;
    }
}

/// A recorder of metrics that can be switched on.
#[cfg(feature = "metrics")]
mod measured {
    use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};
    use std::sync::{
        Arc, Once,
        atomic::{AtomicBool, AtomicU64, Ordering},
    };

    static IS_ON: AtomicBool = AtomicBool::new(false);
    static INSTALLED: Once = Once::new();

    /// Counts, and sums up what histograms receive.
    struct Sums(Arc<AtomicU64>);

    struct Sum(Arc<AtomicU64>);

    impl HistogramFn for Sum {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "only its cost matters")]
        fn record(&self, value: f64) {
            self.0.fetch_add(value as u64, Ordering::Relaxed);
        }
    }

    impl Recorder for Sums {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
            if IS_ON.load(Ordering::Relaxed) { Counter::from_arc(Arc::clone(&self.0)) } else { Counter::noop() }
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            if IS_ON.load(Ordering::Relaxed) { Gauge::from_arc(Arc::clone(&self.0)) } else { Gauge::noop() }
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            if IS_ON.load(Ordering::Relaxed) {
                Histogram::from_arc(Arc::new(Sum(Arc::clone(&self.0))))
            } else {
                Histogram::noop()
            }
        }
    }

    pub(super) async fn with_recorder<T>(run: impl Future<Output = T>) -> T {
        INSTALLED.call_once(|| {
            let installed = metrics::set_global_recorder(Sums(Arc::default()));
            assert!(installed.is_ok(), "the only recorder");
        });
        IS_ON.store(true, Ordering::Relaxed);
        let output = run.await;
        IS_ON.store(false, Ordering::Relaxed);
        output
    }
}

/// Reads all events of a run.
async fn read<W: Workflow>(run: RunHandle<W>) {
    let mut events = run.events();
    drop(run);
    while let Some(event) = events.next().await {
        black_box(event);
    }
}

async fn of_hops() {
    let hop = Unit { name: "hop", number: HOPS };
    let plain = &Arc::new(hops::Plain);
    hop.declared("state, stream and max_runs declared", UNUSED, plain, hops::Declared).await;
    hop.declared("policies on another step", UNUSED, plain, hops::Policies).await;
    hop.declared("a resource of another step", UNUSED, plain, hops::Supplying).await;
    hop.declared("a future of 4 KiB of another step", UNUSED, plain, hops::Large).await;
    hop.declared("an event of 104 bytes for another step", UNUSED, plain, hops::Bulky).await;
    hop.declared("an event that owns memory for another step", UNUSED, plain, hops::Owning).await;
    hop.declared("context taken", USED, plain, hops::Aware).await;
    hop.declared("state updated", USED, plain, hops::Counting).await;
    hop.declared("event published, without readers", USED, plain, hops::Publishing).await;
    hop.declared("resource taken", USED, plain, hops::Supplied).await;
    hop.declared("retry declared", USED, plain, hops::Retried).await;
    hop.declared("error handler", USED, plain, hops::Caught).await;
    hop.declared("step timeout", USED, plain, hops::Limited).await;
    hop.declared("another step gathers", UNUSED, plain, hops::Gathering).await;
    hop.declared("another step races", UNUSED, plain, hops::Racing).await;
    hop.of_runs(plain).await;
}

async fn of_branches() {
    let branch = Unit { name: "branch", number: BRANCHES };
    let plain = &Arc::new(branches::Plain);
    branch.declared("state, stream and max_runs declared", UNUSED, plain, branches::Declared).await;
    branch.declared("context taken", USED, plain, branches::Aware).await;
    branch.declared("state updated", USED, plain, branches::Counting).await;
    branch.declared("event published, without readers", USED, plain, branches::Publishing).await;
    branch.declared("retry declared", USED, plain, branches::Retried).await;
    branch.declared("error handler", USED, plain, branches::Caught).await;
    branch.declared("step timeout", USED, plain, branches::Limited).await;
    branch.declared("another step races", USED, plain, branches::Racing).await;
    branch.of_runs(plain).await;
}

fn main() {
    head("current_thread");
    in_a_task(&current_thread(), async {
        of_hops().await;
        of_branches().await;
    });
}

//! The measured workflows.

use ::workflows_tests::yield_once;
use std::hint::black_box;
use workflows_runtime::prelude::*;

#[event]
pub(crate) struct Hop {
    left: u64,
}

/// Hops from a step to itself.
#[workflow]
pub(crate) struct Loop;

#[workflow]
impl Loop {
    #[step]
    async fn begin(&self, Start(hops): Start<u64>) -> Hop {
        Hop { left: hops }
    }

    #[step]
    async fn hop(&self, hop: Hop) -> OneOf<Hop, Stop<u64>> {
        let left = black_box(hop.left);
        if left == 0 { Stop(0).emit() } else { Hop { left: left - 1 }.emit() }
    }
}

#[event]
pub(crate) struct SlowHop {
    left: u64,
}

/// Like [`Loop`], with a step that suspends once.
#[workflow]
pub(crate) struct SlowLoop;

#[workflow]
impl SlowLoop {
    #[step]
    async fn begin(&self, Start(hops): Start<u64>) -> SlowHop {
        SlowHop { left: hops }
    }

    #[step]
    async fn hop(&self, hop: SlowHop) -> OneOf<SlowHop, Stop<u64>> {
        yield_once().await;
        if hop.left == 0 { Stop(0).emit() } else { SlowHop { left: hop.left - 1 }.emit() }
    }
}

#[event]
pub(crate) struct Halfway {
    number: u64,
}

/// Two steps, one after the other.
#[workflow]
pub(crate) struct TwoSteps;

#[workflow]
impl TwoSteps {
    #[step]
    async fn begin(&self, Start(number): Start<u64>) -> Halfway {
        Halfway { number }
    }

    #[step]
    async fn end(&self, halfway: Halfway) -> Stop<u64> {
        Stop(black_box(halfway.number))
    }
}

#[event]
pub(crate) struct Work {
    number: u64,
}

#[event]
pub(crate) struct Worked {
    number: u64,
}

/// The given number of branches, four in flight, gathered into a vector.
#[workflow]
pub(crate) struct FanOut;

#[workflow]
impl FanOut {
    #[step]
    async fn begin(&self, Start(branches): Start<u64>) -> Vec<Work> {
        (0..branches).map(|number| Work { number }).collect()
    }

    #[step(workers = 4)]
    async fn work(&self, work: Work) -> Worked {
        Worked { number: black_box(work.number) }
    }

    #[step]
    async fn end(&self, all: Vec<Worked>) -> Stop<usize> {
        debug_assert!(all.is_sorted_by_key(|worked| worked.number));
        Stop(black_box(all).len())
    }
}

//! Resources and configs.

mod check;
mod config;
mod construction;
mod failure;

use std::{
    error::Error,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;
use workflows_runtime::prelude::*;
use workflows_tests::{Log, yield_once};

/// A value with an identity, counted while it is alive.
#[derive(Debug)]
struct Made {
    number: u32,
    alive: Arc<AtomicUsize>,
}

impl Drop for Made {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Constructs and counts values.
#[derive(Clone, Default)]
struct Maker {
    made: Arc<AtomicU32>,
    alive: Arc<AtomicUsize>,
}

impl Maker {
    fn make(&self) -> Made {
        self.alive.fetch_add(1, Ordering::Relaxed);
        Made { number: self.made.fetch_add(1, Ordering::Relaxed) + 1, alive: Arc::clone(&self.alive) }
    }

    fn made(&self) -> u32 {
        self.made.load(Ordering::Relaxed)
    }

    /// The number of values that have not been dropped.
    fn alive(&self) -> usize {
        self.alive.load(Ordering::Relaxed)
    }
}

#[event]
struct Next(u32);

/// Async and blocking factories, cached and not, nested, for async and blocking steps.
#[derive(Default)]
struct Parts {
    cached: Maker,
    fresh: Maker,
    top: Maker,
}

#[workflow]
#[derive(Default)]
struct Assembly {
    parts: Parts,
}

#[workflow]
impl Assembly {
    #[resource]
    #[blocking(io)]
    fn cached(&self) -> Made {
        self.parts.cached.make()
    }

    #[resource(cached = false)]
    async fn fresh(&self) -> Made {
        yield_once().await;
        self.parts.fresh.make()
    }

    #[resource(cached = false)]
    async fn left(#[resource(fresh)] fresh: &Made, #[resource(cached)] cached: &Made) -> (u32, u32) {
        (fresh.number, cached.number)
    }

    #[resource(cached = false)]
    #[blocking(cpu)]
    fn right(#[resource(fresh)] fresh: &Made) -> u32 {
        fresh.number
    }

    #[resource]
    async fn top(&self, #[resource(cached)] cached: &Made) -> StepResult<(u32, Made)> {
        Ok((cached.number, self.parts.top.make()))
    }

    #[step]
    async fn first(
        &self,
        #[resource(left)] left: &(u32, u32),
        Start(()): Start<()>,
        #[resource(right)] right: &u32,
        #[resource(fresh)] fresh: &Made,
        #[resource(cached)] cached: &Made,
    ) -> Next {
        assert_eq!(*left, (fresh.number, cached.number));
        assert_eq!(*right, fresh.number, "one execution has one value");
        Next(fresh.number)
    }

    #[step]
    #[blocking(cpu)]
    fn second(
        &self,
        Next(before): Next,
        #[resource(fresh)] fresh: &Made,
        #[resource(cached)] cached: &Made,
        #[resource(top)] top: &(u32, Made),
    ) -> Stop<(u32, u32, u32)> {
        assert_eq!(fresh.number, before + 1, "another execution has another value");
        assert_eq!(top.0, cached.number);
        Stop((fresh.number, cached.number, top.1.number))
    }
}

/// A resource whose construction waits for `go`, and fails or panics a few times first.
#[workflow]
#[derive(Default)]
struct Slow {
    begun: AtomicUsize,
    refusals: AtomicUsize,
    panics: AtomicUsize,
    go: Arc<Notify>,
    maker: Maker,
    log: Log<String>,
}

#[workflow]
impl Slow {
    #[resource]
    async fn slow(&self) -> Result<Made, NotYet> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.go.notified().await;
        if take_one(&self.refusals) {
            return Err(NotYet);
        }
        assert!(!take_one(&self.panics), "the factory panics");
        Ok(self.maker.make())
    }

    #[resource]
    async fn around(#[resource(slow)] slow: &Made) -> u32 {
        slow.number
    }

    #[step]
    async fn one(&self, #[resource(slow)] slow: &Made, Start(n): Start<u32>) -> Next {
        Next(n + slow.number)
    }

    #[step]
    async fn other(&self, #[resource(around)] slow: &u32, Start(n): Start<u32>) -> Next {
        Next(n + slow)
    }

    #[step]
    async fn both(&self, of: [Next; 2]) -> Stop<u32> {
        self.log.add("made".to_owned());
        Stop(of.into_iter().map(|Next(n)| n).sum())
    }
}

#[derive(Debug)]
struct NotYet;

impl fmt::Display for NotYet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not yet")
    }
}

impl Error for NotYet {}

fn take_one(from: &AtomicUsize) -> bool {
    from.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
struct Limits {
    most: u32,
    names: Vec<String>,
}

#[derive(Deserialize)]
struct Whole {
    limits: Limits,
}

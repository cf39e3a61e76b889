//! Workflows that several tests record.

use tokio::time::sleep;
use workflows_runtime::prelude::*;
use workflows_tests::{Attempts, secs};

#[event]
pub(super) struct Part(pub(super) u32);
#[event]
pub(super) struct Done(pub(super) u32);

/// A fan-out on two workers, gathered.
pub(super) const FAN: Fan = Fan { takes: Duration::from_millis(10), fails_first: None };

#[workflow]
pub(super) struct Fan {
    /// How long each branch takes.
    pub(super) takes: Duration,
    /// The branch whose first attempt fails.
    pub(super) fails_first: Option<u32>,
}

#[workflow]
impl Fan {
    #[step]
    async fn split(&self, Start(n): Start<u32>) -> Vec<Part> {
        (0..n).map(Part).collect()
    }
    #[step(workers = 2, retry = Attempts(2, secs(10)))]
    async fn work(&self, ctx: &Context<Self>, Part(n): Part) -> StepResult<Done> {
        sleep(self.takes).await;
        if self.fails_first == Some(n) && ctx.attempt().number == 1 {
            Err(StepError::msg("again"))
        } else {
            Ok(Done(n))
        }
    }
    #[step]
    async fn gather(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.len())
    }
}

/// One step, which takes this long.
#[workflow]
pub(super) struct Single(pub(super) Duration);

#[workflow]
impl Single {
    #[step]
    async fn only(&self, Start(n): Start<u32>) -> Stop<u32> {
        sleep(self.0).await;
        Stop(n)
    }
}

//! Constants as values of options.

use workflows_runtime::prelude::*;

const LIMIT: Duration = Duration::from_secs(60);
const MANY: usize = 3;

#[event]
struct Next;

#[workflow(timeout = LIMIT, max_runs = 2 * MANY)]
struct Constants;

#[workflow]
impl Constants {
    const WORKERS: usize = if MANY < 4 { 2 } else { 8 };

    #[step(workers = Self::WORKERS, timeout = Duration::from_millis(50))]
    async fn begin(&self, _: Start<u8>) -> Next {
        Next
    }

    #[step(timeout = LIMIT, workers = if MANY < 4 { MANY } else { 1 + MANY })]
    async fn end(&self, _: Next) -> Stop<u8> {
        Stop(1)
    }

    #[catch_error(steps(begin), max_recoveries = Self::WORKERS)]
    async fn recover(&self, _: StepFailed) -> Next {
        Next
    }

    #[catch_error(max_recoveries = MANY)]
    async fn stop(&self, _: StepFailed) -> Stop<u8> {
        Stop(2)
    }
}

/// The limit of runs is that of each instance, so it may depend on a parameter.
#[workflow(max_runs = N)]
struct Generic<const N: usize>;

#[workflow]
impl<const N: usize> Generic<N> {
    #[step]
    async fn begin(&self, _: Start<u8>) -> Stop<usize> {
        Stop(N)
    }
}

fn main() {
    let _ = Generic::<2>.run(1);
}

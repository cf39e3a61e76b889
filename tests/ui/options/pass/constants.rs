//! Constants as values of options.

use workflows_runtime::prelude::*;

const LIMIT: Duration = Duration::from_secs(60);
const MANY: usize = 3;

#[event]
struct Next;

#[workflow(timeout = LIMIT)]
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
}

fn main() {}

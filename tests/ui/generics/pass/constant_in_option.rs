//! Constants in options of a generic workflow.

use workflows_runtime::prelude::*;

const WORKERS: usize = 2;
const LIMIT: Duration = Duration::from_secs(60);

#[event]
struct Draft(String);

#[workflow(timeout = Duration::from_secs(N as u64))]
struct Writer<const N: usize>;

#[workflow]
impl<const N: usize> Writer<N> {
    #[step(workers = WORKERS)]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        Draft(topic)
    }

    #[step(timeout = LIMIT, workers = if WORKERS < 4 { WORKERS } else { 4 })]
    async fn print(&self, draft: Draft) -> Stop<String> {
        Stop(draft.0)
    }
}

fn main() {
    let _ = Writer::<2>.run("workflows".to_owned());
}

use workflows_runtime::prelude::*;

#[event]
struct Draft(String);

#[workflow]
struct Writer<const N: usize>;

#[workflow]
impl<const N: usize> Writer<N> {
    const LIMIT: Duration = Duration::from_secs(N as u64);

    #[step(workers = N)]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        Draft(topic)
    }

    #[step(timeout = Self::LIMIT)]
    async fn print(&self, draft: Draft) -> Stop<String> {
        Stop(draft.0)
    }
}

fn main() {
    let _ = Writer::<2>.run("workflows".to_owned());
}

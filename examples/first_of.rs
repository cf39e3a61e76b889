//! The first of many: `First<E, N>` runs its step on the N-th arrival and cancels the rest.
//! Run it: `cargo run --example first_of`.

use workflows_runtime::prelude::*;

#[event]
struct Mirror {
    name: String,
    delay: u64,
}
#[event]
struct Reply {
    from: String,
}

/// Asks all mirrors and continues with the first two replies.
#[workflow]
struct Fastest;

#[workflow]
impl Fastest {
    #[step]
    async fn ask_all(&self, Start(mirrors): Start<Vec<(String, u64)>>) -> Vec<Mirror> {
        mirrors.into_iter().map(|(name, delay)| Mirror { name, delay }).collect()
    }

    #[step(workers = 8)]
    async fn ask(&self, Mirror { name, delay }: Mirror) -> Reply {
        tokio::time::sleep(Duration::from_millis(delay)).await;
        Reply { from: name }
    }

    #[step]
    async fn choose(&self, First([best, spare]): First<Reply, 2>) -> Stop<String> {
        Stop(format!("{}, else {}", best.from, spare.from))
    }
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    let mirrors = [("far", 3_600_000), ("close", 10), ("near", 60)];
    let mirrors = mirrors.map(|(name, delay)| (name.to_owned(), delay));
    // The far mirror would take an hour, but is cancelled.
    println!("{}", Fastest.run(mirrors.into()).await?);
    Ok(())
}

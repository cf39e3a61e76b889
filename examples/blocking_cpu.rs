//! Heavy computation on a separate, small pool: the work queues there and does not delay other work.
//! Run it: `cargo run --release --example blocking_cpu`.

use std::sync::atomic::{AtomicUsize, Ordering};
use workflows_runtime::{Executors, prelude::*};

static RUNNING: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

#[event]
struct Piece {
    data: String,
}

#[event]
struct Done {
    length: usize,
}

/// A placeholder for heavy work. Called like an async function, runs on the pool `heavy`.
#[blocking(cpu, pool = "heavy")]
fn expensive(data: String) -> usize {
    MOST.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    let mut result = data;
    for _ in 0..200_000 {
        result = result.trim().to_owned();
    }
    RUNNING.fetch_sub(1, Ordering::SeqCst);
    result.len()
}

#[workflow]
struct Compute;

#[workflow]
impl Compute {
    #[step]
    async fn split(&self, Start(data): Start<Vec<String>>) -> Vec<Piece> {
        data.into_iter().map(|data| Piece { data }).collect()
    }

    #[step(workers = 100)]
    async fn compute(&self, Piece { data }: Piece) -> Done {
        Done { length: expensive(data).await }
    }

    #[step]
    async fn add(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.iter().map(|done| done.length).sum())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let executors = Executors::builder().pool("heavy", 2).build()?;
    let data: Vec<_> = (0..12).map(|n| format!("  piece {n}  ")).collect();
    let pieces = data.len();
    let length = Compute.run(data).executors(&executors).await?;
    println!("{pieces} pieces, {length} letters");
    assert!(MOST.load(Ordering::SeqCst) <= 2);
    println!("never more than 2 at once");
    Ok(())
}

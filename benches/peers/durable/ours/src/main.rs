//! Runs workflows of some steps in a new file of `SQLite`, and prints the microseconds per step:
//! `ours-durable <file> <runs> <steps>`.

use futures::future::try_join_all;
use std::{error::Error, time::Instant};
use workflows_durable::Host;
use workflows_runtime::prelude::*;
use workflows_sqlite::SqliteStore;

#[event]
struct Turn(u32);

/// Each step emits the input of the next one.
#[workflow]
struct Loop {
    steps: u32,
}

#[workflow]
impl Loop {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> Turn {
        Turn(1)
    }

    #[step]
    async fn turn(&self, Turn(number): Turn) -> OneOf<Turn, Stop<u32>> {
        if number + 1 >= self.steps { Stop(number).emit() } else { Turn(number + 1).emit() }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, runs, steps] = &arguments[..] else { return Err("the arguments are <file> <runs> <steps>".into()) };
    let (runs, steps): (u32, u32) = (runs.parse()?, steps.parse()?);
    let host = Host::on(SqliteStore::open(file).await?).workflow(Loop { steps }).start().await?;
    let begun = Instant::now();
    try_join_all((0..runs).map(|_| async {
        host.run::<Loop>(()).start().await?.result().await?;
        Ok::<_, Box<dyn Error + Send + Sync>>(())
    }))
    .await?;
    println!("{}", begun.elapsed().as_secs_f64() * 1e6 / f64::from(runs) / f64::from(steps));
    host.stop().await;
    Ok(())
}

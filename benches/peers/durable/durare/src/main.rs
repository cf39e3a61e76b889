//! Runs workflows of some steps of `durare`, and prints the microseconds per step:
//! `durare-peer <url> <runs> <steps>`, with `sqlite://<new file>` or `postgres://..`.

use durare::{DurableContext, DurableEngine, Result, WorkflowOptions};
use futures::future::try_join_all;
use std::time::Instant;

#[durare::step]
async fn turn(ctx: &DurableContext, number: u32) -> Result<u32> {
    Ok(number + 1)
}

#[durare::workflow]
async fn steps(ctx: DurableContext, steps: u32) -> Result<u32> {
    let mut number = 0;
    while number < steps {
        number = turn(&ctx, number).await?;
    }
    Ok(number)
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, runs, number] = &arguments[..] else { return Err("the arguments are <url> <runs> <steps>".into()) };
    let (runs, number): (u32, u32) = (runs.parse()?, number.parse()?);
    let engine = DurableEngine::connect(url).await?.build().await?;
    let begun = Instant::now();
    try_join_all((0..runs).map(|_| async {
        let run = engine.start_with(Steps, number, WorkflowOptions::default()).await?;
        run.await
    }))
    .await?;
    println!("{}", begun.elapsed().as_secs_f64() * 1e6 / f64::from(runs) / f64::from(number));
    Ok(())
}

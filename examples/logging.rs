//! What a run logs: each step at the level `info`, each attempt and wait at `debug`.
//! Run it: `cargo run --example logging`, or with `RUST_LOG=debug` in the environment.

use std::{env, io};
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};
use workflows_runtime::prelude::*;

#[event]
struct Page(String);

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step(retry = Retry::fixed(Duration::from_millis(10)))]
    async fn fetch(&self, ctx: &Context<Self>, Start(path): Start<String>) -> StepResult<Page> {
        tracing::info!(%path, "sent a request");
        if ctx.attempt().number == 1 {
            return Err(io::Error::other("connection reset").into());
        }
        Ok(Page(format!("the page at {path}")))
    }

    #[step]
    #[blocking(cpu)]
    fn count(&self, Page(text): Page) -> StepResult<Stop<usize>> {
        match text.split(' ').count() {
            4 => Ok(Stop(4)),
            words => Err(StepError::msg(format!("{words} words, not 4"))),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let filter: Targets = env::var("RUST_LOG").as_deref().unwrap_or("info").parse()?;
    let lines = tracing_subscriber::fmt::layer().without_time().with_target(false).with_ansi(false);
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();

    println!("{} words", Count.run("/news".to_owned()).id("first").await?);
    if let Err(error) = Count.run("/the latest news".to_owned()).id("second").await {
        println!("{error}");
    }
    Ok(())
}

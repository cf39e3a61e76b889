//! W6: an event from the step that publishes it to its readers. The baselines are tokio's channels with the same
//! payload.
//!
//! `cargo bench --bench streaming`

mod common;

use common::{Row, cpu, current_thread, float, head, in_a_task, multi_thread, rounds};
use futures::future::join_all;
use std::{hint::black_box, sync::Arc, time::Instant};
use tokio::sync::{broadcast, mpsc};
use workflows_runtime::{EventStream, prelude::*};

const ROUNDS: usize = 41;
const EVENTS: u64 = 100_000;

#[event]
struct Token {
    number: u64,
}

#[workflow(stream = Token)]
struct Writes;

#[workflow]
impl Writes {
    #[step]
    async fn write(&self, ctx: &Context<Self>, Start(events): Start<u64>) -> Stop<u64> {
        for number in 0..events {
            ctx.publish(Token { number });
        }
        Stop(events)
    }
}

async fn ours(readers: usize) -> u64 {
    let run = Writes.run(EVENTS).start();
    let read = |mut events: EventStream<Writes>| {
        tokio::spawn(async move {
            let mut sum = 0;
            while let Some(event) = events.next().await {
                if let RunEvent::Published(token) = event {
                    sum += token.number;
                }
            }
            sum
        })
    };
    let reading: Vec<_> = (0..readers).map(|_| read(run.events())).collect();
    drop(run);
    join_all(reading).await.into_iter().map(Result::unwrap).sum()
}

async fn unbounded() -> u64 {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move { (0..EVENTS).try_for_each(|number| sender.send(Token { number })) });
    let reading = tokio::spawn(async move {
        let mut sum = 0;
        while let Some(token) = receiver.recv().await {
            sum += token.number;
        }
        sum
    });
    reading.await.unwrap()
}

async fn broadcast(readers: usize) -> u64 {
    // The capacity is the number of events, so no receiver lags.
    let (sender, _) = broadcast::channel(EVENTS.next_power_of_two().try_into().unwrap());
    let read = |mut receiver: broadcast::Receiver<Token>| {
        tokio::spawn(async move {
            let mut sum = 0;
            while let Ok(token) = receiver.recv().await {
                sum += token.number;
            }
            sum
        })
    };
    let reading: Vec<_> = (0..readers).map(|_| read(sender.subscribe())).collect();
    tokio::spawn(async move { (0..EVENTS).try_for_each(|number| sender.send(Token { number }).map(drop)) });
    join_all(reading).await.into_iter().map(Result::unwrap).sum()
}

/// Returns the nanoseconds per event: thread time on one thread, wall-clock time on two.
async fn an_event(threads: &str, all: impl Future<Output = u64>) -> f64 {
    let wall = Instant::now();
    let begun = cpu();
    black_box(all.await);
    let nanos = if threads == "current_thread" { cpu() - begun } else { wall.elapsed().as_secs_f64() * 1e9 };
    nanos / float(EVENTS.cast_signed())
}

async fn read(threads: &'static str) {
    let mut rows = [
        Row::new(format!("W6 one reader; baseline: mpsc, {threads}"), 1.0),
        Row::new(format!("W6 one reader; baseline: broadcast, {threads}"), 1.0),
        Row::new(format!("W6 four readers; baseline: broadcast, {threads}"), 1.0),
    ];
    for _ in 0..rounds(ROUNDS) {
        let one = an_event(threads, ours(1)).await;
        rows[0].round(an_event(threads, unbounded()).await, one);
        rows[1].round(an_event(threads, broadcast(1)).await, one);
        rows[2].round(an_event(threads, broadcast(4)).await, an_event(threads, ours(4)).await);
    }
    for row in &rows {
        row.print("ns");
    }
}

/// A run in place, whose events cannot be read. The baseline is a fixed 10 ns.
async fn unread() {
    let mut row = Row::new("W6 published without readers", 1.0);
    let workflow = &Arc::new(Writes);
    for _ in 0..rounds(ROUNDS) {
        row.round(10.0, an_event("current_thread", async { workflow.run(EVENTS).await.unwrap() }).await);
    }
    row.print("ns");
}

fn main() {
    head("current_thread");
    in_a_task(&current_thread(), async {
        read("current_thread").await;
        unread().await;
    });
    head("multi_thread");
    in_a_task(&multi_thread(), read("multi_thread"));
}

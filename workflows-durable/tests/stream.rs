//! Streams of items: from the store and live, in one order.
#![allow(missing_docs)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::sleep;
use workflows_durable::{Host, ItemStream, MemoryStore, StepAttempt, StreamItem};
use workflows_runtime::prelude::*;

#[event]
struct Counted(u32);

/// Publishes numbers, and stops in the middle while `hangs` is set.
#[workflow(stream = u32)]
struct Count {
    hangs: Arc<AtomicBool>,
}

#[workflow]
impl Count {
    #[step]
    async fn first(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> Counted {
        ctx.publish(1_000);
        Counted(n)
    }
    #[step]
    async fn count(&self, ctx: &Context<Self>, Counted(n): Counted) -> Stop<()> {
        for number in 0..n {
            if number == n / 2 && self.hangs.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            ctx.publish(number);
            sleep(Duration::from_millis(1)).await;
        }
        Stop(())
    }
}

fn count(hangs: bool) -> Count {
    Count { hangs: Arc::new(AtomicBool::new(hangs)) }
}

/// An item of `count`, which its first step has published if it is 1,000.
fn published(number: u64, item: u32) -> StreamItem<u32> {
    let by = if item == 1_000 { StepAttempt::new("first", 1, 1) } else { StepAttempt::new("count", 2, 1) };
    StreamItem::Published { number, item, by: Some(by) }
}

/// An item of `Flaky`.
fn attempted(number: u64, attempt: u32) -> StreamItem<u32> {
    StreamItem::Published { number, item: attempt, by: Some(StepAttempt::new("work", 1, attempt)) }
}

fn resumed(step: &str, execution: u64) -> StreamItem<u32> {
    StreamItem::Resumed { steps: vec![StepAttempt::new(step, execution, 1)] }
}

/// The next `count` items.
async fn take(items: &mut ItemStream<Count>, count: usize) -> Vec<StreamItem<u32>> {
    let mut taken = Vec::new();
    while taken.len() < count {
        match items.next().await {
            Some(item) => taken.push(item.unwrap()),
            None => break,
        }
    }
    taken
}

#[tokio::test(start_paused = true)]
async fn stream_has_no_seam_between_the_store_and_the_run() {
    let host = Host::on(MemoryStore::new()).workflow(count(false)).start().await.unwrap();
    let run = host.run::<Count>(500).id("a").start().await.unwrap();
    let mut readers = Vec::new();
    for late in [0, 1, 100, 499] {
        let mut items = run.stream();
        readers.push(tokio::spawn(async move {
            sleep(Duration::from_millis(late)).await;
            take(&mut items, usize::MAX).await
        }));
    }
    let mut expected = vec![published(0, 1_000)];
    expected.extend((0..500).map(|number| published(u64::from(number) + 1, number)));
    for reader in readers {
        assert_eq!(reader.await.unwrap(), expected);
    }
    run.result().await.unwrap();
    let mut ended = host.stream::<Count>("a").after(498);
    assert_eq!(take(&mut ended, usize::MAX).await, [published(499, 498), published(500, 499)]);
    assert!(host.stream::<Count>("b").next().await.is_none(), "there is no such run");
}

/// Publishes its attempt, and fails until the third one. That does not end while `hangs` is set.
#[workflow(stream = u32)]
struct Flaky {
    hangs: bool,
}

#[workflow]
impl Flaky {
    #[step(retry = Retry::fixed(Duration::from_mins(1)).max_attempts(4))]
    async fn work(&self, ctx: &Context<Self>, Start(last): Start<u32>) -> StepResult<Stop<()>> {
        let attempt = ctx.attempt().number;
        ctx.publish(attempt);
        if attempt < last {
            return Err(StepError::msg("not yet"));
        }
        if self.hangs {
            std::future::pending::<()>().await;
        }
        Ok(Stop(()))
    }
}

#[tokio::test(start_paused = true)]
async fn marker_names_the_attempt_that_begins_again() {
    let store = MemoryStore::new();
    let first = Host::on(store.clone()).workflow(Flaky { hangs: true }).start().await.unwrap();
    let run = first.run::<Flaky>(3).id("a").start().await.unwrap();
    let mut items = run.stream();
    for attempt in 1..=3 {
        assert_eq!(items.next().await.unwrap().unwrap(), attempted(u64::from(attempt) - 1, attempt));
    }
    first.stop().await;
    let second = Host::on(store.clone()).workflow(Flaky { hangs: false }).start().await.unwrap();
    let mut items = second.stream::<Flaky>("a").after(2);
    let steps = vec![StepAttempt::new("work", 1, 3)];
    assert_eq!(items.next().await.unwrap().unwrap(), StreamItem::Resumed { steps });
    assert_eq!(items.next().await.unwrap().unwrap(), attempted(3, 3));
    assert!(items.next().await.is_none());

    // In the delay before its second attempt, a step does not begin again.
    let run = second.run::<Flaky>(2).id("b").start().await.unwrap();
    let mut items = run.stream();
    assert_eq!(items.next().await.unwrap().unwrap(), attempted(0, 1));
    sleep(Duration::from_secs(1)).await;
    second.stop().await;
    let third = Host::on(store).workflow(Flaky { hangs: false }).start().await.unwrap();
    let mut items = third.stream::<Flaky>("b").after(0);
    assert_eq!(items.next().await.unwrap().unwrap(), StreamItem::Resumed { steps: Vec::new() });
    assert_eq!(items.next().await.unwrap().unwrap(), attempted(1, 2));
}

#[tokio::test(start_paused = true)]
async fn resumed_run_marks_the_items_of_steps_that_begin_again() {
    let store = MemoryStore::new();
    let first = Host::on(store.clone()).workflow(count(true)).start().await.unwrap();
    let run = first.run::<Count>(4).id("a").start().await.unwrap();
    let mut items = run.stream();
    assert_eq!(take(&mut items, 3).await, [published(0, 1_000), published(1, 0), published(2, 1)]);
    first.stop().await;
    assert!(items.next().await.is_none(), "the host has stopped");

    let second = Host::on(store).workflow(count(false)).start().await.unwrap();
    let again = [published(3, 0), published(4, 1), published(5, 2), published(6, 3)];
    let mut expected = vec![published(0, 1_000), published(1, 0), published(2, 1), resumed("count", 2)];
    expected.extend(again.clone());
    assert_eq!(take(&mut second.stream("a"), usize::MAX).await, expected);

    // A client drops what an attempt that begins again has published so far, and has each item once.
    let mut kept = Vec::new();
    for item in expected {
        match item {
            StreamItem::Published { item, by: Some(by), .. } => kept.push((item, by)),
            StreamItem::Resumed { steps } => kept.retain(|(_, by)| !steps.contains(by)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(kept.iter().map(|(item, _)| *item).collect::<Vec<_>>(), [1_000, 0, 1, 2, 3]);
    // A client that has the items up to 2 learns it as well, and one that has 3 does not need it.
    let mut expected = vec![resumed("count", 2)];
    expected.extend(again.clone());
    assert_eq!(take(&mut second.stream("a").after(2), usize::MAX).await, expected);
    assert_eq!(take(&mut second.stream("a").after(3), usize::MAX).await, again[1..]);
    assert!(take(&mut second.stream("a").after(6), usize::MAX).await.is_empty());
    assert!(take(&mut second.stream("a").after(60), usize::MAX).await.is_empty());
}

/// What is published is another type in this version.
#[workflow(stream = String)]
struct Other;

#[workflow]
impl Other {
    #[step]
    async fn first(&self, Start(n): Start<u32>) -> Stop<u32> {
        Stop(n)
    }
}

#[tokio::test(start_paused = true)]
async fn unreadable_item_is_an_error_and_the_next_one_follows() {
    let store = MemoryStore::new();
    let host = Host::on(store).workflow(count(false)).start().await.unwrap();
    host.run::<Count>(2).id("a").start().await.unwrap().result().await.unwrap();
    let mut items = host.stream::<Other>("a");
    for number in 0..3 {
        let error = items.next().await.unwrap().unwrap_err().to_string();
        assert!(error.starts_with(&format!("item {number} cannot be read: invalid type")), "{error}");
    }
    assert!(items.next().await.is_none());
}

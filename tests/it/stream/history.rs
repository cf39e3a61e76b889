//! What is stored for readers.
use futures::StreamExt;
use std::sync::Arc;
use tokio::sync::Notify;
use workflows_runtime::{Run, prelude::*};
use workflows_tests::let_others_run;

/// Each stored item holds a clone of the counter.
#[derive(Clone)]
struct Item {
    number: u32,
    _counted: Arc<()>,
}

/// Publishes as many items as its input says each time it is notified.
#[workflow(stream = Item)]
struct Items {
    item: Arc<()>,
    go: Arc<Notify>,
}

#[workflow]
impl Items {
    #[step]
    async fn items(&self, ctx: &Context<Self>, Start(counts): Start<Vec<u32>>) -> Stop<()> {
        for count in counts {
            (0..count).for_each(|number| ctx.publish(Item { number, _counted: Arc::clone(&self.item) }));
            self.go.notified().await;
        }
        Stop(())
    }
}

struct Counted {
    item: Arc<()>,
    go: Arc<Notify>,
}

impl Counted {
    fn new(counts: Vec<u32>) -> (Self, Run<Items>) {
        let (item, go) = (Arc::new(()), Arc::new(Notify::new()));
        let run = Items { item: Arc::clone(&item), go: Arc::clone(&go) }.run(counts);
        (Self { item, go }, run)
    }

    /// The number of stored items. The workflow holds one clone.
    fn stored(&self) -> usize {
        Arc::strong_count(&self.item) - 2
    }
}

#[tokio::test(start_paused = true)]
async fn handle_without_readers_stores_the_last_events() {
    let (counted, run) = Counted::new(vec![100_000, 0]);
    let run = run.start();
    let mut result = Box::pin(run.result());
    assert!(futures::poll!(&mut result).is_pending());
    let_others_run().await;
    assert_eq!(counted.stored(), 1_024);
    // A late reader receives them.
    let mut late = run.events();
    assert!(matches!(late.next().await, Some(RunEvent::Lagged(98_976))));
    assert!(matches!(late.next().await, Some(RunEvent::Published(Item { number: 98_976, .. }))));
    assert_eq!(late.by_ref().take(1_023).count().await, 1_023);
    drop((late, result));
    drop(run);
    assert_eq!(counted.stored(), 0);
    counted.go.notify_one();
}

#[tokio::test(start_paused = true)]
async fn events_are_stored_until_each_reader_has_read_them() {
    let (counted, run) = Counted::new(vec![50_000, 50_000]);
    let (run, mut fast) = run.start_with_events();
    let mut slow = run.events();
    let_others_run().await;
    for expected in 0..50_000 {
        let Some(RunEvent::Published(item)) = fast.next().await else { panic!() };
        assert_eq!(item.number, expected);
    }
    assert!(counted.stored() >= 50_000, "the slow reader needs them");
    assert!(matches!(slow.next().await, Some(RunEvent::Published(Item { number: 0, .. }))));
    drop(slow);
    assert_eq!(counted.stored(), 1_024);

    // A reader that keeps up, without a handle: nothing is stored.
    drop(run);
    assert_eq!(counted.stored(), 0);
    counted.go.notify_one();
    let_others_run().await;
    assert_eq!(counted.stored(), 50_000);
    assert_eq!(fast.by_ref().take(50_000).count().await, 50_000);
    assert_eq!(counted.stored(), 0);
    counted.go.notify_one();
    assert!(matches!(fast.next().await, Some(RunEvent::Ended(_))));
    assert!(fast.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn event_history_limits_what_late_readers_receive() {
    for (history, expected) in [(0, 0), (3, 3), (usize::MAX, 5_000)] {
        let (counted, run) = Counted::new(vec![5_000, 0]);
        let run = run.event_history(history).start();
        let_others_run().await;
        assert_eq!(counted.stored(), expected);
        counted.go.notify_waiters();
        let_others_run().await;
        counted.go.notify_one();
        run.result().await.unwrap();
        let mut late = run.events();
        if expected < 5_000 {
            let Some(RunEvent::Lagged(missed)) = late.next().await else { panic!() };
            assert_eq!(missed, 5_000 - expected as u64);
        }
        assert_eq!(late.count().await, expected + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn many_readers_at_different_positions_each_see_everything() {
    let (counted, run) = Counted::new(vec![1_000, 1_000]);
    let run = run.event_history(0).start();
    let mut readers: Vec<_> = (0..20).map(|_| run.events()).collect();
    let_others_run().await;
    for (at, reader) in readers.iter_mut().enumerate() {
        assert_eq!(reader.by_ref().take(at * 50).count().await, at * 50);
    }
    counted.go.notify_one();
    let_others_run().await;
    counted.go.notify_one();
    for (at, reader) in readers.into_iter().enumerate() {
        assert_eq!(reader.count().await, 2_001 - at * 50);
    }
    run.await.unwrap();
}

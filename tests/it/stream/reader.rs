//! Readers: order, replay from the start, and stored events.

use super::Count;
use futures::{FutureExt, StreamExt};
use std::sync::Arc;
use tokio::sync::Notify;
use workflows_runtime::{RunOutcome, prelude::*};
use workflows_tests::{let_others_run, published};

#[tokio::test(start_paused = true)]
async fn items_arrive_in_publication_order() {
    let run = Count::at_once().run(5).start();
    assert_eq!(published(&run).await, [0, 1, 2, 3, 4]);
    assert_eq!(run.await.unwrap(), 5);
}

#[tokio::test(start_paused = true)]
async fn items_are_readable_while_the_step_runs() {
    // Items precede the effects of the step's output.
    let (workflow, go) = Count::new();
    let run = workflow.run(2).start();
    let mut events = run.events();
    assert!(matches!(events.next().await, Some(RunEvent::Published(0))));
    assert!(matches!(events.next().await, Some(RunEvent::Published(1))));
    assert!(!run.is_finished());
    go.notify_one();
    assert!(matches!(events.next().await, Some(RunEvent::Ended(RunOutcome::Completed))));
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none(), "the stream stays ended");
}

#[tokio::test(start_paused = true)]
async fn every_reader_sees_all_events_from_the_start() {
    // Readers are independent.
    let (workflow, go) = Count::new();
    let run = workflow.run(300).start();
    let (mut early, mut dropped) = (run.events(), run.events());
    for n in 0..300 {
        assert!(matches!(early.next().await, Some(RunEvent::Published(m)) if m == n));
    }
    // A reader that stops early does not affect the others.
    assert!(matches!(dropped.next().await, Some(RunEvent::Published(0))));
    drop(dropped);
    let late = run.events();
    go.notify_one();
    assert!(matches!(early.next().await, Some(RunEvent::Ended(_))));
    assert_eq!(late.count().await, 301);
    assert_eq!(run.result().await.unwrap(), 300);
    assert_eq!(published(&run).await, (0..300).collect::<Vec<_>>(), "events can be read after the end");
}

#[tokio::test(start_paused = true)]
async fn paused_reader_continues_where_it_stopped() {
    let run = Count::at_once().run(4).start();
    let mut events = run.events();
    assert!(matches!(events.next().await, Some(RunEvent::Published(0))));
    run.result().await.unwrap();
    assert_eq!(events.by_ref().take(2).count().await, 2);
    assert!(matches!(events.next().await, Some(RunEvent::Published(3))));
    assert!(matches!(events.next().await, Some(RunEvent::Ended(_))));
}

#[tokio::test(start_paused = true)]
async fn reader_outlives_the_handle() {
    let (workflow, go) = Count::new();
    let run = workflow.run(2).start();
    let events = run.events();
    drop(run);
    go.notify_one();
    assert_eq!(events.count().await, 3);
}

#[tokio::test(start_paused = true)]
async fn events_without_readers_are_dropped() {
    // Each stored item holds a clone of the counter.
    #[derive(Clone)]
    struct Item {
        _counted: Arc<()>,
    }

    #[workflow(stream = Item)]
    struct Items {
        item: Arc<()>,
        go: Arc<Notify>,
    }
    #[workflow]
    impl Items {
        #[step]
        async fn items(&self, ctx: &Context<Self>, _start: Start<()>) -> Stop<()> {
            for _ in 0..3 {
                (0..10).for_each(|_| ctx.publish(Item { _counted: Arc::clone(&self.item) }));
                self.go.notified().await;
            }
            Stop(())
        }
    }
    let (item, go) = (Arc::new(()), Arc::new(Notify::new()));
    let run = Items { item: Arc::clone(&item), go: Arc::clone(&go) }.run(()).start();
    let reader = run.events();
    let_others_run().await;
    assert_eq!(Arc::strong_count(&item), 12);
    drop(run);
    go.notify_one();
    let_others_run().await;
    assert_eq!(Arc::strong_count(&item), 22, "a reader still exists");
    drop(reader);
    assert_eq!(Arc::strong_count(&item), 2);
    go.notify_one();
    let_others_run().await;
    assert_eq!(Arc::strong_count(&item), 2, "no reader exists for the last ten");
    go.notify_one();
    let_others_run().await;
    assert_eq!(Arc::strong_count(&item), 1);

    // A run without a handle stores no events.
    go.notify_one();
    let workflow = Items { item: Arc::clone(&item), go };
    let mut run = workflow.run(()).into_future();
    assert!(futures::poll!(&mut run).is_pending());
    assert_eq!(Arc::strong_count(&item), 2);
}

#[tokio::test(start_paused = true)]
async fn dropped_waiters_are_deregistered() {
    // Each registered waker holds a clone of the counter.
    struct Counted;
    impl std::task::Wake for Counted {
        fn wake(self: Arc<Self>) {}
    }
    let (workflow, go) = Count::new();
    let mut run = workflow.run(0).start();
    let counter = Arc::new(Counted);
    for _ in 0..100 {
        let waker = Arc::clone(&counter).into();
        let mut cx = std::task::Context::from_waker(&waker);
        assert!(std::pin::pin!(run.result()).as_mut().poll(&mut cx).is_pending());
        assert!(run.events().poll_next_unpin(&mut cx).is_pending());
        assert!((&mut run).poll_unpin(&mut cx).is_pending());
    }
    assert_eq!(Arc::strong_count(&counter), 2, "only the handle itself is registered, once");
    go.notify_one();
    run.await.unwrap();
    assert_eq!(Arc::strong_count(&counter), 1);
}

#[tokio::test(start_paused = true)]
async fn each_run_has_its_own_stream() {
    let workflow = Arc::new(Count::at_once());
    let (a, b) = (workflow.clone().run(2).start(), workflow.clone().run(3).start());
    workflow.go.notify_one();
    let_others_run().await;
    workflow.go.notify_one();
    assert_eq!(published(&a).await.len(), 2);
    assert_eq!(published(&b).await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn stream_of_several_types_yields_one_of() {
    #[derive(Clone, Debug, PartialEq)]
    struct Token(u32);

    #[workflow(stream = OneOf<String, Token>)]
    struct Talk;
    #[workflow]
    impl Talk {
        #[step]
        async fn talk(&self, ctx: &Context<Self>, _start: Start<()>) -> Stop<()> {
            ctx.publish("hello".to_owned());
            ctx.publish(Token(1));
            Stop(())
        }
    }
    let run = Talk.run(()).start();
    assert_eq!(published(&run).await, [OneOf::A("hello".to_owned()), OneOf::B(Token(1))]);
}

#[tokio::test(start_paused = true)]
async fn reader_receives_300_000_items() {
    let run = Count::at_once().run(300_000).start();
    let mut events = run.events();
    let mut sum = 0;
    while let Some(RunEvent::Published(n)) = events.next().await {
        sum += u64::from(n);
    }
    assert_eq!(sum, 300_000 * 299_999 / 2);
}

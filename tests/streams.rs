//! What a run tells while it goes on: order, readers, limits, and its last word.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use futures::{FutureExt, StreamExt};
use std::{future::pending, sync::Arc};
use tokio::{sync::Notify, time::sleep};
use workflows::{events_of, kinds, let_others_run, published};
use workflows_runtime::{RunOutcome, StepPhase, prelude::*};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Publishes the numbers up to its input, then waits for `go`, then ends.
#[workflow(stream = u32)]
struct Count {
    go: Arc<Notify>,
}

#[workflow]
impl Count {
    #[step]
    async fn count(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        (0..n).for_each(|n| ctx.publish(n));
        self.go.notified().await;
        if n == 13 { Err(StepError::msg("unlucky")) } else { Ok(Stop(n)) }
    }
}

impl Count {
    fn new() -> (Self, Arc<Notify>) {
        let go = Arc::new(Notify::new());
        (Self { go: Arc::clone(&go) }, go)
    }

    /// One that does not wait.
    fn at_once() -> Self {
        let (workflow, go) = Self::new();
        go.notify_one();
        workflow
    }
}

#[tokio::test(start_paused = true)]
async fn items_come_in_the_order_of_publication() {
    // SM-01
    let run = Count::at_once().run(5).start();
    assert_eq!(published(&run).await, [0, 1, 2, 3, 4]);
    assert_eq!(run.await.unwrap(), 5);
}

#[tokio::test(start_paused = true)]
async fn items_are_there_while_the_step_goes_on() {
    // SM-02: before anything that its return brings about.
    let (workflow, go) = Count::new();
    let run = workflow.run(2).start();
    let mut events = run.events();
    assert!(matches!(events.next().await, Some(RunEvent::Published(0))));
    assert!(matches!(events.next().await, Some(RunEvent::Published(1))));
    assert!(!run.is_finished());
    go.notify_one();
    assert!(matches!(events.next().await, Some(RunEvent::Ended(RunOutcome::Completed))));
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none(), "and again");
}

#[tokio::test(start_paused = true)]
async fn every_reader_sees_everything_from_the_start() {
    // SM-06, SM-08: readers do not take from each other.
    let (workflow, go) = Count::new();
    let run = workflow.run(300).start();
    let (mut early, mut dropped) = (run.events(), run.events());
    for n in 0..300 {
        assert!(matches!(early.next().await, Some(RunEvent::Published(m)) if m == n));
    }
    // One that stops half way changes nothing for the others.
    assert!(matches!(dropped.next().await, Some(RunEvent::Published(0))));
    drop(dropped);
    let late = run.events();
    go.notify_one();
    assert!(matches!(early.next().await, Some(RunEvent::Ended(_))));
    assert_eq!(late.count().await, 301);
    assert_eq!(run.result().await.unwrap(), 300);
    assert_eq!(published(&run).await, (0..300).collect::<Vec<_>>(), "also after the end");
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_pauses_goes_on_where_it_was() {
    // SM-07
    let run = Count::at_once().run(4).start();
    let mut events = run.events();
    assert!(matches!(events.next().await, Some(RunEvent::Published(0))));
    run.result().await.unwrap();
    assert_eq!(events.by_ref().take(2).count().await, 2);
    assert!(matches!(events.next().await, Some(RunEvent::Published(3))));
    assert!(matches!(events.next().await, Some(RunEvent::Ended(_))));
}

#[tokio::test(start_paused = true)]
async fn readers_outlive_the_handle() {
    let (workflow, go) = Count::new();
    let run = workflow.run(2).start();
    let events = run.events();
    drop(run);
    go.notify_one();
    assert_eq!(events.count().await, 3);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_read_is_not_kept() {
    // Told by the items themselves: a clone of the counter is a kept item.
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
    assert_eq!(Arc::strong_count(&item), 22, "there still is a reader");
    drop(reader);
    assert_eq!(Arc::strong_count(&item), 2);
    go.notify_one();
    let_others_run().await;
    assert_eq!(Arc::strong_count(&item), 2, "nobody can read the last ten");
    go.notify_one();
    let_others_run().await;
    assert_eq!(Arc::strong_count(&item), 1);

    // A run without a handle keeps nothing at all.
    go.notify_one();
    let workflow = Items { item: Arc::clone(&item), go };
    let mut run = workflow.run(()).into_future();
    assert!(futures::poll!(&mut run).is_pending());
    assert_eq!(Arc::strong_count(&item), 2);
}

#[tokio::test(start_paused = true)]
async fn who_no_longer_waits_is_forgotten() {
    // Told by the wakers themselves: each that is kept is a clone of the counter.
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
    assert_eq!(Arc::strong_count(&counter), 2, "only the handle itself waits, once");
    go.notify_one();
    run.await.unwrap();
    assert_eq!(Arc::strong_count(&counter), 1);
}

#[tokio::test(start_paused = true)]
async fn several_runs_have_several_streams() {
    // SM-09
    let workflow = Arc::new(Count::at_once());
    let (a, b) = (workflow.clone().run(2).start(), workflow.clone().run(3).start());
    workflow.go.notify_one();
    let_others_run().await;
    workflow.go.notify_one();
    assert_eq!(published(&a).await.len(), 2);
    assert_eq!(published(&b).await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_several_types() {
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

// ---- the last word ----

#[tokio::test(start_paused = true)]
async fn the_end_is_the_last_event_and_there_before_the_result() {
    // SM-04, EV-11: for every way to end.
    #[workflow(stream = u32, timeout = "1s")]
    struct Ends;
    #[workflow]
    impl Ends {
        #[step]
        async fn end(&self, ctx: &Context<Self>, Start(how): Start<u32>) -> StepResult<Option<Stop<()>>> {
            ctx.publish(how);
            match how {
                0 => return Ok(Some(Stop(()))),
                1 => return Err(StepError::msg("broken")),
                2 => panic!("broken"),
                3 => return Ok(None),
                _ => pending::<()>().await,
            }
            Ok(None)
        }
    }
    let workflow = Arc::new(Ends);
    let ends = [
        "completed",
        "failed: step `end` failed",
        "failed: step `end` failed",
        "failed: stalled",
        "failed: cancelled",
        "failed: timed out",
    ];
    for (how, expected) in (0..).zip(ends) {
        let run = workflow.clone().run(how).start();
        let mut events = run.events();
        if how == 4 {
            assert!(matches!(events.next().await, Some(RunEvent::Published(_))));
            run.cancel();
        }
        run.result().await.ok();
        // All of it is there by now.
        let seen = kinds(&events_of(&run).now_or_never().unwrap());
        assert_eq!(seen[0], "published");
        assert!(seen[1].starts_with(expected), "{seen:?}");
        assert_eq!(seen.len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_run_ends_its_stream_and_gives_its_error_to_who_awaits_it() {
    // SM-13
    let run = Count::at_once().run(13).start();
    let events = events_of(&run).await;
    let Some(RunEvent::Ended(RunOutcome::Failed(error))) = events.last() else { panic!() };
    assert!(error.to_string().contains("unlucky"));
    assert_eq!(events.len(), 14);
    assert!(run.await.unwrap_err().to_string().contains("unlucky"));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_seen_of_what_runs_beside_the_stop() {
    // CO-07: both are woken at once, and the first one ends the run.
    #[workflow(stream = u32)]
    struct Beside {
        go: Arc<Notify>,
    }
    #[workflow]
    impl Beside {
        #[step]
        async fn idle(&self, _start: Start<()>) {
            pending::<()>().await;
        }
        #[step]
        async fn stop(&self, _start: Start<()>) -> Stop<()> {
            self.go.notified().await;
            Stop(())
        }
        #[step]
        async fn beside(&self, ctx: &Context<Self>, _start: Start<()>) {
            self.go.notified().await;
            ctx.publish(1);
        }
    }
    let go = Arc::new(Notify::new());
    let run = Beside { go: Arc::clone(&go) }.run(()).start();
    let_others_run().await;
    go.notify_waiters();
    assert_eq!(kinds(&events_of(&run).await), ["completed"]);
}

// ---- limits ----

#[tokio::test(start_paused = true)]
async fn a_late_reader_is_told_how_much_it_has_missed() {
    let (workflow, go) = Count::new();
    let run = workflow.run(10).event_buffer(3).start();
    let_others_run().await;
    let mut late = run.events();
    assert!(matches!(late.next().await, Some(RunEvent::Lagged(7))));
    assert!(matches!(late.next().await, Some(RunEvent::Published(7))));
    go.notify_one();
    run.result().await.unwrap();
    assert!(matches!(late.next().await, Some(RunEvent::Published(8))));
    assert!(matches!(late.next().await, Some(RunEvent::Published(9))));
    assert!(matches!(late.next().await, Some(RunEvent::Ended(_))));
    assert!(late.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_told_in_the_middle() {
    let (workflow, go) = Count::new();
    let workflow = Arc::new(workflow);
    let run = workflow.run(1).event_buffer(2).start();
    let mut slow = run.events();
    assert!(matches!(slow.next().await, Some(RunEvent::Published(0))));
    go.notify_one();
    assert!(matches!(slow.next().await, Some(RunEvent::Ended(_))), "it keeps up");

    let run = Count::at_once().run(500).event_buffer(1).start();
    run.result().await.unwrap();
    assert_eq!(kinds(&events_of(&run).await), ["lagged 500", "completed"]);
}

#[tokio::test(start_paused = true)]
async fn the_last_event_is_kept_whatever_the_limit() {
    let run = Count::at_once().run(2).event_buffer(0).start();
    run.result().await.unwrap();
    assert_eq!(kinds(&events_of(&run).await), ["lagged 2", "completed"]);
}

// ---- idle ----

#[workflow]
struct Ask;

#[workflow]
impl Ask {
    #[step]
    async fn ask(&self, Start(n): Start<u32>) -> InputRequired<u32> {
        InputRequired(n)
    }
    #[step]
    async fn answer(&self, HumanResponse(n): HumanResponse<u32>) -> OneOf<InputRequired<u32>, Stop<()>> {
        sleep(ms(5)).await;
        if n == 0 { Stop(()).emit() } else { InputRequired(n - 1).emit() }
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_for_the_outside_is_idle_once() {
    // SM-11, SM-12: after the prompt, once each time, and not on completion.
    let run = Ask.run(1).start();
    let mut events = run.events();
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired(1))));
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
    let_others_run().await;
    run.send(HumanResponse(1)).unwrap();
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired(0))));
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
    run.send(HumanResponse(0)).unwrap();
    assert!(matches!(events.next().await, Some(RunEvent::Ended(_))));
}

#[tokio::test(start_paused = true)]
async fn a_run_with_answers_in_its_mailbox_is_not_idle() {
    // SM-12
    let run = Ask.run(2).start();
    run.send(HumanResponse(2)).unwrap();
    run.send(HumanResponse(0)).unwrap();
    assert_eq!(kinds(&events_of(&run).await), ["prompt", "prompt", "completed"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_with_a_step_that_waits_for_something_else_is_not_idle() {
    #[workflow]
    struct Busy;
    #[workflow]
    impl Busy {
        #[step]
        async fn busy(&self, _start: Start<()>) -> InputRequired<()> {
            sleep(ms(1000)).await;
            InputRequired(())
        }
        #[step]
        async fn answer(&self, _answer: HumanResponse<()>) -> Stop<()> {
            Stop(())
        }
    }
    let run = Busy.run(()).start();
    let mut events = run.events();
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired(()))));
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
}

// ---- internal events ----

#[event]
struct Item(u32);
#[event]
struct Done(u32);

/// A fan-out with one worker, and a join.
#[workflow(stream = u32)]
struct Fan;

#[workflow]
impl Fan {
    #[step]
    async fn fan(&self, Start(n): Start<u32>) -> Vec<Item> {
        (1..=n).map(Item).collect()
    }
    #[step(workers = 1)]
    async fn work(&self, ctx: &Context<Self>, Item(n): Item) -> Done {
        ctx.publish(n);
        sleep(ms(1)).await;
        Done(n)
    }
    #[step]
    async fn gather(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.len())
    }
}

#[tokio::test(start_paused = true)]
async fn internal_events_are_hidden_unless_asked_for() {
    // SM-03
    let run = Fan.run(2).start();
    assert_eq!(kinds(&events_of(&run).await), ["published", "published", "completed"]);
}

#[tokio::test(start_paused = true)]
async fn internal_events_come_in_order() {
    // EV-14, EV-15, CO-02, CO-04, CO-05, CO-06
    let run = Fan.run(2).step_events(true).start();
    let events = events_of(&run).await;
    assert_eq!(
        kinds(&events),
        [
            "fan running",
            "fan done",
            "work running",
            "published",
            "work done",
            "work running",
            "published",
            "work done",
            "gather running",
            "gather done",
            "completed",
        ]
    );
    let executions: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            RunEvent::Step(step) if step.phase == StepPhase::Running => Some((step.execution, step.attempt)),
            _ => None,
        })
        .collect();
    assert_eq!(executions, [(1, 1), (2, 1), (3, 1), (4, 1)]);
}

#[tokio::test(start_paused = true)]
async fn internal_events_tell_of_failures_and_of_what_a_race_drops() {
    #[event]
    struct Try(u64);
    #[event]
    struct Won(u64);

    #[workflow]
    struct Race;
    #[workflow]
    impl Race {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Try> {
            vec![Try(1), Try(2)]
        }
        #[step]
        async fn run(&self, Try(n): Try) -> Won {
            sleep(ms(n)).await;
            Won(n)
        }
        #[step]
        async fn won(&self, First([_won]): First<Won, 1>) -> StepResult<Stop<()>> {
            Err(StepError::msg("a tie"))
        }
    }
    let run = Race.run(()).step_events(true).start();
    let mut seen = kinds(&events_of(&run).await);
    assert!(seen.pop().unwrap().contains("a tie"));
    assert_eq!(
        seen,
        [
            "fan running",
            "fan done",
            "run running",
            "run running",
            "run done",
            "run dropped",
            "won running",
            "won failed"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn very_many_items() {
    let run = Count::at_once().run(300_000).start();
    let mut events = run.events();
    let mut sum = 0;
    while let Some(RunEvent::Published(n)) = events.next().await {
        sum += u64::from(n);
    }
    assert_eq!(sum, 300_000 * 299_999 / 2);
}

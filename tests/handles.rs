//! The hold on a run: awaiting, detaching, dropping, cancelling, and every way in which it ends.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use futures::FutureExt;
use std::{
    future::{pending, poll_fn},
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};
use tokio::{sync::Notify, time::sleep};
use workflows::{Log, Noted, events_of, failure, kinds, let_others_run, yield_once};
use workflows_runtime::{EventStream, Panicked, RunHandle, RunId, RunOutcome, prelude::*};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Waits for `go`, noting what becomes of its step.
#[workflow(state = u32)]
struct Wait {
    go: Arc<Notify>,
    log: Log<&'static str>,
}

#[workflow]
impl Wait {
    #[step]
    async fn wait(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        let _dropped = Noted(self.log.clone(), "over");
        ctx.state().set(n);
        self.log.add("waits");
        self.go.notified().await;
        self.log.add("goes on");
        if n > 9 {
            return Err(StepError::msg("too much"));
        }
        Ok(Stop(n * 2))
    }
}

impl Wait {
    fn new() -> (Self, Arc<Notify>, Log<&'static str>) {
        let (go, log) = (Arc::new(Notify::new()), Log::default());
        (Self { go: Arc::clone(&go), log: log.clone() }, go, log)
    }
}

/// Asks, and ends with the answer.
#[workflow]
struct Ask;

#[workflow]
impl Ask {
    #[step]
    async fn ask(&self, Start(text): Start<String>) -> InputRequired<String> {
        InputRequired(text)
    }
    #[step]
    async fn answer(&self, HumanResponse(answer): HumanResponse<u32>) -> Stop<u32> {
        Stop(answer)
    }
}

// ---- awaiting ----

#[tokio::test(start_paused = true)]
async fn a_handle_is_there_at_once_and_gives_the_result_again_and_again() {
    // RH-01, RH-02, RH-03
    let (workflow, go, log) = Wait::new();
    let mut run = workflow.run(4).start();
    assert!(!run.is_finished());
    assert_eq!(log.take(), [""; 0], "nothing has begun");
    let_others_run().await;
    assert_eq!(log.take(), ["waits"]);
    assert!(!run.is_finished());

    go.notify_one();
    assert_eq!((&mut run).await.unwrap(), 8);
    assert!(run.is_finished());
    assert_eq!((&mut run).await.unwrap(), 8);
    assert_eq!(run.result().await.unwrap(), 8);
    assert_eq!(run.state().get(), 4);
    assert_eq!(run.await.unwrap(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_failure_keeps_its_type_and_is_told_again_and_again() {
    // RH-02
    let (workflow, go, _) = Wait::new();
    let run = workflow.run(10).start();
    go.notify_one();
    for _ in 0..2 {
        assert_eq!(failure(run.result().await.unwrap_err()), ("wait", "too much".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_does_nothing_until_it_is_awaited_or_started() {
    let (workflow, _, log) = Wait::new();
    let run = workflow.run(1);
    let_others_run().await;
    drop(run);
    assert_eq!(log.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn awaiting_that_is_given_up_loses_nothing() {
    let (workflow, go, _) = Wait::new();
    let mut run = workflow.run(1).start();
    tokio::select! {
        _ = &mut run => panic!("it waits"),
        () = let_others_run() => {}
    }
    assert!(run.result().now_or_never().is_none());
    go.notify_one();
    assert_eq!(run.await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn several_tasks_may_wait_for_one_run() {
    let (workflow, go, _) = Wait::new();
    let run = Arc::new(workflow.run(3).start());
    let waiters: Vec<_> = (0..5)
        .map(|_| {
            let run = Arc::clone(&run);
            tokio::spawn(async move { run.result().await })
        })
        .collect();
    let_others_run().await;
    go.notify_one();
    for waiter in waiters {
        assert_eq!(waiter.await.unwrap().unwrap(), 6);
    }
}

#[test]
fn a_handle_can_be_moved_and_shared_between_threads() {
    fn is_free<T: Send + Sync + Unpin + 'static>() {}
    is_free::<RunHandle<Wait>>();
    is_free::<EventStream<Wait>>();

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let (workflow, go, _) = Wait::new();
    let run = {
        let _on = runtime.enter();
        workflow.run(2).start()
    };
    // Awaited on a thread that is none of the runtime's.
    let waiter = std::thread::spawn(move || futures::executor::block_on(run.into_future()));
    go.notify_one();
    assert_eq!(waiter.join().unwrap().unwrap(), 4);
}

#[test]
fn an_in_place_run_needs_no_runtime() {
    let (workflow, go, _) = Wait::new();
    go.notify_one();
    assert_eq!(futures::executor::block_on(workflow.run(2).into_future()).unwrap(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_handle_says_which_workflow_and_run_it_is() {
    // RH-06, ST-22
    let (workflow, _, _) = Wait::new();
    let workflow = Arc::new(workflow);
    let named = workflow.clone().run(1).id("order-7").start();
    assert_eq!(named.id().to_string(), "order-7");
    assert_eq!(format!("{named:?}"), "RunHandle { workflow: \"Wait\", run: order-7 }");

    let (a, b) = (workflow.clone().run(1).start(), workflow.run(1).start());
    assert_ne!(a.id(), b.id());
    let id = a.id().to_string();
    assert!(id.len() == 10 && id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
    // Equal names are equal, wherever they come from.
    assert_eq!(*a.id(), RunId::from(id));
    for name in ["0000000000", "zzzzzzzzzz", "00000000a1", "ABCDEFGHIJ", "ten_chars!", "é", ""] {
        assert_eq!(RunId::from(name).to_string(), name);
        assert_eq!(RunId::from(name), RunId::from(name.to_owned()));
    }
}

// ---- detaching and dropping ----

#[tokio::test(start_paused = true)]
async fn dropping_the_handle_detaches_the_run() {
    // RH-04
    let (workflow, go, log) = Wait::new();
    drop(workflow.run(1).start());
    let_others_run().await;
    assert_eq!(log.take(), ["waits"]);
    go.notify_one();
    let_others_run().await;
    assert_eq!(log.take(), ["goes on", "over"]);
}

#[tokio::test(start_paused = true)]
async fn dropping_an_in_place_run_drops_its_steps() {
    // TC-08
    let (workflow, _, log) = Wait::new();
    let mut run = workflow.run(1).into_future();
    assert!((&mut run).now_or_never().is_none());
    assert_eq!(log.take(), ["waits"]);
    drop(run);
    assert_eq!(log.take(), ["over"]);
}

#[tokio::test(start_paused = true)]
async fn a_finished_run_keeps_nothing_alive() {
    // RH-07
    let (workflow, go, _) = Wait::new();
    let workflow = Arc::new(workflow);
    let alive = Arc::downgrade(&workflow);
    go.notify_one();
    let run = workflow.run(1).start();
    assert!(alive.upgrade().is_some());
    run.result().await.unwrap();
    let_others_run().await;
    assert!(alive.upgrade().is_none(), "the handle keeps the result, not the workflow");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sees_the_result_sees_that_the_run_has_let_go() {
    // RH-07: also where the run ends on another thread.
    let (workflow, go, log) = Wait::new();
    let workflow = Arc::new(workflow);
    for n in 0..200 {
        let run = workflow.clone().run(n % 9).start();
        go.notify_one();
        run.await.unwrap();
        assert_eq!((Arc::strong_count(&workflow), log.take().last().copied()), (1, Some("over")));
    }
}

// ---- cancelling ----

#[tokio::test(start_paused = true)]
async fn cancel_ends_the_run_and_drops_its_steps() {
    // RH-05, TC-07, TC-08, TC-09
    let (workflow, _, log) = Wait::new();
    let run = workflow.run(1).start();
    let_others_run().await;
    run.cancel();
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));
    assert_eq!(log.take(), ["waits", "over"]);
    assert_eq!(kinds(&events_of(&run).await), ["failed: cancelled"]);
}

#[tokio::test(start_paused = true)]
async fn cancel_may_come_twice_and_after_the_end() {
    // RH-05
    let (workflow, go, _) = Wait::new();
    let workflow = Arc::new(workflow);
    let run = workflow.clone().run(1).start();
    run.cancel();
    run.cancel();
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));
    run.cancel();
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));

    go.notify_one();
    let run = workflow.run(1).start();
    assert_eq!(run.result().await.unwrap(), 2);
    run.cancel();
    assert_eq!(run.await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_cancelled_before_it_began_runs_no_step() {
    let (workflow, _, log) = Wait::new();
    let run = workflow.run(1).start();
    run.cancel();
    assert!(matches!(run.await, Err(RunError::Cancelled)));
    assert_eq!(log.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_step_may_cancel_its_own_run() {
    // What the step returns afterwards comes too late: things happen in the order of the calls.
    #[workflow]
    struct Quit {
        own: Arc<std::sync::OnceLock<RunHandle<Quit>>>,
    }
    #[workflow]
    impl Quit {
        #[step]
        async fn quit(&self, _start: Start<()>) -> Stop<()> {
            self.own.get().unwrap().cancel();
            Stop(())
        }
    }
    let own = Arc::new(std::sync::OnceLock::new());
    let run = Quit { own: Arc::clone(&own) }.run(()).start();
    own.set(run).unwrap();
    assert!(matches!(own.get().unwrap().result().await, Err(RunError::Cancelled)));
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_steps_never_wait_can_be_cancelled() {
    #[event]
    struct Again;

    #[workflow]
    struct Forever;
    #[workflow]
    impl Forever {
        #[step]
        async fn begin(&self, _start: Start<()>) -> Again {
            Again
        }
        #[step]
        async fn again(&self, _again: Again) -> OneOf<Again, Stop<()>> {
            Again.emit()
        }
    }
    let run = Forever.run(()).start();
    let_others_run().await;
    assert!(!run.is_finished());
    run.cancel();
    assert!(matches!(run.await, Err(RunError::Cancelled)));
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_steps_wake_themselves_can_be_cancelled() {
    #[workflow]
    struct Spin;
    #[workflow]
    impl Spin {
        #[step]
        async fn one(&self, _start: Start<()>) -> Stop<()> {
            loop {
                yield_once().await;
            }
        }
        #[step]
        async fn two(&self, _start: Start<()>) -> Stop<()> {
            loop {
                yield_once().await;
            }
        }
    }
    let run = Spin.run(()).start();
    let_others_run().await;
    run.cancel();
    assert!(matches!(run.await, Err(RunError::Cancelled)));
}

// ---- one step must not starve another, nor the thread ----

#[tokio::test(start_paused = true)]
async fn a_step_that_wakes_itself_starves_neither_steps_nor_tasks() {
    /// Three spin until the fourth, which waits for another task, lets them end.
    #[workflow]
    struct Spin {
        flag: Arc<AtomicBool>,
        go: Arc<Notify>,
    }
    #[workflow]
    impl Spin {
        #[step]
        async fn one(&self, _start: Start<()>) -> Option<Stop<()>> {
            self.spin().await;
            None
        }
        #[step]
        async fn two(&self, _start: Start<()>) -> Option<Stop<()>> {
            self.spin().await;
            None
        }
        #[step]
        async fn end(&self, _start: Start<()>) -> Stop<()> {
            self.go.notified().await;
            self.flag.store(true, Ordering::Relaxed);
            pending::<()>().await;
            Stop(())
        }
        #[step]
        async fn last(&self, _start: Start<()>) -> Stop<()> {
            self.spin().await;
            Stop(())
        }
        async fn spin(&self) {
            while !self.flag.load(Ordering::Relaxed) {
                yield_once().await;
            }
        }
    }
    let go = Arc::new(Notify::new());
    let run = Spin { flag: Arc::default(), go: Arc::clone(&go) }.run(()).start();
    let_others_run().await;
    go.notify_one();
    run.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_loop_of_steps_that_never_wait_does_not_starve_the_others() {
    #[event]
    struct Again;

    #[workflow]
    struct Busy {
        flag: Arc<AtomicBool>,
        go: Arc<Notify>,
    }
    #[workflow]
    impl Busy {
        #[step]
        async fn idle(&self, _start: Start<()>) {
            // Takes the slot in the driver, so that the next one lies in a box.
            pending::<()>().await;
        }
        #[step]
        async fn boxed(&self, _start: Start<()>) {
            self.go.notified().await;
            self.flag.store(true, Ordering::Relaxed);
        }
        #[step]
        async fn begin(&self, _start: Start<()>) -> Again {
            Again
        }
        #[step]
        async fn again(&self, _again: Again) -> OneOf<Again, Stop<()>> {
            if self.flag.load(Ordering::Relaxed) { Stop(()).emit() } else { Again.emit() }
        }
    }
    let go = Arc::new(Notify::new());
    let run = Busy { flag: Arc::default(), go: Arc::clone(&go) }.run(()).start();
    let_others_run().await;
    go.notify_one();
    run.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn very_many_steps_that_wake_themselves_do_not_starve_what_is_still_to_start() {
    #[event]
    struct Item(u32);

    #[workflow]
    struct Crowd {
        flag: AtomicBool,
    }
    #[workflow]
    impl Crowd {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            (0..1000).map(Item).collect()
        }
        #[step(workers = 1000)]
        async fn spin(&self, Item(n): Item) -> Option<Stop<()>> {
            if n == 999 {
                self.flag.store(true, Ordering::Relaxed);
            }
            while !self.flag.load(Ordering::Relaxed) {
                yield_once().await;
            }
            (n == 500).then_some(Stop(()))
        }
    }
    Crowd { flag: AtomicBool::new(false) }.run(()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_waker_that_owns_its_readers_does_no_harm() {
    /// A task that is dropped with its last waker, as other executors have them.
    struct Task {
        _reader: EventStream<Wait>,
        _run: Arc<RunHandle<Wait>>,
    }
    impl std::task::Wake for Task {
        fn wake(self: Arc<Self>) {}
    }
    let (workflow, go, _) = Wait::new();
    let run = Arc::new(workflow.run(1).start());
    let mut events = run.events();
    for _ in 0..3 {
        let waker = Arc::new(Task { _reader: run.events(), _run: Arc::clone(&run) }).into();
        let mut cx = std::task::Context::from_waker(&waker);
        assert!(events.next().boxed().poll_unpin(&mut cx).is_pending());
        assert!(run.result().boxed().poll_unpin(&mut cx).is_pending());
    }
    drop(events);
    go.notify_one();
    assert_eq!(run.result().await.unwrap(), 2);
}

// ---- panics ----

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failure_of_the_step_by_its_name() {
    #[workflow]
    struct Panics;
    #[workflow]
    impl Panics {
        #[step]
        async fn fine(&self, _start: Start<bool>) {
            pending::<()>().await;
        }
        #[step]
        async fn shaky(&self, Start(at_once): Start<bool>) -> Stop<()> {
            if !at_once {
                sleep(ms(1)).await;
            }
            panic!("no {}", "way")
        }
    }
    for at_once in [true, false] {
        let error = Panics.run(at_once).await.unwrap_err();
        let RunError::Failed { source, .. } = &error else { panic!() };
        assert_eq!(source.downcast_ref::<Panicked>().unwrap().0, "no way");
        assert_eq!(failure(error), ("shaky", "panicked: no way".to_owned()));

        let run = Panics.run(at_once).start();
        assert_eq!(failure(run.await.unwrap_err()).0, "shaky");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_whose_payload_is_not_text() {
    #[workflow]
    struct Panics;
    #[workflow]
    impl Panics {
        #[step]
        async fn shaky(&self, _start: Start<()>) -> Stop<()> {
            std::panic::panic_any(7_u8)
        }
    }
    let error = Panics.run(()).await.unwrap_err();
    assert_eq!(failure(error), ("shaky", "panicked: a value that is not text".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_an_event_is_copied_fails_the_step_that_emitted_it() {
    #[event]
    #[derive(PartialEq)]
    struct Fragile(Unclonable);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Unclonable;
    impl Clone for Unclonable {
        fn clone(&self) -> Self {
            panic!("do not copy")
        }
    }

    #[workflow]
    struct Copies;
    #[workflow]
    impl Copies {
        #[step]
        async fn emit(&self, _start: Start<()>) -> Fragile {
            sleep(ms(1)).await;
            Fragile(Unclonable)
        }
        #[step]
        async fn one(&self, _fragile: Fragile) {}
        #[step]
        async fn two(&self, _fragile: Fragile) -> Stop<()> {
            Stop(())
        }
    }
    for error in [Copies.run(()).await.unwrap_err(), Copies.run(()).start().await.unwrap_err()] {
        assert_eq!(failure(error), ("emit", "panicked: do not copy".to_owned()));
    }
}

/// Panics when it is dropped, unless that is because of another panic.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped a bomb");
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_panics_when_it_is_dropped_changes_nothing() {
    #[workflow]
    struct Bombs {
        log: Log<&'static str>,
    }
    #[workflow]
    impl Bombs {
        #[step]
        async fn one(&self, _start: Start<()>) {
            let _bomb = Bomb;
            pending::<()>().await;
        }
        #[step]
        async fn two(&self, _start: Start<()>) {
            let _bomb = Bomb;
            pending::<()>().await;
        }
        #[step]
        async fn three(&self, _start: Start<()>) {
            let _dropped = Noted(self.log.clone(), "three");
            pending::<()>().await;
        }
        #[step]
        async fn end(&self, _start: Start<()>) -> Stop<u32> {
            sleep(ms(1)).await;
            Stop(1)
        }
    }
    let log = Log::default();
    let workflow = Arc::new(Bombs { log: log.clone() });
    assert_eq!(workflow.clone().run(()).await.unwrap(), 1);
    assert_eq!(log.take(), ["three"]);

    let run = workflow.clone().run(()).start();
    assert_eq!(run.await.unwrap(), 1);

    let run = workflow.clone().run(()).start();
    let_others_run().await;
    run.cancel();
    assert!(matches!(run.await, Err(RunError::Cancelled)));

    let mut dropped = workflow.run(()).into_future();
    assert!((&mut dropped).now_or_never().is_none());
    drop(dropped);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_panics_when_it_has_returned_fails() {
    #[workflow]
    struct Bombs;
    #[workflow]
    impl Bombs {
        #[step]
        async fn one(&self, _start: Start<()>) -> Stop<()> {
            let _bomb = Bomb;
            Stop(())
        }
    }
    assert_eq!(failure(Bombs.run(()).await.unwrap_err()), ("one", "panicked: dropped a bomb".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_a_dropped_step_does_in_its_drop_is_not_seen() {
    struct Publishes<'a>(&'a Context<Late>);
    impl Drop for Publishes<'_> {
        fn drop(&mut self) {
            assert!(self.0.is_cancelled());
            self.0.publish(1);
        }
    }

    #[workflow(stream = u32)]
    struct Late;
    #[workflow]
    impl Late {
        #[step]
        async fn late(&self, ctx: &Context<Self>, _start: Start<()>) -> Stop<()> {
            let _publishes = Publishes(ctx);
            pending().await
        }
    }
    let run = Late.run(()).start();
    let_others_run().await;
    run.cancel();
    assert_eq!(kinds(&events_of(&run).await), ["failed: cancelled"]);
}

// ---- stalling ----

#[tokio::test(start_paused = true)]
async fn an_in_place_run_that_asks_stalls_at_once() {
    // Nobody could answer it.
    let error = Ask.run("?".to_owned()).timeout(Duration::from_hours(1)).await.unwrap_err();
    assert_eq!(error.to_string(), "stalled: no step can run and none has returned `Stop`");
}

#[tokio::test(start_paused = true)]
async fn a_started_run_that_asks_waits_as_long_as_there_is_a_handle() {
    let run = Ask.run("?".to_owned()).start();
    let mut events = run.events();
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired(_))));
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
    let_others_run().await;
    assert!(!run.is_finished());

    drop(run);
    let Some(RunEvent::Ended(RunOutcome::Failed(error))) = events.next().await else { panic!() };
    assert!(matches!(error, RunError::Stalled { .. }), "{error}");
    assert!(events.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn who_awaits_the_handle_itself_gives_up_answering() {
    assert!(matches!(Ask.run("?".to_owned()).start().await, Err(RunError::Stalled { .. })));
    let mut run = Ask.run("?".to_owned()).start();
    assert!(futures::poll!(&mut run).is_pending());
    let_others_run().await;
    assert!(futures::poll!(&mut run).is_pending(), "a reference keeps it answerable");
    assert!(matches!(run.await, Err(RunError::Stalled { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_nothing_could_answer_stalls_even_with_a_handle() {
    #[workflow]
    struct Nothing;
    #[workflow]
    impl Nothing {
        #[step]
        async fn nothing(&self, _start: Start<()>) -> Option<Stop<()>> {
            None
        }
    }
    let run = Nothing.run(()).start();
    assert!(matches!(run.result().await, Err(RunError::Stalled { parked, .. }) if parked.is_empty()));
    assert_eq!(kinds(&events_of(&run).await).len(), 1, "it was never idle");
}

#[test]
fn the_last_handle_may_be_dropped_at_any_moment() {
    // From another thread, while the run comes to where it waits: no wake may be lost.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    for turn in 0..500 {
        let run = {
            let _on = runtime.enter();
            Ask.run("?".to_owned()).start()
        };
        let mut events = run.events();
        let dropper = std::thread::spawn(move || {
            (0..turn % 50).for_each(|_| std::hint::spin_loop());
            drop(run);
        });
        let last = futures::executor::block_on(async {
            let mut last = None;
            while let Some(event) = events.next().await {
                last = Some(event);
            }
            last
        });
        assert!(matches!(last, Some(RunEvent::Ended(_))));
        dropper.join().unwrap();
    }
}

// ---- answers ----

#[tokio::test(start_paused = true)]
async fn an_answer_may_come_before_the_question() {
    let run = Ask.run("?".to_owned()).start();
    run.send(HumanResponse(5)).unwrap();
    assert_eq!(run.await.unwrap(), 5);
}

#[tokio::test(start_paused = true)]
async fn answers_are_taken_in_the_order_in_which_they_were_sent() {
    #[workflow(state = Vec<u32>)]
    struct Many;
    #[workflow]
    impl Many {
        #[step]
        async fn ask(&self, _start: Start<()>) -> InputRequired<()> {
            InputRequired(())
        }
        #[step(workers = 1)]
        async fn answer(&self, ctx: &Context<Self>, HumanResponse(n): HumanResponse<u32>) -> Option<Stop<Vec<u32>>> {
            sleep(ms(1)).await;
            ctx.state().update(|all| all.push(n));
            (n == 0).then(|| Stop(ctx.state().get()))
        }
    }
    let run = Many.run(()).start();
    for n in (0..100).rev() {
        run.send(HumanResponse(n)).unwrap();
    }
    assert_eq!(run.await.unwrap(), (0..100).rev().collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn an_answer_after_the_end_has_no_effect() {
    let run = Ask.run("?".to_owned()).start();
    run.send(HumanResponse(5)).unwrap();
    assert_eq!(run.result().await.unwrap(), 5);
    assert_eq!(run.send(HumanResponse(6)).unwrap_err().into_inner(), HumanResponse(6));
    assert_eq!(run.result().await.unwrap(), 5);
    assert_eq!(kinds(&events_of(&run).await).last().unwrap(), "completed");
}

// ---- runtimes and tasks ----

#[test]
fn a_runtime_that_shuts_down_ends_its_runs() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let (workflow, _, _) = Wait::new();
    let workflow = Arc::new(workflow);
    let runs: Vec<_> = runtime.block_on(async { (0..10).map(|n| workflow.clone().run(n).start()).collect() });
    let waiter = std::thread::spawn(move || {
        runs.into_iter()
            .map(|run| futures::executor::block_on(run.into_future()))
            .filter(|end| matches!(end, Err(RunError::Cancelled)))
            .count()
    });
    drop(runtime);
    assert_eq!(waiter.join().unwrap(), 10);
}

#[test]
fn a_run_that_was_never_polled_ends_with_its_runtime() {
    // Also one that waits for its turn.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (workflow, _, log) = Wait::new();
    let run = {
        let _guard = runtime.enter();
        workflow.run(1).start()
    };
    let events = run.events();
    drop(runtime);
    assert!(matches!(futures::executor::block_on(run.into_future()), Err(RunError::Cancelled)));
    assert_eq!(futures::executor::block_on_stream(events).count(), 1);
    assert_eq!(log.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn thousands_of_runs_at_once() {
    let workflow = Arc::new(Ask);
    let runs: Vec<_> = (0..5000).map(|n| workflow.clone().run(n.to_string()).start()).collect();
    let_others_run().await;
    for (n, run) in (0..).zip(&runs) {
        run.send(HumanResponse(n)).unwrap();
    }
    for (n, run) in (0..).zip(runs) {
        assert_eq!(run.await.unwrap(), n);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_that_are_woken_from_other_threads() {
    #[event]
    struct Job(u32);
    #[event]
    struct Done(u32);

    #[workflow]
    struct Jobs;
    #[workflow]
    impl Jobs {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<Job> {
            (0..n).map(Job).collect()
        }
        #[step(workers = 64)]
        async fn work(&self, Job(n): Job) -> StepResult<Done> {
            // The other task ends, and wakes, wherever and whenever it likes.
            let n = tokio::spawn(async move {
                tokio::task::yield_now().await;
                n
            });
            Ok(Done(n.await?))
        }
        #[step]
        async fn gather(&self, done: Vec<Done>) -> Stop<u64> {
            Stop(done.iter().map(|done| u64::from(done.0)).sum())
        }
    }
    let runs: Vec<_> = (0..20).map(|_| Jobs.run(1000).start()).collect();
    for run in runs {
        assert_eq!(run.await.unwrap(), 499_500);
    }
}

#[tokio::test(start_paused = true)]
async fn an_in_place_run_may_be_polled_by_one_task_after_another() {
    // The last one that polled it is woken.
    let (workflow, go, _) = Wait::new();
    let mut run = workflow.run(1).into_future();
    assert!((&mut run).now_or_never().is_none());
    let task = tokio::spawn(run);
    let_others_run().await;
    go.notify_one();
    assert_eq!(task.await.unwrap().unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_future_that_wakes_itself_before_it_is_pending_is_polled_again() {
    #[workflow]
    struct Twice;
    #[workflow]
    impl Twice {
        #[step]
        async fn first(&self, _start: Start<u32>) {
            pending::<()>().await;
        }
        #[step]
        async fn twice(&self, Start(n): Start<u32>) -> Stop<u32> {
            let mut left = n;
            poll_fn(|cx| {
                if left == 0 {
                    return Poll::Ready(());
                }
                left -= 1;
                // More often than it needs, from inside its own poll.
                (0..3).for_each(|_| cx.waker().wake_by_ref());
                Poll::Pending
            })
            .await;
            Stop(n)
        }
    }
    assert_eq!(Twice.run(1000).await.unwrap(), 1000);
}

#[tokio::test(start_paused = true)]
async fn wakers_that_outlive_their_step_do_no_harm() {
    #[event]
    struct Next;

    #[workflow]
    struct Stale {
        wakers: Log<std::task::Waker>,
        go: Arc<Notify>,
    }
    #[workflow]
    impl Stale {
        #[step]
        async fn idle(&self, _start: Start<()>) {
            pending::<()>().await;
        }
        #[step]
        async fn keep(&self, _start: Start<()>) -> Next {
            poll_fn(|cx| {
                self.wakers.add(cx.waker().clone());
                Poll::Ready(())
            })
            .await;
            Next
        }
        /// Lies where `keep` lay.
        #[step]
        async fn next(&self, _next: Next) -> Stop<()> {
            self.go.notified().await;
            Stop(())
        }
    }
    let (wakers, go) = (Log::default(), Arc::new(Notify::new()));
    let run = Stale { wakers: wakers.clone(), go: Arc::clone(&go) }.run(()).start();
    let_others_run().await;
    let stale = wakers.take();
    for _ in 0..1000 {
        stale[0].wake_by_ref();
    }
    let_others_run().await;
    assert!(!run.is_finished());
    go.notify_one();
    run.await.unwrap();
    stale[0].wake_by_ref();
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_place_does_not_reach_the_awaiting_task() {
    #[workflow]
    struct Panics;
    #[workflow]
    impl Panics {
        #[step]
        async fn shaky(&self, _start: Start<()>) -> Stop<()> {
            panic!("no")
        }
    }
    let caught = AssertUnwindSafe(Panics.run(()).into_future()).catch_unwind().await;
    assert!(caught.expect("no panic").is_err());
}

#[tokio::test]
async fn an_output_may_use_its_run_while_it_is_copied() {
    /// Cancels the run that it comes from, which has ended.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Busy;

    impl Clone for Busy {
        fn clone(&self) -> Self {
            RUN.with_borrow(|run| run.iter().for_each(|run| run.cancel()));
            Self
        }
    }

    #[workflow]
    struct Ends;
    #[workflow]
    impl Ends {
        #[step]
        async fn end(&self, _start: Start<()>) -> Stop<Busy> {
            Stop(Busy)
        }
    }

    thread_local! {
        static RUN: std::cell::RefCell<Option<Arc<RunHandle<Ends>>>> = const { std::cell::RefCell::new(None) };
    }

    let run = Arc::new(Ends.run(()).start());
    RUN.set(Some(Arc::clone(&run)));
    assert_eq!(run.result().await.unwrap(), Busy);
}

#[tokio::test(start_paused = true)]
async fn a_handle_is_given_up_when_its_end_is_first_waited_for() {
    let run = Ask.run("?".to_owned()).start();
    let mut events = run.events();
    let end = run.into_future();
    while !matches!(events.next().await, Some(RunEvent::Idle)) {}
    let error = end.await.unwrap_err();
    assert!(matches!(error, RunError::Stalled { .. }), "{error}");
}

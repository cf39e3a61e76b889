//! How a run is driven: one execution at hand, others beside it, and none at all while the run waits.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::{
    sync::{Notify, Semaphore},
    time::{advance, sleep},
};
use workflows::{Log, events_of, failure, let_others_run, published, yield_once};
use workflows_runtime::{FailedAttempt, RetryPolicy, RunHandle, prelude::*};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

// ---- the end beside steps that lead straight on ----

#[event]
struct Ping;
#[event]
struct Pong;

/// Steps that never wait, beside one that ends the run.
#[workflow(stream = &'static str)]
struct Hops {
    go: Arc<Notify>,
    log: Log<&'static str>,
}

#[workflow]
impl Hops {
    #[step(unchecked(dead_end))]
    async fn ping(&self, ctx: &Context<Self>, from: OneOf<Start<()>, Pong>) -> Ping {
        if let OneOf::A(_) = from {
            // From here on the other one goes on beside it.
            yield_once().await;
        }
        self.log.add("hop");
        ctx.publish("hop");
        Ping
    }
    #[step(unchecked(dead_end))]
    async fn pong(&self, ctx: &Context<Self>, _ping: Ping) -> Pong {
        self.log.add("hop");
        ctx.publish("hop");
        Pong
    }
    #[step]
    async fn end(&self, ctx: &Context<Self>, _start: Start<()>) -> Stop<()> {
        self.go.notified().await;
        self.log.add("stop");
        ctx.publish("stop");
        Stop(())
    }
}

impl Hops {
    /// A run that has made many hops.
    async fn going(timeout: Option<Duration>) -> (RunHandle<Self>, Arc<Notify>, Log<&'static str>) {
        let (go, log) = (Arc::new(Notify::new()), Log::default());
        let workflow = Self { go: Arc::clone(&go), log: log.clone() };
        let run = match timeout {
            Some(timeout) => workflow.run(()).timeout(timeout).start(),
            None => workflow.run(()).start(),
        };
        yield_once().await;
        yield_once().await;
        assert!(log.take().len() > 200);
        (run, go, log)
    }
}

#[tokio::test(start_paused = true)]
async fn no_step_begins_after_a_stop_beside_it() {
    // ST-13, CO-07
    let (run, go, log) = Hops::going(None).await;
    go.notify_one();
    assert_eq!(published(&run).await.last(), Some(&"stop"));
    assert_eq!(log.take().last(), Some(&"stop"));
}

#[tokio::test(start_paused = true)]
async fn no_step_begins_once_the_run_is_cancelled() {
    let (run, _go, log) = Hops::going(None).await;
    run.cancel();
    assert!(matches!(run.await, Err(RunError::Cancelled)));
    assert_eq!(log.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn hops_beside_another_execution_run_out_of_time() {
    let (run, _go, log) = Hops::going(Some(ms(5))).await;
    advance(ms(10)).await;
    assert!(matches!(run.await, Err(RunError::TimedOut { .. })));
    assert!(log.take().len() < 300, "it ends at the next look at the clock");
}

// ---- panics ----

#[tokio::test(start_paused = true)]
async fn a_step_that_panics_again_and_again_starves_nobody() {
    #[workflow]
    struct Panics {
        done: Arc<AtomicBool>,
    }
    #[workflow]
    impl Panics {
        #[step(retry = Retry::fixed(Duration::ZERO).max_attempts(300))]
        async fn one(&self, _start: Start<()>) -> Stop<u32> {
            assert!(self.done.load(Ordering::Relaxed), "not yet");
            Stop(1)
        }
    }
    let done = Arc::new(AtomicBool::new(false));
    let run = Panics { done: Arc::clone(&done) }.run(()).start();
    tokio::spawn(async move { done.store(true, Ordering::Relaxed) });
    assert_eq!(run.await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_panics_fails_its_own_step() {
    struct Torn;
    impl RetryPolicy for Torn {
        fn next(&self, _: &FailedAttempt<'_>) -> Option<Duration> {
            panic!("torn")
        }
    }

    #[workflow]
    struct Policies;
    #[workflow]
    impl Policies {
        #[step(retry = Torn)]
        async fn one(&self, Start(panics): Start<bool>) -> StepResult<Stop<u32>> {
            sleep(ms(1)).await;
            assert!(!panics, "no error at all");
            Err(StepError::msg("an error"))
        }
        #[step]
        async fn beside(&self, _start: Start<bool>) {
            sleep(ms(5)).await;
        }
    }
    for panics in [false, true] {
        let error = Policies.run(panics).await.unwrap_err();
        assert_eq!(failure(error), ("one", "panicked: torn".to_owned()));
    }
}

/// Panics when it is copied.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Unclonable;

impl Clone for Unclonable {
    fn clone(&self) -> Self {
        panic!("do not copy")
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_panics_fails_the_step_that_emitted_it_whatever_began_beside_it() {
    #[event]
    struct Fragile(Unclonable);

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
        async fn beside(&self, _start: Start<()>) {
            sleep(ms(5)).await;
        }
        #[step]
        async fn take(&self, _fragile: Fragile) -> Stop<()> {
            Stop(())
        }
    }
    let error = Copies.run(()).start().await.unwrap_err();
    assert_eq!(failure(error), ("emit", "panicked: do not copy".to_owned()));
}

/// Of three steps beside each other one panics, at hand or in a box.
#[workflow(stream = &'static str)]
struct Three {
    panics: &'static str,
}

impl Three {
    async fn body(&self, ctx: &Context<Self>, name: &'static str, polls: u32) {
        for _ in 0..polls {
            yield_once().await;
        }
        assert_ne!(self.panics, name, "it panics");
        sleep(ms(5)).await;
        ctx.publish(name);
    }
}

#[workflow]
impl Three {
    #[step]
    async fn a(&self, ctx: &Context<Self>, Start(polls): Start<u32>) {
        self.body(ctx, "a", polls).await;
    }
    #[step]
    async fn b(&self, ctx: &Context<Self>, Start(polls): Start<u32>) {
        self.body(ctx, "b", polls).await;
    }
    #[step]
    async fn c(&self, ctx: &Context<Self>, Start(polls): Start<u32>) {
        self.body(ctx, "c", polls).await;
    }
    #[step]
    async fn end(&self, _start: Start<u32>) -> Stop<()> {
        sleep(ms(9)).await;
        Stop(())
    }
    #[catch_error]
    async fn caught(&self, ctx: &Context<Self>, _failed: StepFailed) {
        ctx.publish("caught");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_one_loses_none_of_the_others() {
    for panics in ["a", "b", "c"] {
        for polls in 0..3 {
            let run = Three { panics }.run(polls).start();
            let others = ["a", "b", "c"].into_iter().filter(|name| *name != panics);
            let expected: Vec<_> = ["caught"].into_iter().chain(others).collect();
            assert_eq!(published(&run).await, expected, "{polls} polls before");
            run.await.unwrap();
        }
    }
}

// ---- drops at the end ----

/// Panics when it is dropped, unless that is because of another panic.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped a bomb");
    }
}

#[tokio::test(start_paused = true)]
async fn a_workflow_that_panics_when_it_is_dropped_changes_nothing() {
    #[workflow]
    struct Armed {
        _bomb: Bomb,
    }
    #[workflow]
    impl Armed {
        #[step]
        async fn one(&self, Start(n): Start<u32>) -> Stop<u32> {
            Stop(n)
        }
    }
    assert_eq!(Armed { _bomb: Bomb }.run(3).start().await.unwrap(), 3);
    assert_eq!(Armed { _bomb: Bomb }.run(4).await.unwrap(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_queued_event_that_panics_when_it_is_dropped_changes_nothing() {
    #[event]
    struct Armed {
        bomb: Option<Bomb>,
    }
    #[workflow]
    struct Queued;
    #[workflow]
    impl Queued {
        #[step]
        async fn emit(&self, _start: Start<()>) -> (Armed, Armed) {
            (Armed { bomb: None }, Armed { bomb: Some(Bomb) })
        }
        #[step(workers = 1)]
        async fn take(&self, armed: Armed) -> Stop<bool> {
            Stop(armed.bomb.is_none())
        }
    }
    assert!(Queued.run(()).start().await.unwrap());
    assert!(Queued.run(()).await.unwrap());
}

// ---- runs of which nothing goes on ----

/// Adds what it is told until that is 0.
#[workflow(state = u32)]
struct Sum;

#[workflow]
impl Sum {
    #[step]
    async fn ask(&self, _start: Start<()>) -> InputRequired<u32> {
        InputRequired(0)
    }
    #[step]
    async fn add(
        &self,
        ctx: &Context<Self>,
        HumanResponse(n): HumanResponse<u32>,
    ) -> OneOf<InputRequired<u32>, Stop<u32>> {
        let sum = ctx.state().get() + n;
        ctx.state().set(sum);
        if n == 0 { Stop(sum).emit() } else { InputRequired(sum).emit() }
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_may_wait_and_go_on_thousands_of_times() {
    let run = Sum.run(()).start();
    let mut events = run.events();
    for sum in 0..3000 {
        assert!(matches!(events.next().await, Some(RunEvent::InputRequired(n)) if n == sum));
        assert!(matches!(events.next().await, Some(RunEvent::Idle)));
        run.send(HumanResponse(1)).unwrap();
    }
    run.send(HumanResponse(0)).unwrap();
    assert_eq!(run.await.unwrap(), 3000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_of_many_threads_are_all_taken() {
    for _ in 0..100 {
        let run = Arc::new(Sum.run(()).start());
        let send = || {
            let run = Arc::clone(&run);
            std::thread::spawn(move || (0..25).for_each(|_| run.send(HumanResponse(1)).unwrap()))
        };
        let threads = [(); 4].map(|()| send());
        for thread in threads {
            thread.join().unwrap();
        }
        run.send(HumanResponse(0)).unwrap();
        assert_eq!(run.result().await.unwrap(), 100);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_is_written_down_by_several_at_once() {
    // SN-11
    let run = Sum.run(()).start();
    let_others_run().await;
    run.send(HumanResponse(3)).unwrap();
    let_others_run().await;
    let (one, two) = tokio::join!(run.snapshot(), run.snapshot());
    run.send(HumanResponse(0)).unwrap();
    assert_eq!(run.await.unwrap(), 3);
    for snapshot in [one.unwrap(), two.unwrap()] {
        let run = Sum.resume(snapshot).start();
        let_others_run().await;
        run.send(HumanResponse(4)).unwrap();
        let_others_run().await;
        let again = run.snapshot().await.unwrap();
        run.send(HumanResponse(0)).unwrap();
        assert_eq!(run.await.unwrap(), 7);

        let run = Sum.resume(again).step_events(true).start();
        run.send(HumanResponse(0)).unwrap();
        let executions: Vec<_> = events_of(&run).await.iter().filter_map(number).collect();
        assert_eq!(executions, [4, 4], "the numbers go on");
    }
}

/// The number of the execution of which an event tells.
fn number<W: Workflow>(event: &RunEvent<W>) -> Option<u64> {
    match event {
        RunEvent::Step(step) => Some(step.execution),
        _ => None,
    }
}

// ---- runs of one execution ----

#[event]
struct Turn(u32);

/// A loop that waits in every other turn.
#[workflow(state = u32)]
struct Chain {
    gate: Arc<Semaphore>,
}

#[workflow]
impl Chain {
    #[step]
    async fn begin(&self, Start(n): Start<u32>) -> Turn {
        Turn(n)
    }
    #[step]
    async fn turn(&self, ctx: &Context<Self>, Turn(n): Turn) -> OneOf<Turn, Stop<u32>> {
        if n.is_multiple_of(2) {
            self.gate.acquire().await.unwrap().forget();
        }
        let turns = ctx.state().get() + 1;
        ctx.state().set(turns);
        if n == 0 { Stop(turns).emit() } else { Turn(n - 1).emit() }
    }
}

#[tokio::test(start_paused = true)]
async fn a_chain_is_gone_on_with_from_each_of_its_turns() {
    // SN-11
    let gate = Arc::new(Semaphore::new(0));
    let run = Chain { gate: Arc::clone(&gate) }.run(30).start();
    let mut snapshots = Vec::new();
    for _ in 0..16 {
        let_others_run().await;
        snapshots.push(run.snapshot().await.unwrap());
        gate.add_permits(1);
    }
    assert_eq!(run.await.unwrap(), 31);
    for snapshot in snapshots {
        let run = Chain { gate: Arc::new(Semaphore::new(16)) }.resume(snapshot).step_events(true).start();
        assert_eq!(events_of(&run).await.iter().filter_map(number).max(), Some(32));
        assert_eq!(run.await.unwrap(), 31);
    }
}

#[tokio::test(start_paused = true)]
async fn a_state_that_panics_when_it_is_copied_at_the_end_fails_the_step_that_ran_last() {
    #[workflow(state = Unclonable)]
    struct Waits;
    #[workflow]
    impl Waits {
        #[step]
        async fn wait(&self, _start: Start<()>) -> Stop<()> {
            sleep(ms(5)).await;
            Stop(())
        }
    }

    // What is left of a run that was cancelled can be gone on with, and is copied for that.
    let run = Waits.run(()).start();
    tokio::task::yield_now().await;
    run.cancel();
    let error = run.await.unwrap_err();
    assert_eq!(failure(error), ("wait", "panicked: do not copy".to_owned()));
}

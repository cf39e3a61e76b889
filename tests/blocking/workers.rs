//! Workers and timeouts of blocking steps: what runs on a thread counts, and what waits for one does not.

use super::{Gate, GateControl, executors};
use std::sync::{
    Arc,
    atomic::{AtomicU32, AtomicUsize, Ordering},
};
use tokio::time::{Instant, advance, sleep};
use workflows_runtime::{Executors, Overrun, QueueTimedOut, RunHandle, StepPhase, StepTimedOut, prelude::*};
use workflows_tests::{events_of, failure, let_others_run, ms, secs};

/// Counts the code that runs at the same time.
#[derive(Default)]
struct Running {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Running {
    fn count<T>(&self, body: impl FnOnce() -> T) -> T {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let output = body();
        self.now.fetch_sub(1, Ordering::SeqCst);
        output
    }
}

#[event]
struct Item(u32);
#[event]
struct Done(u32);

/// The next arrival, while the paused clock does not move.
async fn started(control: &mut GateControl) -> u32 {
    control.started.recv().await.unwrap()
}

/// Passes the time while code is on threads, which holds the paused clock.
async fn pass(time: Duration) {
    let_others_run().await;
    advance(time).await;
    let_others_run().await;
}

#[workflow]
struct Retried {
    gate: Gate,
    running: Arc<Running>,
}

#[workflow]
impl Retried {
    #[step(workers = 1, timeout = "1s", retry = Retry::fixed(Duration::from_secs(1)).max_attempts(4))]
    #[blocking(io)]
    fn work(&self, ctx: &Context<Self>, _: Start<()>) -> Stop<u32> {
        let attempt = ctx.attempt().number;
        self.running.count(|| self.gate.pass(attempt));
        Stop(attempt)
    }
}

#[tokio::test(start_paused = true)]
async fn retry_starts_when_the_attempt_before_has_ended() {
    let (gate, mut control) = Gate::new();
    let running = Arc::new(Running::default());
    let run = Retried { gate, running: Arc::clone(&running) }.run(()).executors(&executors(8, 1)).start();
    for attempt in 1..4 {
        assert_eq!(started(&mut control).await, attempt);
        // The timeout, and the delay.
        pass(secs(1)).await;
        pass(secs(1)).await;
        pass(secs(1)).await;
        assert!(control.started.try_recv().is_err(), "the worker is held");
        control.open.send(()).unwrap();
    }
    assert_eq!(started(&mut control).await, 4);
    control.open.send(()).unwrap();
    assert_eq!(run.await.unwrap(), 4);
    assert_eq!(running.most.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn run_in_place_holds_workers_as_well() {
    let (gate, mut control) = Gate::new();
    let running = Arc::new(Running::default());
    let run = Retried { gate, running: Arc::clone(&running) }.run(()).into_future();
    let test = async {
        for attempt in 1..=2 {
            assert_eq!(started(&mut control).await, attempt);
            if attempt == 1 {
                pass(secs(3)).await;
                pass(secs(3)).await;
                assert!(control.started.try_recv().is_err(), "the worker is held");
            }
            control.open.send(()).unwrap();
        }
    };
    let (result, ()) = tokio::join!(run, test);
    assert_eq!(result.unwrap(), 2);
    assert_eq!(running.most.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn retry_delay_counts_while_the_worker_is_held() {
    let (gate, mut control) = Gate::new();
    let running = Arc::new(Running::default());
    let run = Retried { gate, running }.run(()).executors(&executors(8, 1)).start();
    assert_eq!(started(&mut control).await, 1);
    pass(secs(1)).await;
    control.open.send(()).unwrap();
    let since = Instant::now();
    assert_eq!(started(&mut control).await, 2);
    assert_eq!(since.elapsed(), secs(1), "the code has ended before the delay");
    control.open.send(()).unwrap();
    assert_eq!(run.await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn queued_event_waits_for_abandoned_code_of_its_step() {
    #[workflow]
    struct Items {
        gate: Gate,
    }
    #[workflow]
    impl Items {
        #[step]
        async fn fan(&self, _: Start<()>) -> Vec<Item> {
            vec![Item(1), Item(2)]
        }
        #[step(workers = 1, timeout = "1s")]
        #[blocking(cpu)]
        fn work(&self, Item(n): Item) -> Done {
            self.gate.pass(n);
            Done(n)
        }
        #[catch_error(steps(work), max_recoveries = 2)]
        async fn recover(&self, _: StepFailed) -> Done {
            Done(0)
        }
        #[step]
        async fn gather(&self, all: Vec<Done>) -> Stop<Vec<u32>> {
            Stop(all.into_iter().map(|Done(n)| n).collect())
        }
    }
    let (gate, mut control) = Gate::new();
    let run = Items { gate }.run(()).executors(&executors(1, 4)).start();
    assert_eq!(started(&mut control).await, 1);
    pass(secs(1)).await;
    pass(secs(9)).await;
    assert!(control.started.try_recv().is_err(), "the worker is held");
    control.open.send(()).unwrap();
    assert_eq!(started(&mut control).await, 2);
    control.open.send(()).unwrap();
    assert_eq!(run.await.unwrap(), [0, 2]);
}

#[tokio::test(start_paused = true)]
async fn race_loser_holds_its_worker_while_it_runs() {
    #[event]
    struct Again(u32);

    #[workflow]
    struct Race {
        gate: Gate,
        running: Running,
    }
    #[workflow]
    impl Race {
        #[step]
        async fn fan(&self, _: Start<()>) -> Vec<Item> {
            vec![Item(1), Item(2)]
        }
        #[step(workers = 2)]
        #[blocking(io)]
        fn work(&self, Item(n): Item) -> Done {
            self.running.count(|| self.gate.pass(n));
            Done(n)
        }
        #[step]
        async fn won(&self, First([Done(n)]): First<Done, 1>) -> OneOf<Again, Stop<usize>> {
            if self.running.most.load(Ordering::SeqCst) > 1 && n > 2 {
                return Stop(self.running.most.load(Ordering::SeqCst)).emit();
            }
            Again(n).emit()
        }
        #[step]
        async fn again(&self, _: Again) -> Vec<Item> {
            vec![Item(3), Item(4)]
        }
    }
    let (gate, mut control) = Gate::new();
    let run = Race { gate, running: Running::default() }.run(()).executors(&executors(8, 1)).start();
    let mut first = [started(&mut control).await, started(&mut control).await];
    first.sort_unstable();
    assert_eq!(first, [1, 2]);
    control.open.send(()).unwrap();
    assert_eq!(started(&mut control).await, 3, "one worker is free");
    let_others_run().await;
    assert!(control.started.try_recv().is_err(), "the loser holds the other one");
    control.open.send(()).unwrap();
    control.open.send(()).unwrap();
    control.open.send(()).unwrap();
    assert_eq!(run.await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn calls_of_an_async_step_hold_its_worker() {
    #[blocking(io)]
    fn call(gate: Arc<Gate>, n: u32) {
        gate.pass(n);
    }
    #[workflow]
    struct Calls {
        gate: Arc<Gate>,
    }
    #[workflow]
    impl Calls {
        #[step(workers = 1, timeout = "1s", retry = Retry::immediate().max_attempts(2))]
        async fn work(&self, ctx: &Context<Self>, _: Start<()>) -> Stop<u32> {
            let attempt = ctx.attempt().number;
            let both = (call(Arc::clone(&self.gate), attempt * 10), call(Arc::clone(&self.gate), attempt * 10 + 1));
            tokio::join!(both.0, both.1);
            Stop(attempt)
        }
    }
    let (gate, mut control) = Gate::new();
    let run = Calls { gate: Arc::new(gate) }.run(()).start();
    started(&mut control).await;
    started(&mut control).await;
    pass(secs(1)).await;
    control.open.send(()).unwrap();
    pass(secs(1)).await;
    assert!(control.started.try_recv().is_err(), "one of both calls still runs");
    control.open.send(()).unwrap();
    assert!(started(&mut control).await >= 20);
    assert!(started(&mut control).await >= 20);
    control.open.send(()).unwrap();
    control.open.send(()).unwrap();
    assert_eq!(run.await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn run_that_ends_does_not_wait_for_held_workers() {
    #[workflow]
    struct Stalls {
        gate: Gate,
    }
    #[workflow]
    impl Stalls {
        #[step(workers = 1, timeout = "1s")]
        #[blocking(io)]
        fn work(&self, _: Start<()>) -> Done {
            self.gate.pass(1);
            Done(1)
        }
        #[catch_error(max_recoveries = 1)]
        async fn recover(&self, _: StepFailed) -> Option<Done> {
            None
        }
        #[step]
        async fn end(&self, _: Done) -> Stop<()> {
            Stop(())
        }
    }
    let (gate, mut control) = Gate::new();
    let run = Stalls { gate }.run(()).executors(&executors(1, 1)).start();
    assert_eq!(started(&mut control).await, 1);
    pass(secs(1)).await;
    assert!(matches!(run.await, Err(RunError::Stalled { .. })), "its code still runs");
    control.open.send(()).unwrap();
}

/// Occupies the only thread of the pool `embed`.
#[workflow]
struct Busy {
    gate: Gate,
}

#[workflow]
impl Busy {
    #[step]
    #[blocking(cpu, pool = "embed")]
    fn work(&self, _: Start<()>) -> Stop<()> {
        self.gate.pass(0);
        Stop(())
    }
}

/// Waits for that thread.
#[workflow]
struct Queues {
    gate: Gate,
    bodies: AtomicU32,
}

#[workflow]
impl Queues {
    #[step(timeout = "10s", queue_timeout = "5s")]
    #[blocking(cpu, pool = "embed")]
    fn work(&self, Start(n): Start<u32>) -> Stop<u32> {
        self.bodies.fetch_add(1, Ordering::SeqCst);
        self.gate.pass(n);
        Stop(n)
    }
}

async fn busy(executors: &Executors) -> (RunHandle<Busy>, GateControl) {
    let (gate, mut control) = Gate::new();
    let run = Busy { gate }.run(()).executors(executors).start();
    assert_eq!(started(&mut control).await, 0);
    (run, control)
}

#[tokio::test(start_paused = true)]
async fn step_timeout_excludes_the_queue_of_the_executor() {
    let executors = executors(1, 1);
    let (first, first_control) = busy(&executors).await;
    let (gate, mut control) = Gate::new();
    let run = Queues { gate, bodies: AtomicU32::new(0) }.run(1).executors(&executors).start();
    pass(secs(4)).await;
    first_control.open.send(()).unwrap();
    first.await.unwrap();
    assert_eq!(started(&mut control).await, 1);
    pass(secs(9)).await;
    assert!(!run.is_finished(), "it has run for nine seconds");
    pass(secs(1)).await;
    let error = run.await.unwrap_err();
    let timed_out: &StepTimedOut = error.downcast_ref().unwrap();
    assert_eq!((timed_out.after, timed_out.queued), (secs(10), secs(4)));
    assert_eq!(failure(error), ("work", "took longer than 10s, after 4s in the queue of its executor".to_owned()));
    control.open.send(()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn queue_timeout_fails_a_step_that_has_not_begun() {
    let executors = executors(1, 1);
    let (first, first_control) = busy(&executors).await;
    let (gate, mut control) = Gate::new();
    let workflow = Arc::new(Queues { gate, bodies: AtomicU32::new(0) });
    let run = Arc::clone(&workflow).run(1).step_events(true).executors(&executors).start();
    pass(secs(4)).await;
    assert!(!run.is_finished());
    pass(secs(1)).await;
    let error = run.result().await.unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&QueueTimedOut::new(secs(5))));
    assert_eq!(failure(error), ("work", "waited longer than 5s in the queue of its executor".to_owned()));
    let is_abandoned =
        |event: &RunEvent<_>| matches!(event, RunEvent::Step(step) if step.phase == StepPhase::Abandoned);
    assert!(!events_of(&run).await.iter().any(is_abandoned), "nothing has run");
    first_control.open.send(()).unwrap();
    first.await.unwrap();
    assert_eq!(workflow.bodies.load(Ordering::SeqCst), 0);
    assert!(control.started.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn retry_conditions_distinguish_queue_timeouts() {
    #[workflow]
    struct Retries {
        gate: Gate,
    }
    #[workflow]
    impl Retries {
        #[step(
            timeout = "10s",
            queue_timeout = "5s",
            retry = Retry::fixed(Duration::from_secs(1)).max_attempts(9).on::<QueueTimedOut>()
        )]
        #[blocking(cpu, pool = "embed")]
        fn work(&self, ctx: &Context<Self>, _: Start<()>) -> Stop<u32> {
            self.gate.pass(ctx.attempt().number);
            Stop(0)
        }
    }
    let executors = executors(1, 1);
    let (first, first_control) = busy(&executors).await;
    let (gate, mut control) = Gate::new();
    let run = Retries { gate }.run(()).executors(&executors).start();
    // Two attempts of five seconds each, with a delay of one.
    pass(secs(5)).await;
    pass(secs(1)).await;
    pass(secs(5)).await;
    pass(secs(1)).await;
    first_control.open.send(()).unwrap();
    first.await.unwrap();
    assert_eq!(started(&mut control).await, 3);
    pass(secs(10)).await;
    let error = run.await.unwrap_err();
    assert!(error.is::<StepTimedOut>(), "not retried: {error}");
    control.open.send(()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_attempt_fails_for_want_of_a_thread_by_default() {
    #[workflow]
    struct Patient {
        attempts: AtomicU32,
    }
    #[workflow]
    impl Patient {
        #[step(timeout = "1s", retry = Retry::immediate().max_attempts(3))]
        #[blocking(cpu, pool = "embed")]
        fn work(&self, _: Start<()>) -> Stop<u32> {
            Stop(self.attempts.fetch_add(1, Ordering::SeqCst))
        }
    }
    let executors = executors(1, 1);
    let (first, first_control) = busy(&executors).await;
    let run = Patient { attempts: AtomicU32::new(0) }.run(()).executors(&executors).start();
    pass(secs(9)).await;
    first_control.open.send(()).unwrap();
    first.await.unwrap();
    assert_eq!(run.await.unwrap(), 0, "it has begun once");
}

#[tokio::test(start_paused = true)]
async fn timeout_of_a_blocking_step_counts_for_its_resources_and_not_for_the_queue() {
    #[workflow]
    struct Needs {
        gate: Gate,
    }
    #[workflow]
    impl Needs {
        #[resource]
        async fn slow(&self) -> Slow {
            sleep(ms(600)).await;
            Slow
        }
        #[step(timeout = "1s")]
        #[blocking(cpu, pool = "embed")]
        fn work(&self, _: Start<()>, #[resource(slow)] _: &Slow) -> Stop<()> {
            self.gate.pass(1);
            Stop(())
        }
    }
    struct Slow;
    let executors = executors(1, 1);
    let (first, first_control) = busy(&executors).await;
    let (gate, mut control) = Gate::new();
    let run = Needs { gate }.run(()).executors(&executors).start();
    pass(ms(600)).await;
    pass(secs(9)).await;
    first_control.open.send(()).unwrap();
    first.await.unwrap();
    assert_eq!(started(&mut control).await, 1);
    pass(ms(300)).await;
    assert!(!run.is_finished());
    pass(ms(100)).await;
    let error = run.await.unwrap_err();
    let timed_out: &StepTimedOut = error.downcast_ref().unwrap();
    assert_eq!((timed_out.after, timed_out.queued), (secs(1), secs(9)));
    control.open.send(()).unwrap();
}

#[tokio::test]
async fn overrun_step_holds_its_worker_until_its_calls_end() {
    #[blocking(io)]
    fn call(gate: Arc<Gate>, n: u32) {
        gate.pass(n);
    }
    #[workflow]
    struct Overruns {
        gate: Arc<Gate>,
    }
    #[workflow]
    impl Overruns {
        #[step(workers = 1, retry = Retry::immediate().max_attempts(2))]
        async fn work(&self, ctx: &Context<Self>, _: Start<()>) -> Stop<u32> {
            let attempt = ctx.attempt().number;
            let mut call = Box::pin(call(Arc::clone(&self.gate), attempt));
            std::future::poll_fn(|cx| {
                let polled = call.as_mut().poll(cx);
                if attempt == 1 {
                    let begun = std::time::Instant::now();
                    while begun.elapsed() < ms(50) {}
                }
                polled
            })
            .await;
            Stop(attempt)
        }
    }
    let (gate, mut control) = Gate::new();
    let run = Overruns { gate: Arc::new(gate) }.run(()).on_overrun(Overrun::Fail).start();
    assert_eq!(started(&mut control).await, 1);
    let_others_run().await;
    assert!(control.started.try_recv().is_err(), "the worker is held");
    control.open.send(()).unwrap();
    assert_eq!(started(&mut control).await, 2);
    control.open.send(()).unwrap();
    assert_eq!(run.await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn resumed_run_starts_an_attempt_that_was_queued_again() {
    let executors = executors(1, 1);
    let (first, first_control) = busy(&executors).await;
    let (gate, mut control) = Gate::new();
    let workflow = Arc::new(Queues { gate, bodies: AtomicU32::new(0) });
    let run = Arc::clone(&workflow).run(1).executors(&executors).start();
    pass(secs(4)).await;
    let snapshot = run.snapshot().await.unwrap();
    run.cancel();
    drop(run.result().await);
    let resumed = workflow.resume(snapshot).executors(&executors).start();
    pass(secs(4)).await;
    assert!(!resumed.is_finished(), "it waits anew");
    first_control.open.send(()).unwrap();
    first.await.unwrap();
    assert_eq!(started(&mut control).await, 1);
    control.open.send(()).unwrap();
    assert_eq!(resumed.await.unwrap(), 1);
}

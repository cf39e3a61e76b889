//! No step starves another step, the thread, a timeout or a cancellation.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{sync::Notify, time::advance};
use workflows_runtime::{RunHandle, prelude::*};
use workflows_tests::{Log, let_others_run, ms, published, yield_once};

#[event]
struct Ping;
#[event]
struct Pong;

/// Two steps that never suspend, next to a step that ends the run.
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
            // From here on, `end` runs concurrently.
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
    /// Starts a run that has made many hops.
    async fn started(timeout: Option<Duration>) -> (RunHandle<Self>, Arc<Notify>, Log<&'static str>) {
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
async fn no_step_starts_after_a_concurrent_stop() {
    let (run, go, log) = Hops::started(None).await;
    go.notify_one();
    assert_eq!(published(&run).await.last(), Some(&"stop"));
    assert_eq!(log.take().last(), Some(&"stop"));
}

#[tokio::test(start_paused = true)]
async fn no_step_starts_after_cancel() {
    let (run, _go, log) = Hops::started(None).await;
    run.cancel();
    assert!(matches!(run.await, Err(RunError::Cancelled)));
    assert_eq!(log.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn hops_next_to_another_execution_time_out() {
    let (run, _go, log) = Hops::started(Some(ms(5))).await;
    advance(ms(10)).await;
    assert!(matches!(run.await, Err(RunError::TimedOut { .. })));
    assert!(log.take().len() < 300, "the run ends at the next check of the clock");
}

#[tokio::test(start_paused = true)]
async fn repeated_panics_starve_no_task() {
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
async fn self_waking_step_starves_no_step_and_no_task() {
    /// Three steps spin until the fourth one, which waits for another task, releases them.
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
async fn loop_without_suspension_starves_no_step() {
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
            // Occupies the driver's slot, so the next execution is boxed.
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
async fn self_waking_steps_do_not_starve_queued_steps() {
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

//! Steps that never wait for anything, by tokio's budget or otherwise: none starves another step, a timer or a
//! message. Compared with the same futures in a `FuturesUnordered`, by counting polls.

use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use std::{
    future::{pending, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
};
use tokio::{
    sync::Semaphore,
    task::{consume_budget, unconstrained, yield_now},
    time::advance,
};
use workflows_runtime::prelude::*;
use workflows_tests::{let_others_run, ms, yield_once};

/// The operation that a step repeats without ever waiting.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Work {
    /// Uses tokio's budget.
    Budget,
    /// The same, through a semaphore that always has a permit.
    Acquire,
    /// Wakes itself.
    Wake,
    /// Lets tokio wake it.
    Yield,
    /// Needs no budget, and wakes itself after a while.
    Unconstrained,
}

const WORKS: [Work; 5] = [Work::Budget, Work::Acquire, Work::Wake, Work::Yield, Work::Unconstrained];

impl Work {
    async fn once(self, semaphore: &Semaphore) {
        match self {
            Self::Budget => consume_budget().await,
            Self::Acquire => drop(semaphore.acquire().await),
            Self::Wake => yield_once().await,
            Self::Yield => yield_now().await,
            Self::Unconstrained => {
                let many = async {
                    for _ in 0..130 {
                        drop(semaphore.acquire().await);
                    }
                };
                unconstrained(many).await;
                yield_once().await;
            }
        }
    }
}

/// One that works and two that spin until the work is done.
struct Mix {
    work: Work,
    spin: Work,
    semaphore: Semaphore,
    is_done: AtomicBool,
    /// The polls of the worker and of both spinners together.
    work_polls: AtomicU32,
    spin_polls: AtomicU32,
}

/// The spinners give up after this many polls.
const TOO_MANY: u32 = 8_000;

impl Mix {
    fn new(work: Work, spin: Work) -> Arc<Self> {
        Arc::new(Self {
            work,
            spin,
            semaphore: Semaphore::new(10),
            is_done: AtomicBool::new(false),
            work_polls: AtomicU32::new(0),
            spin_polls: AtomicU32::new(0),
        })
    }

    async fn work(&self) {
        let work = async {
            for _ in 0..300 {
                self.work.once(&self.semaphore).await;
            }
            self.is_done.store(true, Relaxed);
        };
        counted(work, &self.work_polls).await;
    }

    async fn spin(&self) {
        let spin = async {
            while !self.is_done.load(Relaxed) && self.spin_polls.load(Relaxed) < TOO_MANY {
                self.spin.once(&self.semaphore).await;
            }
        };
        counted(spin, &self.spin_polls).await;
    }

    /// All three in the current task.
    async fn unordered(&self) {
        let futures: [BoxFuture<'_, ()>; 3] = [Box::pin(self.spin()), Box::pin(self.work()), Box::pin(self.spin())];
        let mut all = FuturesUnordered::from_iter(futures);
        while all.next().await.is_some() {}
    }
}

async fn counted(future: impl Future<Output = ()>, polls: &AtomicU32) {
    let mut future = pin!(future);
    poll_fn(|cx| {
        polls.fetch_add(1, Relaxed);
        future.as_mut().poll(cx)
    })
    .await;
}

#[event]
struct Done;

/// The same three as steps; the worker is the first, second or third one.
#[workflow]
struct Steps {
    mix: Arc<Mix>,
    worker: u32,
}

#[workflow]
impl Steps {
    #[step]
    async fn one(&self, _start: Start<()>) -> Done {
        self.part(0).await
    }
    #[step]
    async fn two(&self, _start: Start<()>) -> Done {
        self.part(1).await
    }
    #[step]
    async fn three(&self, _start: Start<()>) -> Done {
        self.part(2).await
    }
    #[step]
    async fn end(&self, _all: [Done; 3]) -> Stop<()> {
        Stop(())
    }
    async fn part(&self, number: u32) -> Done {
        if number == self.worker {
            self.mix.work().await;
        } else {
            self.mix.spin().await;
        }
        Done
    }
}

/// Two children next to each other, one of which has spinners only.
#[workflow]
struct Parent {
    mix: Arc<Mix>,
    worker: u32,
}

#[workflow]
impl Parent {
    #[step]
    async fn spinners(&self, ctx: &Context<Self>, _start: Start<()>) -> StepResult<Done> {
        ctx.run_child(Steps { mix: Arc::clone(&self.mix), worker: u32::MAX }, ()).await?;
        Ok(Done)
    }
    #[step]
    async fn all(&self, ctx: &Context<Self>, _start: Start<()>) -> StepResult<Done> {
        ctx.run_child(Steps { mix: Arc::clone(&self.mix), worker: self.worker }, ()).await?;
        Ok(Done)
    }
    #[step]
    async fn end(&self, _both: [Done; 2]) -> Stop<()> {
        Stop(())
    }
}

/// How the three are run.
#[derive(Debug, Clone, Copy)]
enum Mode {
    Unordered,
    InPlace,
    Started,
    Children,
}

/// Runs the mix; returns the polls of the worker and of the spinners.
fn polls(work: Work, spin: Work, mode: Mode, worker: u32) -> (u32, u32) {
    let mix = Mix::new(work, spin);
    let shared = Arc::clone(&mix);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async move {
        match mode {
            Mode::Unordered => {
                tokio::spawn(async move { shared.unordered().await }).await.unwrap();
            }
            Mode::InPlace => Steps { mix: shared, worker }.run(()).await.unwrap(),
            Mode::Started => Steps { mix: shared, worker }.run(()).start().await.unwrap(),
            Mode::Children => Parent { mix: shared, worker }.run(()).start().await.unwrap(),
        }
    });
    (mix.work_polls.load(Relaxed), mix.spin_polls.load(Relaxed))
}

#[test]
fn no_mix_of_steps_starves_one_of_them() {
    for work in WORKS {
        for spin in WORKS {
            let (_, unordered) = polls(work, spin, Mode::Unordered, 0);
            for mode in [Mode::InPlace, Mode::Started, Mode::Children] {
                for worker in 0..3 {
                    let (worked, spun) = polls(work, spin, mode, worker);
                    let spinners = if matches!(mode, Mode::Children) { 5 } else { 2 };
                    let fair = 2 * spinners * worked + 16;
                    assert!(
                        spun <= fair.max(spinners * unordered),
                        "{work:?} next to {spin:?}, {mode:?}, step {worker}: {worked} polls, {spun} of the others"
                    );
                }
            }
        }
    }
}

/// Steps that never stop using the budget, next to a step with a timeout, a retry and a wait.
#[workflow]
struct Greedy {
    work: Work,
    semaphore: Semaphore,
    polls: Arc<AtomicU32>,
}

#[workflow]
impl Greedy {
    #[step]
    async fn greedy(&self, _start: Start<()>) -> Option<Stop<bool>> {
        self.greed().await;
        Some(Stop(false))
    }
    #[step(timeout = "500ms")]
    async fn greedy_with_timeout(&self, _start: Start<()>) -> Option<Stop<bool>> {
        self.greed().await;
        None
    }
    #[catch_error(steps(greedy_with_timeout))]
    async fn late(&self, _failed: StepFailed) -> Option<Stop<bool>> {
        Some(Stop(true))
    }
}

impl Greedy {
    async fn greed(&self) {
        let greed = async {
            while self.polls.load(Relaxed) < 4 * TOO_MANY {
                self.work.once(&self.semaphore).await;
            }
        };
        counted(greed, &self.polls).await;
    }
    fn new(work: Work) -> (Self, Arc<AtomicU32>) {
        let polls = Arc::default();
        (Self { work, semaphore: Semaphore::new(10), polls: Arc::clone(&polls) }, polls)
    }
}

#[tokio::test(start_paused = true)]
async fn greedy_step_times_out() {
    for work in WORKS {
        let (flow, polls) = Greedy::new(work);
        let run = flow.run(()).start();
        let_others_run().await;
        let before = polls.load(Relaxed);
        advance(ms(500)).await;
        assert!(run.await.unwrap(), "{work:?}");
        assert!(polls.load(Relaxed) - before < 20);
    }
}

#[tokio::test(start_paused = true)]
async fn greedy_run_times_out_and_can_be_cancelled() {
    for work in WORKS {
        let (flow, polls) = Greedy::new(work);
        let run = flow.run(()).timeout(ms(100)).start();
        let_others_run().await;
        let before = polls.load(Relaxed);
        advance(ms(100)).await;
        assert!(matches!(run.await, Err(RunError::TimedOut { .. })), "{work:?}");
        assert!(polls.load(Relaxed) - before < 20);

        let (flow, polls) = Greedy::new(work);
        let run = flow.run(()).start();
        let_others_run().await;
        let before = polls.load(Relaxed);
        run.cancel();
        assert!(matches!(run.await, Err(RunError::Cancelled)), "{work:?}");
        assert!(polls.load(Relaxed) - before < 20);
    }
}

/// A step that is always pending gets no polls because of a step that is always ready.
#[tokio::test(start_paused = true)]
async fn waiting_step_is_not_polled_for_another_one() {
    #[workflow]
    struct Flow {
        polls: Arc<AtomicU32>,
    }
    #[workflow]
    impl Flow {
        #[step]
        async fn wait(&self, _start: Start<()>) -> Option<Stop<()>> {
            counted(pending(), &self.polls).await;
            None
        }
        #[step]
        async fn busy(&self, _start: Start<()>) -> Stop<()> {
            for _ in 0..1000 {
                yield_once().await;
            }
            Stop(())
        }
    }
    let polls = Arc::default();
    Flow { polls: Arc::clone(&polls) }.run(()).start().await.unwrap();
    assert!(polls.load(Relaxed) <= 2, "{polls:?}");
}

#[tokio::test(start_paused = true)]
async fn retry_and_wait_are_on_time_next_to_a_greedy_step() {
    #[workflow]
    struct Flow {
        semaphore: Semaphore,
        polls: Arc<AtomicU32>,
    }
    #[workflow]
    impl Flow {
        #[step]
        async fn greedy(&self, _start: Start<()>) -> Option<Stop<u32>> {
            let greed = async {
                while self.polls.load(Relaxed) < TOO_MANY {
                    drop(self.semaphore.acquire().await);
                }
            };
            counted(greed, &self.polls).await;
            Some(Stop(0))
        }
        #[step(retry = Retry::fixed(ms(100)).max_attempts(2))]
        async fn retried(&self, ctx: &Context<Self>, _start: Start<()>) -> StepResult<Done> {
            if ctx.attempt().number == 1 { Err(StepError::msg("first")) } else { Ok(Done) }
        }
        #[step]
        async fn sleeps(&self, _start: Start<()>) -> Done {
            tokio::time::sleep(ms(100)).await;
            Done
        }
        #[step]
        async fn end(&self, _both: [Done; 2]) -> Stop<u32> {
            Stop(self.polls.load(Relaxed))
        }
    }
    let polls = Arc::default();
    let run = Flow { semaphore: Semaphore::new(1), polls: Arc::clone(&polls) }.run(()).start();
    let_others_run().await;
    let before = polls.load(Relaxed);
    advance(ms(100)).await;
    let after = run.await.unwrap();
    assert!((1..before + 20).contains(&after), "{before} polls before, {after} after");
}

/// Each hop takes long but is never pending, and the run has a timeout.
#[tokio::test(start_paused = true)]
async fn slices_of_slow_hops_become_shorter() {
    #[event]
    struct Again;
    #[workflow]
    struct Slow {
        hops: Arc<AtomicU32>,
    }
    #[workflow]
    impl Slow {
        #[step]
        async fn begin(&self, _start: Start<()>) -> Again {
            Again
        }
        #[step]
        async fn again(&self, _again: Again) -> OneOf<Again, Stop<()>> {
            // Advances the paused clock without being pending.
            let _advancing = futures::poll!(pin!(advance(ms(1))));
            if self.hops.fetch_add(1, Relaxed) < 2000 { Again.emit() } else { Stop(()).emit() }
        }
    }
    let hops = Arc::default();
    let run = Slow { hops: Arc::clone(&hops) }.run(()).timeout(ms(200)).start();
    assert!(matches!(run.await, Err(RunError::TimedOut { .. })));
    let hops = hops.load(Relaxed);
    assert!(hops < 210, "timed out after {hops} hops of a millisecond each");
}

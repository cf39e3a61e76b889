//! A job: blocking work on its way to a thread, and its result on the way back, in one allocation.
//!
//! | state | set by | meaning |
//! |---|---|---|
//! | `Queued` | `JobCell::new` | holds the work |
//! | `Running` | the pool's thread | the thread has taken the work |
//! | `Ended` | the pool's thread | holds the result, which the future does not see yet |
//! | `Delivered` | the pool's thread | the future takes the result |
//! | `Refused` | a shutdown | the work was dropped, and the future returns an error |
//! | `Withdrawn` | dropping the future | the work was dropped, or its result will be |
//!
//! Invariant: the work and its result are dropped by [`discard`](crate::panics::discard), so a destructor that panics
//! ends neither a thread of a pool nor the process. Nothing of the user is dropped or woken under a lock.

use super::{
    crossing::{Caught, Crossing, Payload},
    paused_clock::ClockHold,
    scope::{Hold, Origin},
};
use crate::{
    panics::{discard, suppress_panic},
    sync::{Mutex, MutexGuard},
};
use std::{
    mem,
    sync::PoisonError,
    task::{Context, Poll, Waker},
};

/// A job as its pool sees it.
///
/// Invariant: [`start`](Self::start), [`refuse`](Self::refuse) and [`withdraw`](PendingJob::withdraw) are called under
/// the lock of the pool, so its queue knows which jobs can start. All else is called without it.
pub(super) trait Job: Send + Sync {
    /// Returns whether the job can run: it is still queued.
    fn start(&self) -> bool;
    /// Returns whether the future was dropped before the end of the work.
    fn is_withdrawn(&self) -> bool;
    /// Runs the work of a job that was started, and drops what it has of the user but its result. Does not unwind.
    fn run(&self) -> Ended;
    /// Wakes the future of a job whose end is [needed](Ended::Needed). Call it after the pool has counted the job, whose
    /// receiver may submit the next one at once.
    ///
    /// Drops nothing of the user, so it does not delay a job that the thread has taken meanwhile.
    fn deliver(&self);
    /// Ends a queued job without running it. Returns whether it was queued.
    fn refuse(&self) -> bool;
    /// Drops everything of a job that was abandoned, refused or withdrawn, which may take long, and wakes the future if
    /// it was refused. Call it after the pool has counted the job.
    fn settle(&self);
}

/// A job as its future sees it.
pub(super) trait PendingJob<T>: Job {
    /// Returns whether the job has ended. Registers the waker if there is none yet.
    fn poll(&self, cx: &mut Context<'_>) -> Poll<()>;
    /// Takes the result of a job that has ended, or `None` of one that was refused.
    fn take(&self) -> Option<Caught<T>>;
    /// Withdraws the job. If its work still runs, `hold` is dropped after the work has ended. If not, the caller
    /// [settles](Job::settle) it.
    fn withdraw(&self, hold: Option<Hold>) -> Withdrawal;
}

/// How work has ended on its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Its future waits for the result.
    Needed,
    /// It was withdrawn meanwhile, and its result has been dropped.
    Abandoned,
}

/// The effect of withdrawing a job.
pub(super) enum Withdrawal {
    /// The work has not started.
    Queued,
    /// The work is still running, for this execution. `None` outside of a run.
    Running(Option<Origin>),
    /// The work has ended before.
    Ended,
}

/// Blocking work and the place of its result.
///
/// Invariant: a settled job holds no value of the user. Withdrawn jobs may stay in a queue for a while.
pub(super) struct JobCell<T, F> {
    locked: Mutex<Locked<F>>,
    /// There from the end of the work until the future takes it. Behind a lock of its own, because it may be large, and
    /// would be copied with the rest.
    output: Mutex<Option<T>>,
}

struct Locked<F> {
    state: State,
    content: Content<F>,
    waker: Option<Waker>,
    extras: Option<Box<Extras>>,
    /// Whether the future must be pending once, however fast the work was: in a test, the order in which steps return
    /// does not depend on threads.
    pends_once: bool,
}

/// Work before it begins, or the panic that it has ended with.
enum Content<F> {
    Work(Crossing<F>),
    Panic(Payload),
    Nothing,
}

/// What most jobs outside of runs lack. In a box: malloc is slower for a cell of more than 120 bytes.
#[derive(Default)]
struct Extras {
    /// The execution that the work belongs to, and to report to if the work outlives it.
    origin: Option<Origin>,
    /// Set by the withdrawal of work that still runs. Dropped after the work has ended.
    hold: Option<Hold>,
    /// Dropped after everything else: only then may the clock of a test advance.
    clock: Option<ClockHold>,
}

impl<F> Locked<F> {
    fn origin(&self) -> Option<Origin> {
        self.extras.as_ref().and_then(|extras| extras.origin.clone())
    }

    fn take_panic(&mut self) -> Option<Payload> {
        match mem::replace(&mut self.content, Content::Nothing) {
            Content::Panic(payload) => Some(payload),
            // The work of a refused job is not dropped under the lock.
            content => {
                self.content = content;
                None
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Queued,
    Running,
    Ended,
    Delivered,
    Refused,
    Withdrawn,
}

impl<T, F> JobCell<T, F> {
    /// With a waker, the future counts as polled.
    pub(super) fn new(
        origin: Option<Origin>,
        work: Crossing<F>,
        clock: Option<ClockHold>,
        waker: Option<Waker>,
    ) -> Self {
        let pends_once = clock.is_some() && waker.is_none();
        let extras = if origin.is_some() || clock.is_some() {
            Some(Box::new(Extras { origin, hold: None, clock }))
        } else {
            None
        };
        let locked = Locked { state: State::Queued, content: Content::Work(work), waker, extras, pends_once };
        Self { locked: Mutex::new(locked), output: Mutex::new(None) }
    }

    fn lock(&self) -> MutexGuard<'_, Locked<F>> {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn output(&self) -> MutexGuard<'_, Option<T>> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops the output of a job that was withdrawn.
    fn discard_output(&self) {
        let output = self.output().take();
        discard(output);
    }

    /// Moves a job that is queued to another state.
    fn leave_queue(&self, to: State) -> bool {
        let mut locked = self.lock();
        let is_queued = locked.state == State::Queued;
        if is_queued {
            locked.state = to;
        }
        is_queued
    }
}

impl<T: Send, F: FnOnce() -> T + Send> Job for JobCell<T, F> {
    fn start(&self) -> bool {
        self.leave_queue(State::Running)
    }

    fn is_withdrawn(&self) -> bool {
        self.lock().state == State::Withdrawn
    }

    fn run(&self) -> Ended {
        let mut locked = self.lock();
        let content = mem::replace(&mut locked.content, Content::Nothing);
        let origin = locked.origin();
        drop(locked);
        let Content::Work(work) = content else { return Ended::Abandoned };
        let panic = work.run(origin, |output| *self.output() = Some(output)).err();
        if panic.is_some() {
            // A hook may panic after the work has returned.
            self.discard_output();
        }
        let mut locked = self.lock();
        if locked.state == State::Withdrawn {
            drop(locked);
            self.discard_output();
            discard(panic);
            return Ended::Abandoned;
        }
        if let Some(payload) = panic {
            locked.content = Content::Panic(payload);
        }
        locked.state = State::Ended;
        let origin = locked.extras.as_mut().and_then(|extras| extras.origin.take());
        drop(locked);
        // Not later: once the future is ready, this may be the last reference to the run.
        discard(origin);
        Ended::Needed
    }

    fn deliver(&self) {
        let mut locked = self.lock();
        if locked.state != State::Ended {
            // Settled by the future, which was dropped meanwhile.
            return;
        }
        locked.state = State::Delivered;
        let waker = locked.waker.take();
        // The hold of the clock: the origin was dropped.
        let extras = locked.extras.take();
        drop(locked);
        wake(waker);
        drop(extras);
    }

    fn refuse(&self) -> bool {
        self.leave_queue(State::Refused)
    }

    fn settle(&self) {
        let mut locked = self.lock();
        let is_withdrawn = locked.state == State::Withdrawn;
        let content = mem::replace(&mut locked.content, Content::Nothing);
        let waker = locked.waker.take();
        let extras = locked.extras.take();
        drop(locked);
        let Extras { origin, hold, clock } = match extras {
            Some(extras) => *extras,
            None => Extras::default(),
        };
        discard(content);
        self.discard_output();
        // It may be the last reference to the run.
        discard(origin);
        if !is_withdrawn {
            wake(waker);
        }
        drop(hold);
        drop(clock);
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        // It may run the user's code.
        suppress_panic(&mut || waker.wake_by_ref());
    }
}

impl<T: Send, F: FnOnce() -> T + Send> PendingJob<T> for JobCell<T, F> {
    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut locked = self.lock();
        let pends = mem::take(&mut locked.pends_once);
        match locked.state {
            State::Delivered | State::Refused if pends => {
                drop(locked);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            State::Delivered | State::Refused => return Poll::Ready(()),
            State::Queued | State::Running | State::Ended | State::Withdrawn => {}
        }
        if locked.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            return Poll::Pending;
        }
        let old = locked.waker.replace(cx.waker().clone());
        drop(locked);
        drop(old);
        Poll::Pending
    }

    fn take(&self) -> Option<Caught<T>> {
        // Work that has panicked has no output.
        let output = self.output().take();
        match output {
            Some(output) => Some(Ok(output)),
            None => self.lock().take_panic().map(Err),
        }
    }

    fn withdraw(&self, hold: Option<Hold>) -> Withdrawal {
        let mut locked = self.lock();
        let before = mem::replace(&mut locked.state, State::Withdrawn);
        match before {
            State::Queued => Withdrawal::Queued,
            State::Running => {
                if hold.is_some() {
                    locked.extras.get_or_insert_default().hold = hold;
                }
                Withdrawal::Running(locked.origin())
            }
            State::Ended | State::Delivered | State::Refused | State::Withdrawn => Withdrawal::Ended,
        }
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::{
        super::{Executors, hop::Hop},
        *,
    };
    use std::sync::Arc;

    /// The counts of an `Arc`.
    const COUNTS: usize = 2 * size_of::<usize>();

    // Larger blocks are merged and split by glibc's malloc under a lock, which takes a fifth of the time of such a call.
    #[cfg(target_pointer_width = "64")]
    #[test]
    fn small_call_has_small_allocations() {
        assert!(COUNTS + size_of::<JobCell<u64, fn() -> u64>>() <= 120);
        // With the 72 bytes that `FuturesUnordered` and an async block add.
        assert!(72 + size_of::<Hop<u64, fn() -> u64>>() <= 120);
    }

    #[test]
    fn work_of_a_refused_job_is_dropped_when_it_settles() {
        let held = Arc::new(());
        let of_work = Arc::clone(&held);
        let executors = Executors::builder().build().unwrap();
        let work = Crossing::new(&executors, "io", None, false, None, move || drop(of_work));
        let job = JobCell::new(None, work, None, None);
        assert!(job.refuse());
        assert!(job.take().is_none());
        assert_eq!(Arc::strong_count(&held), 2, "its future takes no work");
        job.settle();
        assert_eq!(Arc::strong_count(&held), 1);
    }
}

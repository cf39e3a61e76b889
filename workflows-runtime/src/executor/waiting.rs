//! The jobs that wait for other work of this crate, and do not count against the bound of their pool meanwhile.

use super::{
    Executors, Origin, Scope,
    pool::{Inner, State},
};
use crate::{
    engine::ExecutionId,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
        thread_local,
    },
};
use std::{
    cell::{Cell, RefCell},
    sync::{Arc, PoisonError},
};

thread_local! {
    /// Whether `THREAD` is set: it has a destructor, so an access to it costs more than a poll of most futures.
    static IS_OF_POOL: Cell<bool> = const { Cell::new(false) };

    /// Set on the threads of pools.
    static THREAD: RefCell<Option<Arc<ThreadWaits>>> = const { RefCell::new(None) };
}

/// The waits of the job that runs on a thread.
///
/// Invariant: the fields change under the lock of the pool.
pub(super) struct ThreadWaits {
    pool: Arc<Inner>,
    /// The number of jobs that the thread has ended. A future may outlive the job that has polled it.
    job: AtomicUsize,
    /// The futures that the job waits for.
    count: AtomicUsize,
    /// The last blocking step that has begun on the thread, with the number of its job.
    step: Mutex<Option<(usize, StepKey)>>,
}

/// An attempt of a step, in the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct StepKey {
    /// The address of the run, which an attempt that has not ended keeps.
    run: usize,
    execution: ExecutionId,
}

impl StepKey {
    fn new(scope: *const (impl Scope + ?Sized), execution: ExecutionId) -> Self {
        Self { run: scope.cast::<()>() as usize, execution }
    }
}

/// The code of the current step begins on this thread of a pool, and ends with its job.
pub(super) fn step_begins() {
    let Some(Origin { scope, execution, .. }) = Origin::current() else { return };
    let Ok(Some(thread)) = THREAD.try_with(|thread| thread.borrow().clone()) else { return };
    let job = thread.job.load(Ordering::Relaxed);
    *thread.step.lock().unwrap_or_else(PoisonError::into_inner) =
        Some((job, StepKey::new(Arc::as_ptr(&scope), execution)));
}

impl ThreadWaits {
    /// Returns those of the current thread, which belongs to `pool` from now on.
    pub(super) fn enter(pool: &Arc<Inner>) -> Arc<Self> {
        let waits = Arc::new(Self {
            pool: Arc::clone(pool),
            job: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            step: Mutex::new(None),
        });
        THREAD.with(|thread| thread.replace(Some(Arc::clone(&waits))));
        IS_OF_POOL.with(|is_of_pool| is_of_pool.set(true));
        waits
    }

    /// The current thread runs no job any more, but destructors of thread-locals.
    pub(super) fn leave() {
        IS_OF_POOL.with(|is_of_pool| is_of_pool.set(false));
        THREAD.with(|thread| thread.replace(None));
    }

    fn executes(&self, key: StepKey) -> bool {
        let job = self.job.load(Ordering::Relaxed);
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) == Some((job, key))
    }

    /// Ends the job. Returns whether it has left futures behind that it waited for.
    pub(super) fn end(&self) -> bool {
        self.job.fetch_add(1, Ordering::Relaxed);
        self.count.swap(0, Ordering::Relaxed) > 0
    }
}

/// Whether the current thread belongs to a pool.
#[inline]
pub(crate) fn is_pool_thread() -> bool {
    IS_OF_POOL.try_with(Cell::get).unwrap_or(false)
}

/// Excludes the current thread of a pool from the bound of that pool while its job waits.
pub(crate) struct Waiting {
    thread: Arc<ThreadWaits>,
    job: usize,
}

impl Waiting {
    /// Returns `None` on a thread that belongs to no pool.
    fn on_this_thread() -> Option<Self> {
        let thread = THREAD.try_with(|thread| thread.borrow().clone()).ok().flatten()?;
        let pool = Arc::clone(&thread.pool);
        Some(Self::begin(thread, &mut pool.lock()))
    }

    /// Excludes the thread that executes a blocking step, which waits in a closure on another thread, as one of rayon.
    /// Returns `None` if no thread executes the step.
    pub(crate) fn of_step(executors: &Executors, scope: &impl Scope, execution: ExecutionId) -> Option<Self> {
        let key = StepKey::new(scope, execution);
        for pool in executors.pools() {
            let mut state = pool.lock();
            if let Some(thread) = state.waits.iter().find(|thread| thread.executes(key)) {
                return Some(Self::begin(Arc::clone(thread), &mut state));
            }
        }
        None
    }

    fn begin(thread: Arc<ThreadWaits>, state: &mut State) -> Self {
        if thread.count.fetch_add(1, Ordering::Relaxed) == 0 {
            state.waiting += 1;
            // Without a thread the job stays queued until one is free.
            let _ = thread.pool.activate(state);
        }
        let job = thread.job.load(Ordering::Relaxed);
        Self { thread, job }
    }

    /// Notes the outcome of a poll on this thread: it waits until the future is ready, or dropped. `P` is `Self` or a box.
    // The output is not moved through this call.
    #[inline]
    pub(crate) fn note<P: From<Self>>(waiting: &mut Option<P>, is_pending: bool) {
        if waiting.is_some() || is_pending && is_pool_thread() {
            Self::change(waiting, is_pending);
        }
    }

    #[cold]
    fn change<P: From<Self>>(waiting: &mut Option<P>, is_pending: bool) {
        if !is_pending {
            *waiting = None;
        } else if waiting.is_none() {
            *waiting = Self::on_this_thread().map(P::from);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.thread.pool.lock();
        let is_same_job = self.thread.job.load(Ordering::Relaxed) == self.job;
        if is_same_job && self.thread.count.fetch_sub(1, Ordering::Relaxed) == 1 {
            state.waiting -= 1;
        }
    }
}

//! Models of the pools of threads, of their jobs and of the hop.

mod hop;
mod job;
mod pool;

use super::{
    Executors, Origin, Scope,
    call_queue::CallQueue,
    crossing::Crossing,
    job::{JobCell, PendingJob},
    pool::{Pool, PoolSettings, QueuedJob},
};
use crate::{
    engine::ExecutionId,
    run_trace::Recording,
    step_event::StepEvent,
    sync::{
        atomic::{AtomicUsize, Ordering::SeqCst},
        switch, thread,
    },
    trace::CallerSpan,
};
use std::{future::poll_fn, sync::Arc};

/// A run with executors of its own.
struct TestRun {
    executors: Executors,
    abandoned: AtomicUsize,
    /// Called by the destructor.
    on_drop: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Drop for TestRun {
    fn drop(&mut self) {
        if let Some(on_drop) = &self.on_drop {
            on_drop();
        }
    }
}

impl Scope for TestRun {
    fn executors(&self) -> Option<&Executors> {
        Some(&self.executors)
    }

    fn span(&self, _execution: ExecutionId) -> Option<CallerSpan> {
        None
    }

    fn recording(&self) -> Option<&Recording> {
        None
    }

    fn call_queue(&self) -> Option<&Arc<CallQueue>> {
        None
    }

    fn abandoned(&self, _event: StepEvent) {
        self.abandoned.fetch_add(1, SeqCst);
    }

    fn queued(&self, _execution: ExecutionId) {}

    fn began(&self, _execution: ExecutionId) {}
}

fn test_run(threads: usize) -> Arc<TestRun> {
    test_run_with(threads, None)
}

fn test_run_with(threads: usize, on_drop: Option<Box<dyn Fn() + Send + Sync>>) -> Arc<TestRun> {
    let executors = Executors::builder().io_threads(1).cpu_threads(threads).build().expect("there are threads");
    Arc::new(TestRun { executors, abandoned: AtomicUsize::new(0), on_drop })
}

fn origin(run: &Arc<TestRun>) -> Origin {
    Origin { scope: Arc::<TestRun>::clone(run), step: "step", execution: ExecutionId::DETACHED }
}

fn pool(threads: usize) -> Arc<Pool> {
    let settings = PoolSettings { name: "io".to_owned(), threads, stack_size: None, queue_limit: None };
    Arc::new(Pool::new(settings).expect("there are threads"))
}

/// The jobs of a model.
#[derive(Default)]
struct Jobs {
    running: AtomicUsize,
    most_running: AtomicUsize,
    ran: AtomicUsize,
    dropped: AtomicUsize,
    outputs_dropped: AtomicUsize,
}

/// The values that work captures. Counts what happens to it.
struct Counted(Arc<Jobs>);

impl Counted {
    fn run(&self) -> Output {
        let running = self.0.running.fetch_add(1, SeqCst) + 1;
        self.0.most_running.fetch_max(running, SeqCst);
        switch();
        self.0.ran.fetch_add(1, SeqCst);
        self.0.running.fetch_sub(1, SeqCst);
        Output(Arc::clone(&self.0))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, SeqCst);
    }
}

/// The output of work.
struct Output(Arc<Jobs>);

impl Drop for Output {
    fn drop(&mut self) {
        self.0.outputs_dropped.fetch_add(1, SeqCst);
    }
}

impl Jobs {
    /// Waits until the work of this many jobs is dropped.
    fn await_drops(&self, number: usize) {
        while self.dropped.load(SeqCst) < number {
            thread::yield_now();
        }
        assert_eq!(self.dropped.load(SeqCst), number);
    }

    /// Waits until all outputs are dropped.
    fn await_output_drops(&self) {
        while self.outputs_dropped.load(SeqCst) < self.ran.load(SeqCst) {
            thread::yield_now();
        }
        assert_eq!(self.outputs_dropped.load(SeqCst), self.ran.load(SeqCst));
    }
}

/// A job that belongs to an execution.
fn job_of<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Arc<dyn PendingJob<T>> {
    job_in(&test_run(1), work)
}

/// A job of this run.
fn job_in<T: Send + 'static>(run: &Arc<TestRun>, work: impl FnOnce() -> T + Send + 'static) -> Arc<dyn PendingJob<T>> {
    let work = Crossing::new(&run.executors, "io", None, false, None, work);
    Arc::new(JobCell::new(Some(origin(run)), work, None, None))
}

fn job(jobs: &Arc<Jobs>) -> Arc<dyn PendingJob<Output>> {
    let counted = Counted(Arc::clone(jobs));
    job_of(move || counted.run())
}

fn submit(pool: &Pool, run: usize, jobs: &Arc<Jobs>) -> QueuedJob<Output> {
    pool.submit(run, job(jobs)).ok().expect("the pool is open")
}

/// Waits for a job. Returns `None` if it was refused.
async fn result<T>(job: &QueuedJob<T>) -> Option<T> {
    poll_fn(|cx| job.poll(cx)).await;
    match job.take() {
        Some(Ok(output)) => Some(output),
        Some(Err(_)) => panic!("the work panicked"),
        None => None,
    }
}

//! Models of the pools of threads and of the hop.

use super::{
    ExecutorError, Executors, Kind, Origin, Scope,
    job::Work,
    offload,
    offload::OffloadError,
    pool::{Pool, PoolSettings},
};
use crate::{
    engine::ExecutionId,
    step_event::StepEvent,
    sync::{
        atomic::{AtomicUsize, Ordering::SeqCst},
        model::check,
        oneshot, switch, thread,
    },
};
use shuttle::future::block_on;
use std::sync::Arc;

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
    delivered: AtomicUsize,
    dropped: AtomicUsize,
}

/// A job that counts what happens to it.
struct Counted {
    jobs: Arc<Jobs>,
    done: Option<oneshot::Sender<()>>,
}

impl Work for Counted {
    fn run(&mut self) {
        let running = self.jobs.running.fetch_add(1, SeqCst) + 1;
        self.jobs.most_running.fetch_max(running, SeqCst);
        switch();
        self.jobs.ran.fetch_add(1, SeqCst);
        self.jobs.running.fetch_sub(1, SeqCst);
    }

    fn deliver(mut self: Box<Self>) {
        self.jobs.delivered.fetch_add(1, SeqCst);
        if let Some(done) = self.done.take() {
            // The receiver may be gone.
            let _ = done.send(());
        }
    }

    fn abandon(&mut self) {}
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.jobs.dropped.fetch_add(1, SeqCst);
    }
}

/// Waits until this many jobs are dropped. A job is dropped after its delivery, when its thread counts as idle.
fn await_drops(jobs: &Jobs, number: usize) {
    while jobs.dropped.load(SeqCst) < number {
        thread::yield_now();
    }
    assert_eq!(jobs.dropped.load(SeqCst), number);
}

fn job(jobs: &Arc<Jobs>) -> (Box<Counted>, oneshot::Receiver<()>) {
    let (sender, receiver) = oneshot::channel();
    (Box::new(Counted { jobs: Arc::clone(jobs), done: Some(sender) }), receiver)
}

#[test]
fn jobs_run_once_within_the_bound() {
    check(|| {
        let (pool, jobs) = (pool(1), Arc::<Jobs>::default());
        let submitters = [1, 2].map(|run| {
            let (pool, jobs) = (Arc::clone(&pool), Arc::clone(&jobs));
            thread::spawn(move || {
                let (work, done) = job(&jobs);
                let queued = pool.submit(run, work);
                assert!(block_on(done).is_ok());
                drop(queued);
            })
        });
        for submitter in submitters {
            submitter.join().unwrap();
        }
        block_on(pool.idle());
        await_drops(&jobs, 2);
        assert_eq!((jobs.ran.load(SeqCst), jobs.delivered.load(SeqCst)), (2, 2));
        assert_eq!(jobs.most_running.load(SeqCst), 1);
    });
}

#[test]
fn jobs_use_all_threads() {
    check(|| {
        let (pool, jobs) = (pool(2), Arc::<Jobs>::default());
        // Leaves a thread that looks for work, sleeps, or ends.
        let (work, done) = job(&jobs);
        let before = pool.submit(1, work);
        assert!(block_on(done).is_ok());
        drop(before);
        for _ in 0..10 {
            thread::yield_now();
        }
        // Each job ends only once the other one runs.
        let (first, second) = (Pair::new(&jobs), Pair::new(&jobs));
        let queued = [pool.submit(1, first), pool.submit(1, second)];
        block_on(pool.idle());
        assert_eq!(jobs.ran.load(SeqCst), 3);
        drop(queued);
    });
}

/// A job that waits until two jobs have started.
struct Pair(Arc<Jobs>);

impl Pair {
    fn new(jobs: &Arc<Jobs>) -> Box<Self> {
        Box::new(Self(Arc::clone(jobs)))
    }
}

impl Work for Pair {
    fn run(&mut self) {
        self.0.running.fetch_add(1, SeqCst);
        while self.0.running.load(SeqCst) < 2 {
            thread::yield_now();
        }
        self.0.ran.fetch_add(1, SeqCst);
    }

    fn deliver(self: Box<Self>) {}

    fn abandon(&mut self) {}
}

// An idle thread may time out at the moment at which a job is queued for it.
#[test]
fn job_for_an_idle_thread_is_not_lost() {
    check(|| {
        let (pool, jobs) = (pool(1), Arc::<Jobs>::default());
        for _ in 0..3 {
            let (work, done) = job(&jobs);
            let queued = pool.submit(1, work);
            assert!(block_on(done).is_ok());
            drop(queued);
        }
        assert_eq!(jobs.ran.load(SeqCst), 3);
    });
}

#[test]
fn withdrawn_job_runs_or_is_dropped_but_not_both() {
    check(|| {
        let (pool, jobs) = (pool(1), Arc::<Jobs>::default());
        let (work, _done) = job(&jobs);
        let queued = pool.submit(1, work).ok().expect("the pool is open");
        let withdrawing = thread::spawn(move || queued.withdraw(None));
        let (other, done) = job(&jobs);
        let other = pool.submit(2, other);
        assert!(block_on(done).is_ok());
        let was_running = withdrawing.join().unwrap();
        block_on(pool.idle());
        await_drops(&jobs, 2);
        let delivered = jobs.delivered.load(SeqCst);
        assert!(jobs.ran.load(SeqCst) >= delivered);
        if was_running {
            assert_eq!((jobs.ran.load(SeqCst), delivered), (2, 1), "the result of a withdrawn job is dropped");
        }
        let metrics = pool.metrics();
        assert_eq!((metrics.queued, metrics.running, metrics.abandoned), (0, 0, 0));
        drop(other);
    });
}

/// A hold that is dropped only while no job runs.
struct TestHold(Arc<Jobs>, Arc<AtomicUsize>);

impl Drop for TestHold {
    fn drop(&mut self) {
        assert_eq!(self.0.running.load(SeqCst), 0, "the withdrawn job has ended");
        self.1.fetch_add(1, SeqCst);
    }
}

#[test]
fn hold_of_a_withdrawn_job_is_dropped_after_the_job() {
    check(|| {
        let (pool, jobs, dropped) = (pool(1), Arc::<Jobs>::default(), Arc::new(AtomicUsize::new(0)));
        let queued = pool.submit(1, job(&jobs).0).ok().expect("the pool is open");
        let hold = Arc::new(TestHold(Arc::clone(&jobs), Arc::clone(&dropped)));
        let withdrawing = thread::spawn(move || queued.withdraw(Some(hold)));
        withdrawing.join().unwrap();
        while dropped.load(SeqCst) == 0 {
            thread::yield_now();
        }
        assert_eq!(dropped.load(SeqCst), 1);
    });
}

#[test]
fn withdrawn_job_leaves_the_pool_idle() {
    check(|| {
        let (pool, jobs) = (pool(1), Arc::<Jobs>::default());
        let queued = pool.submit(1, job(&jobs).0).ok().expect("the pool is open");
        let withdrawing = thread::spawn(move || queued.withdraw(None));
        block_on(pool.idle());
        withdrawing.join().unwrap();
        await_drops(&jobs, 1);
    });
}

#[test]
fn closed_pool_ends_its_threads_and_runs_its_queue() {
    check(|| {
        let (pool, jobs) = (pool(2), Arc::<Jobs>::default());
        let submitting = {
            let (pool, jobs) = (Arc::clone(&pool), Arc::clone(&jobs));
            thread::spawn(move || {
                let (work, done) = job(&jobs);
                match pool.submit(1, work) {
                    Ok(_queued) => block_on(done).is_ok(),
                    Err(ExecutorError::ShutDown) => false,
                    Err(error) => panic!("{error}"),
                }
            })
        };
        let (work, done) = job(&jobs);
        let queued = pool.submit(2, work);
        pool.close();
        assert!(block_on(done).is_ok(), "a queued job of a closed pool runs");
        let ran = 1 + usize::from(submitting.join().unwrap());
        assert_eq!(jobs.ran.load(SeqCst), ran);
        while pool.metrics().threads > 0 {
            thread::yield_now();
        }
        drop(queued);
    });
}

#[test]
fn cleared_pool_becomes_idle() {
    check(|| {
        let (pool, jobs) = (pool(1), Arc::<Jobs>::default());
        let queued: Vec<_> = (0..2).map(|run| pool.submit(run, job(&jobs).0)).collect();
        let clearing = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                pool.close();
                pool.clear();
            })
        };
        block_on(pool.idle());
        clearing.join().unwrap();
        block_on(pool.idle());
        await_drops(&jobs, 2);
        assert_eq!(jobs.ran.load(SeqCst), jobs.delivered.load(SeqCst));
        drop(queued);
    });
}

/// A run with executors of its own.
struct TestRun {
    executors: Executors,
    abandoned: AtomicUsize,
}

impl Scope for TestRun {
    fn executors(&self) -> Option<&Executors> {
        Some(&self.executors)
    }

    fn abandoned(&self, _event: StepEvent) {
        self.abandoned.fetch_add(1, SeqCst);
    }

    fn queued(&self, _execution: ExecutionId) {}

    fn began(&self, _execution: ExecutionId) {}
}

fn test_run(threads: usize) -> Arc<TestRun> {
    let executors = Executors::builder().io_threads(1).cpu_threads(threads).build().expect("there are threads");
    Arc::new(TestRun { executors, abandoned: AtomicUsize::new(0) })
}

fn origin(run: &Arc<TestRun>) -> Origin {
    Origin { scope: Arc::<TestRun>::clone(run), step: "step", execution: ExecutionId::DETACHED }
}

fn value<T>(result: Result<T, OffloadError>) -> T {
    match result {
        Ok(value) => value,
        Err(OffloadError::Refused(error)) => panic!("{error}"),
        Err(OffloadError::Panicked(_)) => panic!("the work panicked"),
    }
}

// Both parents wait on the only thread of the pool that their children need.
#[test]
fn waiting_parents_leave_a_thread_for_their_children() {
    check(|| {
        let run = test_run(1);
        let parents = [1, 2].map(|number| {
            let (of_parent, of_child) = (origin(&run), origin(&run));
            offload(Some(of_parent), Kind::Cpu, move || {
                value(block_on(offload(Some(of_child), Kind::Cpu, move || number * 10)))
            })
        });
        let results = parents.map(|parent| value(block_on(parent)));
        assert_eq!(results, [10, 20]);
        block_on(run.executors.drain());
        for pool in run.executors.metrics() {
            assert_eq!((pool.running, pool.waiting), (0, 0));
        }
    });
}

// A thread that was started for a child is idle when its parent continues, which then occupies the bound.
#[test]
fn thread_that_has_waited_counts_again() {
    check(|| {
        let run = test_run(1);
        let (of_parent, of_child, of_next) = (origin(&run), origin(&run), origin(&run));
        let parents = Arc::new(AtomicUsize::new(0));
        let parent = offload(Some(of_parent), Kind::Cpu, move || {
            value(block_on(offload(Some(of_child), Kind::Cpu, || ())));
            parents.fetch_add(1, SeqCst);
            let seen = Arc::clone(&parents);
            let next = offload(Some(of_next), Kind::Cpu, move || seen.load(SeqCst));
            for _ in 0..3 {
                thread::yield_now();
            }
            parents.fetch_sub(1, SeqCst);
            next
        });
        let next = value(block_on(parent));
        assert_eq!(value(block_on(next)), 0, "the parent runs on the only thread of the pool");
    });
}

#[test]
fn dropped_offload_is_reported_only_while_its_work_runs() {
    check(|| {
        let run = test_run(1);
        let jobs = Arc::<Jobs>::default();
        let (mut work, _done) = job(&jobs);
        let offloaded = offload(Some(origin(&run)), Kind::Cpu, move || work.run());
        let dropping = thread::spawn(move || drop(offloaded));
        dropping.join().unwrap();
        let abandoned = run.abandoned.load(SeqCst);
        block_on(run.executors.drain());
        assert_eq!(jobs.dropped.load(SeqCst), 1, "the captured values are dropped");
        assert!(abandoned <= jobs.ran.load(SeqCst), "only work that runs is abandoned");
        assert!(run.executors.metrics().iter().all(|pool| pool.abandoned == 0));
    });
}

#[test]
fn shutdown_during_a_hop_returns_its_value_or_its_error() {
    check(|| {
        let run = test_run(1);
        let shutting_down = {
            let executors = run.executors.clone();
            thread::spawn(move || executors.shutdown_background())
        };
        let result = block_on(offload(Some(origin(&run)), Kind::Cpu, || 7));
        assert!(matches!(result, Ok(7) | Err(OffloadError::Refused(ExecutorError::ShutDown))));
        shutting_down.join().unwrap();
        block_on(run.executors.drain());
        assert!(matches!(
            block_on(offload(Some(origin(&run)), Kind::Cpu, || 8)),
            Err(OffloadError::Refused(ExecutorError::ShutDown))
        ));
    });
}

//! Calls of rayon in blocking code.

use super::{Gate, thread_name};
use futures::executor::block_on;
use rayon_core::{ThreadPool, ThreadPoolBuilder, broadcast, current_thread_index, in_place_scope, join, scope, spawn};
use std::{
    cell::{Cell, RefCell},
    panic::{catch_unwind, panic_any},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
};
use tokio::{
    runtime::{Builder, Handle},
    sync::mpsc::{UnboundedSender, unbounded_channel},
};
use workflows_runtime::{BlockingJob, Executors, prelude::*};
use workflows_tests::failure;

/// Runs the test on both runtimes, with executors of one thread and of several.
fn everywhere(test: impl AsyncFn(&Executors)) {
    for threads in [1, 3] {
        for mut runtime in [Builder::new_current_thread(), Builder::new_multi_thread()] {
            let executors = Executors::builder().cpu_threads(threads).pool("embed", threads).build().unwrap();
            runtime.enable_all().build().unwrap().block_on(test(&executors));
        }
    }
}

/// The sum of the numbers below `n`, in nested calls of `join`.
fn sum(from: u64, to: u64) -> u64 {
    if to - from < 2 {
        return from;
    }
    let middle = u64::midpoint(from, to);
    let (a, b) = join(|| sum(from, middle), || sum(middle, to));
    a + b
}

thread_local! {
    static IN_STEP: Cell<bool> = const { Cell::new(false) };
    static SUMS: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

static POOL: LazyLock<ThreadPool> = LazyLock::new(|| ThreadPoolBuilder::new().num_threads(2).build().unwrap());

/// Waits in each kind of call, with a lock and a borrowed thread-local.
fn call_rayon(lock: &Mutex<u64>, pool: &str) {
    assert!(!IN_STEP.replace(true), "a step begins in the middle of another one");
    assert!(thread_name().starts_with(pool) && current_thread_index().is_none());
    let mut total = lock.lock().unwrap();
    SUMS.with_borrow_mut(|sums| {
        sums.push(sum(0, 50));
        sums.push(POOL.install(|| sum(0, 50)));
        let count = AtomicUsize::new(0);
        scope(|scope| scope.spawn(|scope| scope.spawn(|_| _ = count.fetch_add(1, SeqCst))));
        in_place_scope(|scope| scope.spawn(|_| _ = count.fetch_add(1, SeqCst)));
        assert_eq!(count.into_inner(), 2);
        assert!(!broadcast(|thread| thread.index()).is_empty());
        assert_eq!(POOL.broadcast(|thread| thread.index()), [0, 1]);
        let (sender, receiver) = mpsc::channel();
        spawn(move || sender.send(sum(0, 50)).unwrap());
        sums.push(receiver.recv().unwrap());
        *total += sums.drain(..).sum::<u64>();
    });
    IN_STEP.set(false);
}

#[workflow]
struct Locks {
    lock: Mutex<u64>,
}

#[event]
struct Item;
#[event]
struct Named;
#[event]
struct Done;

#[workflow]
impl Locks {
    #[step]
    async fn begin(&self, Start(items): Start<u32>) -> Vec<OneOf<Item, Named>> {
        (0..items).map(|n| if n % 2 == 0 { Item.emit() } else { Named.emit() }).collect()
    }

    #[step(workers = 100)]
    #[blocking(cpu)]
    fn cpu(&self, _: Item) -> Done {
        call_rayon(&self.lock, "wf-cpu");
        Done
    }

    #[step(workers = 100)]
    #[blocking(cpu, pool = "embed")]
    fn named(&self, _: Named) -> Done {
        call_rayon(&self.lock, "wf-embed");
        Done
    }

    #[step]
    async fn end(&self, _: Vec<Done>) -> Stop<u64> {
        Stop(*self.lock.lock().unwrap())
    }
}

#[test]
fn locks_and_borrows_are_held_over_calls_of_rayon() {
    everywhere(async |executors| {
        let sum = Locks { lock: Mutex::new(0) }.run(50).executors(executors).await.unwrap();
        assert_eq!(sum, 50 * 3 * (49 * 50 / 2));
    });
}

#[workflow]
struct Turns {
    begun: AtomicUsize,
}

#[workflow]
impl Turns {
    /// Returns the number of steps that have begun before the end of this one.
    #[step]
    #[blocking(cpu)]
    fn turn(&self, Start(()): Start<()>) -> Stop<usize> {
        self.begun.fetch_add(1, SeqCst);
        sum(0, 1000);
        Stop(self.begun.load(SeqCst))
    }
}

#[tokio::test]
async fn queued_steps_do_not_run_in_a_call_of_rayon() {
    let executors = super::executors(1, 1);
    let turns = Arc::new(Turns { begun: AtomicUsize::new(0) });
    let runs: Vec<_> = (0..50).map(|_| turns.clone().run(()).executors(&executors).start()).collect();
    for (number, run) in runs.into_iter().enumerate() {
        assert_eq!(run.await.unwrap(), number + 1);
    }
}

#[nonblocking]
async fn statement(n: u64) -> u64 {
    let mut total = 1;
    let mut sums = vec![0; 2];
    #[blocking(cpu)]
    {
        let (first, second) = sums.split_at_mut(1);
        join(|| first[0] = sum(0, n), || second[0] = sum(n, 2 * n));
        total += sums[0];
    }
    total + sums[1]
}

#[test]
fn statement_passes_its_variables_to_rayon_and_back() {
    everywhere(async |_| assert_eq!(statement(50).await, 1 + 99 * 100 / 2));
}

#[workflow]
struct Closures {
    begun: UnboundedSender<u32>,
    gate: Gate,
    ended: AtomicUsize,
}

#[workflow]
impl Closures {
    #[step]
    #[blocking(cpu)]
    fn closures(&self, ctx: &Context<Self>, Start(()): Start<()>) -> Stop<()> {
        let wait = |n| {
            self.begun.send(n).unwrap();
            while !ctx.is_cancelled() {
                thread::yield_now();
            }
        };
        join(|| wait(1), || wait(2));
        self.gate.pass(3);
        self.ended.fetch_add(1, SeqCst);
        Stop(())
    }
}

#[test]
fn closures_of_a_cancelled_step_see_it_and_the_step_is_abandoned() {
    everywhere(async |executors| {
        let (gate, mut control) = Gate::new();
        let (begun, mut has_begun) = unbounded_channel();
        let workflow = Arc::new(Closures { begun, gate, ended: AtomicUsize::new(0) });
        let run = workflow.clone().run(()).executors(executors).start();
        assert!(has_begun.recv().await.is_some());
        run.cancel();
        assert!(matches!(run.await, Err(RunError::Cancelled)));
        assert_eq!(control.started.recv().await, Some(3));
        let abandoned = || executors.metrics().iter().map(|pool| pool.abandoned).sum::<usize>();
        assert_eq!(abandoned(), 1);
        control.open.send(()).unwrap();
        executors.drain().await;
        assert_eq!((abandoned(), workflow.ended.load(SeqCst)), (0, 1));
    });
}

#[derive(Debug, PartialEq)]
struct Payload(u32);

#[blocking(cpu)]
fn panics_in_a_closure() {
    join(|| (), || panic_any(Payload(7)));
}

#[workflow]
struct Panics;

#[workflow]
impl Panics {
    #[step]
    #[blocking(cpu)]
    fn fails(&self, Start(n): Start<u32>) -> Stop<()> {
        scope(|scope| scope.spawn(move |_| panic!("number {n}")));
        Stop(())
    }
}

#[test]
fn panics_of_closures_cross_unchanged() {
    everywhere(async |executors| {
        let payload = tokio::spawn(panics_in_a_closure()).await.unwrap_err().into_panic();
        assert_eq!(*payload.downcast::<Payload>().unwrap(), Payload(7));
        let error = Panics.run(5).executors(executors).await.unwrap_err();
        assert_eq!(failure(error), ("fails", "panicked: number 5".to_owned()));
        assert_eq!(Locks { lock: Mutex::new(0) }.run(1).executors(executors).await.unwrap(), 3 * 1225);
    });
}

tokio::task_local! {
    static TENANT: u32;
}

#[blocking(cpu, pool = "embed")]
fn named() -> String {
    thread_name()
}

/// What the code of a step and a closure of it find.
#[derive(Debug, PartialEq, Serialize, Deserialize, Clone)]
struct Found {
    runtime: bool,
    task_local: bool,
    executors: bool,
}

fn found() -> Found {
    Found {
        runtime: Handle::try_current().is_ok(),
        task_local: TENANT.try_with(|_| ()).is_ok(),
        // The default executors have no pool of this name.
        executors: catch_unwind(|| block_on(named())).is_ok(),
    }
}

#[workflow]
struct Finds;

#[workflow]
impl Finds {
    #[step]
    #[blocking(cpu)]
    fn find(&self, Start(()): Start<()>) -> Stop<(Found, Found, bool)> {
        let runtime = Handle::current();
        let entered = || {
            let _runtime = runtime.enter();
            Handle::try_current().is_ok()
        };
        let (in_closure, in_entered) = join(found, entered);
        Stop((found(), in_closure, in_entered))
    }
}

#[tokio::test]
async fn context_of_a_step_does_not_cross_to_closures_of_rayon() {
    let carry = || {
        let tenant = TENANT.get();
        move |job: BlockingJob<'_>| TENANT.sync_scope(tenant, || job.run())
    };
    let executors = Executors::builder().cpu_threads(1).pool("embed", 1).carry(carry).build().unwrap();
    let run = Finds.run(()).executors(&executors).into_future();
    let all = Found { runtime: true, task_local: true, executors: true };
    let none = Found { runtime: false, task_local: false, executors: false };
    assert_eq!(TENANT.scope(1, run).await.unwrap(), (all, none, true));
}

/// Counts how many of its steps run at once.
#[workflow]
#[derive(Default)]
struct Double {
    running: AtomicUsize,
    most: AtomicUsize,
}

#[workflow]
impl Double {
    #[step]
    #[blocking(cpu)]
    fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
        self.most.fetch_max(self.running.fetch_add(1, SeqCst) + 1, SeqCst);
        for _ in 0..10 {
            thread::yield_now();
        }
        self.running.fetch_sub(1, SeqCst);
        Stop(2 * n)
    }
}

/// How the step below waits for its children.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Place {
    Step,
    Rayon,
    Thread,
}

#[workflow]
struct Parent {
    child: Arc<Double>,
}

#[workflow]
impl Parent {
    #[step]
    #[blocking(cpu)]
    fn parent(&self, ctx: &Context<Self>, Start(place): Start<Place>) -> StepResult<Stop<u64>> {
        let child = |n| block_on(ctx.run_child(self.child.clone(), n).into_future());
        let (a, b) = match place {
            Place::Step => {
                let children = [1, 2].map(|n| ctx.run_child(self.child.clone(), n).start());
                let [a, b] = children.map(|child| Handle::current().block_on(child.into_future()));
                (a, b)
            }
            Place::Rayon => join(|| child(1), || child(2)),
            Place::Thread => thread::scope(|scope| {
                let other = scope.spawn(|| child(1));
                (other.join().unwrap(), child(2))
            }),
        };
        Ok(Stop(a? + b?))
    }
}

// The children need the threads on which their parents wait for closures.
#[test]
fn children_awaited_in_closures_leave_a_thread_for_their_steps() {
    for place in [Place::Step, Place::Rayon, Place::Thread] {
        everywhere(async |executors| {
            let child = Arc::new(Double::default());
            let parent = Arc::new(Parent { child: Arc::clone(&child) });
            // All threads of rayon wait in its closures, so one run at a time waits there.
            let number = if matches!(place, Place::Rayon) { 1 } else { 8 };
            let runs: Vec<_> = (0..number).map(|_| parent.clone().run(place).executors(executors).start()).collect();
            for run in runs {
                assert_eq!(run.await.unwrap(), 6);
            }
            executors.drain().await;
            for pool in executors.metrics() {
                assert_eq!((pool.running, pool.waiting), (0, 0));
                if pool.name == "cpu" {
                    assert!(
                        child.most.load(SeqCst) <= pool.limit,
                        "parents that wait leave the bound to their children"
                    );
                }
            }
        });
    }
}

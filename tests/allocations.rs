//! What is allocated, counted: a clock is noisy, an allocator is not.

use allocation_counter::{AllocationInfo, measure};
use std::sync::Arc;
use workflows_runtime::prelude::*;

#[event]
struct Hop {
    left: u64,
}

#[workflow]
struct Loop;

#[workflow]
impl Loop {
    #[step]
    async fn begin(&self, Start(hops): Start<u64>) -> Hop {
        Hop { left: hops }
    }

    #[step]
    async fn hop(&self, hop: Hop) -> OneOf<Hop, Stop<()>> {
        if hop.left == 0 { Stop(()).emit() } else { Hop { left: hop.left - 1 }.emit() }
    }
}

#[event]
struct SlowHop {
    left: u64,
}

#[workflow]
struct SlowLoop;

#[workflow]
impl SlowLoop {
    #[step]
    async fn begin(&self, Start(hops): Start<u64>) -> SlowHop {
        SlowHop { left: hops }
    }

    #[step]
    async fn hop(&self, hop: SlowHop) -> OneOf<SlowHop, Stop<()>> {
        workflows::yield_once().await;
        if hop.left == 0 { Stop(()).emit() } else { SlowHop { left: hop.left - 1 }.emit() }
    }
}

#[event]
struct Work;
#[event]
struct Worked;

#[workflow]
struct FanOut;

#[workflow]
impl FanOut {
    #[step]
    async fn begin(&self, Start(branches): Start<u64>) -> Vec<Work> {
        (0..branches).map(|_| Work).collect()
    }

    #[step(workers = 4)]
    async fn work(&self, _: Work) -> Worked {
        Worked
    }

    #[step]
    async fn end(&self, all: Vec<Worked>) -> Stop<usize> {
        Stop(all.len())
    }
}

/// What a runtime allocates on this thread from the run's first poll to its result.
fn allocated<T>(run: impl Future<Output = T>) -> AllocationInfo {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    measure(|| drop(runtime.block_on(run)))
}

/// How many allocations, and how many bytes at once, the hops after the first thousand add.
///
/// The runs have no poll budget: where other programs take the core away, a poll seems long, and the
/// warning about it allocates.
fn per_hop(run: impl AsyncFn(u64)) -> (u64, u64) {
    let (few, many) = (allocated(run(1_000)), allocated(run(101_000)));
    (many.count_total - few.count_total, many.bytes_max - few.bytes_max)
}

#[test]
fn hops_allocate_nothing() {
    let workflow = &Arc::new(Loop);
    let (count, bytes) = per_hop(async |hops| workflow.run(hops).poll_budget(Duration::MAX).await.unwrap());
    assert_eq!((count, bytes), (0, 0), "100,000 hops more made {count} allocations, and need {bytes} bytes more");
}

#[test]
fn hops_of_a_started_run_allocate_nothing() {
    let workflow = &Arc::new(Loop);
    let (count, bytes) = per_hop(async |hops| workflow.run(hops).poll_budget(Duration::MAX).start().await.unwrap());
    assert_eq!((count, bytes), (0, 0), "100,000 hops more made {count} allocations, and need {bytes} bytes more");
}

#[test]
fn hops_of_a_step_that_suspends_allocate_nothing() {
    let workflow = &Arc::new(SlowLoop);
    let (count, bytes) = per_hop(async |hops| workflow.run(hops).poll_budget(Duration::MAX).await.unwrap());
    assert_eq!((count, bytes), (0, 0), "100,000 hops more made {count} allocations, and need {bytes} bytes more");
}

#[test]
fn a_branch_makes_at_most_two_allocations() {
    let workflow = &Arc::new(FanOut);
    let count = |branches: u64| allocated(async { workflow.run(branches).await.unwrap() }).count_total;
    for branches in [1_000, 10_000, 100_000] {
        let count = count(branches);
        assert!(count <= 2 * branches, "{branches} branches made {count} allocations");
    }
}

#[test]
fn a_run_makes_few_allocations() {
    let workflow = &Arc::new(Loop);
    let runtime = allocated(async {}).count_total;
    let in_place = allocated(async { workflow.run(1).await.unwrap() }).count_total - runtime;
    let started = allocated(async { workflow.run(1).start().await.unwrap() }).count_total - runtime;
    // Its future. What it shares, its task, and in it its future.
    assert_eq!((in_place, started), (1, 3));
}

#[event]
struct Question;

#[event]
struct Answer;

#[workflow]
struct Ask;

#[workflow]
impl Ask {
    #[step]
    async fn ask(&self, Start(()): Start<()>) -> InputRequired<Question> {
        InputRequired(Question)
    }

    #[step]
    async fn end(&self, _: HumanResponse<Answer>) -> Stop<()> {
        Stop(())
    }
}

#[test]
fn a_run_that_waits_for_an_answer_keeps_little() {
    let workflow = &Arc::new(Ask);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut kept = Vec::with_capacity(100);
    let AllocationInfo { count_current, bytes_current, .. } = measure(|| {
        runtime.block_on(async {
            kept.extend((0..100).map(|_| workflow.run(()).start()));
            tokio::task::yield_now().await;
        });
    });
    // What it shares, its task, what it holds, and the two events that it has told.
    assert!(count_current < 500, "{count_current} allocations for 100 runs");
    assert!(bytes_current < 60_000, "{bytes_current} bytes for 100 runs");
}

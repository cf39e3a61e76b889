//! Batches, joins and races.

use super::{
    only, times, trace_of,
    workflows::{Done, FAN, Part},
};
use tokio::time::sleep;
use workflows_runtime::{
    prelude::*,
    run_trace::{AttemptOutcome, BatchPlace},
};
use workflows_tests::{ms, secs};

#[tokio::test(start_paused = true)]
async fn branches_have_their_batch_and_the_gather_all_parents() {
    let trace = trace_of(FAN.run(5)).await;
    let work: Vec<_> = trace.of_step("work").collect();
    let branches: Vec<_> = work.iter().map(|attempt| attempt.batch.unwrap()).collect();
    assert!(branches.iter().all(|place| (place.batch, place.opened_by) == (1, Some(1))));
    assert_eq!(branches.iter().map(|place| place.branch).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    let queued: Vec<_> = work.iter().map(|attempt| attempt.queue_time).collect();
    assert_eq!(queued, [ms(0), ms(0), ms(10), ms(10), ms(20)]);
    assert!(work.iter().all(|attempt| attempt.parents == [1]));
    let gather = only(&trace, "gather");
    assert_eq!(gather.parents, [2, 3, 4, 5, 6]);
    assert_eq!((gather.batch, gather.queued_at), (None, ms(30)));
    let emitted: Vec<_> = trace.emitted.iter().map(|count| (count.event.as_str(), count.count)).collect();
    assert_eq!(emitted, [("Part", 5), ("Done", 5), ("Stop<usize>", 1)]);
}

#[tokio::test(start_paused = true)]
async fn gather_of_an_empty_batch_comes_from_its_opener() {
    let trace = trace_of(FAN.run(0)).await;
    assert_eq!(only(&trace, "gather").parents, [1]);
}

/// A batch in each branch of a batch.
#[workflow]
struct Nested;

#[event]
struct Row(u32);
#[event]
struct RowDone(usize);

#[workflow]
impl Nested {
    #[step]
    async fn rows(&self, Start(n): Start<u32>) -> Vec<Row> {
        (0..n).map(Row).collect()
    }
    #[step(workers = 1)]
    async fn cells(&self, Row(n): Row) -> Vec<Part> {
        (0..=n).map(Part).collect()
    }
    #[step]
    async fn work(&self, Part(n): Part) -> Done {
        Done(n)
    }
    #[step]
    async fn row(&self, all: Vec<Done>) -> RowDone {
        RowDone(all.len())
    }
    #[step]
    async fn table(&self, all: Vec<RowDone>) -> Stop<usize> {
        Stop(all.iter().map(|row| row.0).sum())
    }
}

#[tokio::test(start_paused = true)]
async fn nested_batches_have_numbers_of_their_own() {
    let trace = trace_of(Nested.run(3)).await;
    let openers: Vec<_> = trace.of_step("cells").map(|attempt| attempt.execution).collect();
    let mut parts: Vec<_> = trace.of_step("work").map(|attempt| attempt.batch.unwrap()).collect();
    parts.sort_unstable_by_key(|place| (place.batch, place.branch));
    let place = |batch, branch, opener| BatchPlace::new(batch, branch, Some(openers[opener]));
    let expected = [place(2, 0, 0), place(3, 0, 1), place(3, 1, 1), place(4, 0, 2), place(4, 1, 2), place(4, 2, 2)];
    assert_eq!(parts, expected);
    let rows: Vec<_> = trace.of_step("row").map(|attempt| attempt.batch.unwrap()).collect();
    assert!(rows.iter().all(|place| (place.batch, place.opened_by) == (1, Some(1))));
    assert_eq!(only(&trace, "table").parents.len(), 3);
}

#[event]
struct Left(u32);
#[event]
struct Right(u32);

/// Two branches of different length, joined.
#[workflow]
struct Joined;

#[workflow]
impl Joined {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> (Part, Row) {
        (Part(1), Row(2))
    }
    #[step]
    async fn left(&self, Part(n): Part) -> Left {
        sleep(ms(10)).await;
        Left(n)
    }
    #[step]
    async fn right(&self, Row(n): Row) -> Right {
        sleep(ms(30)).await;
        Right(n)
    }
    #[step]
    async fn both(&self, Left(one): Left, Right(other): Right) -> Stop<u32> {
        Stop(one + other)
    }
}

#[tokio::test(start_paused = true)]
async fn join_is_queued_once_its_last_event_arrives() {
    let trace = trace_of(Joined.run(())).await;
    let both = only(&trace, "both");
    assert_eq!((both.queued_at, both.queue_time), (ms(30), ms(0)));
    let (left, right) = (only(&trace, "left").execution, only(&trace, "right").execution);
    assert_eq!(both.parents, [left, right]);
}

/// Continues with the two fastest, with three workers for four offers.
#[workflow]
struct Race;

#[workflow]
impl Race {
    #[step]
    async fn split(&self, Start(n): Start<u32>) -> Vec<Part> {
        (1..=n).map(Part).collect()
    }
    #[step(workers = 3)]
    async fn offer(&self, Part(n): Part) -> Done {
        sleep(secs(n.into())).await;
        Done(n)
    }
    #[step]
    async fn choose(&self, First([one, other]): First<Done, 2>) -> Stop<u32> {
        sleep(secs(10)).await;
        Stop(one.0 + other.0)
    }
}

#[tokio::test(start_paused = true)]
async fn losers_of_a_race_are_cancelled_when_it_is_decided() {
    let trace = trace_of(Race.run(4)).await;
    let offers: Vec<_> = trace.of_step("offer").collect();
    let outcomes: Vec<_> = offers.iter().map(|attempt| attempt.outcome).collect();
    let (completed, cancelled) = (AttemptOutcome::Completed, AttemptOutcome::Cancelled);
    assert_eq!(outcomes, [completed, completed, cancelled, cancelled]);
    assert_eq!(times(offers[2]), [ms(0), secs(2), ms(0), ms(0)]);
    assert_eq!(times(offers[3]), [secs(1), secs(1), ms(0), ms(0)]);
    let choose = only(&trace, "choose");
    assert_eq!((choose.queued_at, choose.parents.as_slice()), (secs(2), [2, 3].as_slice()));
    let summary = trace.step("offer").unwrap();
    assert_eq!((summary.completed, summary.cancelled, summary.queued), (2, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn inputs_that_a_race_cancels_leave_the_queue() {
    let run = Race.run(9).record_trace(100).start();
    sleep(ms(500)).await;
    assert_eq!(run.trace().unwrap().step("offer").unwrap().queued, 6);
    sleep(ms(2_500)).await;
    let trace = run.trace().unwrap();
    let offer = trace.step("offer").unwrap();
    assert_eq!((offer.executions, offer.queued, offer.active), (4, 0, 0));
    run.result().await.unwrap();
}

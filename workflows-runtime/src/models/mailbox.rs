//! Messages from several threads, while the driver polls, parks or ends.

use super::Add;
use crate::{
    prelude::*,
    run::EventStream,
    sync::{
        atomic::{AtomicBool, Ordering::SeqCst},
        model::check,
        thread,
    },
};
use shuttle::future::block_on;
use std::{future::poll_fn, mem::take, sync::Arc, task::Poll};

#[test]
fn responses_of_two_threads_both_arrive() {
    check(|| {
        let run = Arc::new(Add.run(()).start());
        let senders = [1, 2].map(|number| {
            let run = Arc::clone(&run);
            thread::spawn(move || assert!(run.send(HumanResponse(number)).is_ok()))
        });
        assert_eq!(block_on(run.result()).unwrap(), 3);
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

#[event]
struct Left(u32);
#[event]
struct Right(u32);
#[event]
struct LeftDone(u32);
#[event]
struct RightDone(u32);

/// Two steps that run at the same time, each of which is woken by a thread of its own.
#[workflow]
struct Both;

#[workflow]
impl Both {
    #[step]
    async fn split(&self, Start(()): Start<()>) -> (Left, Right) {
        (Left(1), Right(2))
    }

    #[step]
    async fn left(&self, Left(number): Left) -> LeftDone {
        woken_by_a_thread().await;
        LeftDone(number)
    }

    #[step]
    async fn right(&self, Right(number): Right) -> RightDone {
        woken_by_a_thread().await;
        RightDone(number)
    }

    #[step]
    async fn join(&self, LeftDone(left): LeftDone, RightDone(right): RightDone) -> Stop<u32> {
        Stop(left + right)
    }
}

/// Returns once another thread has woken it.
async fn woken_by_a_thread() {
    let woken = Arc::new(AtomicBool::new(false));
    let mut is_new = true;
    poll_fn(|cx| {
        if woken.load(SeqCst) {
            return Poll::Ready(());
        }
        if take(&mut is_new) {
            let (woken, waker) = (Arc::clone(&woken), cx.waker().clone());
            thread::spawn(move || {
                woken.store(true, SeqCst);
                waker.wake();
            });
        }
        Poll::Pending
    })
    .await;
}

#[test]
fn steps_woken_by_two_threads_are_polled() {
    check(|| {
        let run = Both.run(()).start();
        assert_eq!(block_on(run.result()).unwrap(), 3);
        assert_eq!(block_on(Both.run(()).into_future()).unwrap(), 3, "in place");
    });
}

#[test]
fn snapshot_request_is_answered_or_refused() {
    check(|| {
        let run = Arc::new(Add.run(()).start());
        let asking = {
            let run = Arc::clone(&run);
            thread::spawn(move || block_on(run.snapshot()).is_ok())
        };
        run.send(HumanResponse(1)).unwrap();
        run.send(HumanResponse(2)).unwrap();
        assert_eq!(block_on(run.result()).unwrap(), 3);
        // Neither outcome may leave the request without a reply.
        asking.join().unwrap();
        assert!(block_on(run.snapshot()).is_err(), "the run has ended with its result");
    });
}

#[test]
fn message_to_an_ending_run_is_queued_or_returned() {
    check(|| {
        let run = Arc::new(Add.run(()).start());
        run.send(HumanResponse(1)).unwrap();
        run.send(HumanResponse(2)).unwrap();
        let late = {
            let run = Arc::clone(&run);
            thread::spawn(move || run.send(HumanResponse(3)).is_ok())
        };
        let sum = block_on(run.result()).unwrap();
        assert_eq!(sum, 3, "responses arrive in the order of their calls");
        late.join().unwrap();
        assert_eq!(run.send(HumanResponse(4)).unwrap_err().into_inner(), HumanResponse(4));
    });
}

/// The end that a reader sees.
async fn outcome(mut events: EventStream<Add>) -> RunOutcome {
    loop {
        if let RunEvent::Ended(outcome) = events.next().await.expect("`Ended` is the last event") {
            return outcome;
        }
    }
}

#[test]
fn handle_dropped_before_the_run_waits_stalls_it() {
    check(|| {
        let run = Add.run(()).start();
        let events = run.events();
        let dropping = thread::spawn(move || drop(run));
        let outcome = block_on(outcome(events));
        assert!(matches!(outcome, RunOutcome::Failed(RunError::Stalled { .. })), "{outcome:?}");
        dropping.join().unwrap();
    });
}

#[test]
fn handle_dropped_after_a_response_stalls_the_run() {
    check(|| {
        let run = Add.run(()).start();
        let events = run.events();
        let sending = thread::spawn(move || {
            run.send(HumanResponse(1)).unwrap();
            drop(run);
        });
        let outcome = block_on(outcome(events));
        assert!(matches!(outcome, RunOutcome::Failed(RunError::Stalled { .. })), "{outcome:?}");
        sending.join().unwrap();
    });
}

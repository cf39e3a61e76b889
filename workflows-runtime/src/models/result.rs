//! Threads that wait for the result.

use super::Add;
use crate::{
    prelude::*,
    sync::{model::check, spawn, thread},
};
use shuttle::future::block_on;
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
};

#[test]
fn all_waiters_get_the_result() {
    check(|| {
        let run = Arc::new(Add.run(()).start());
        let waiters = [(), ()].map(|()| {
            let run = Arc::clone(&run);
            thread::spawn(move || {
                let result = block_on(run.result());
                assert!(run.is_finished());
                result.unwrap()
            })
        });
        run.send(HumanResponse(1)).unwrap();
        run.send(HumanResponse(2)).unwrap();
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap(), 3);
        }
    });
}

#[test]
fn waiter_dropped_while_the_run_ends_disturbs_no_other() {
    check(|| {
        let run = Arc::new(Add.run(()).start());
        let dropping = {
            let run = Arc::clone(&run);
            thread::spawn(move || {
                block_on(async {
                    let mut result = pin!(run.result());
                    poll_fn(|cx| Poll::Ready(result.as_mut().poll(cx).is_ready())).await
                })
            })
        };
        let waiting = {
            let run = Arc::clone(&run);
            thread::spawn(move || block_on(run.result()).unwrap())
        };
        run.send(HumanResponse(1)).unwrap();
        run.send(HumanResponse(2)).unwrap();
        dropping.join().unwrap();
        assert_eq!(waiting.join().unwrap(), 3);
    });
}

// The waker of the last poll counts: the handle moves from one task to another.
#[test]
fn handle_polled_by_another_task_wakes_that_one() {
    check(|| {
        let mut run = Add.run(()).start();
        run.send(HumanResponse(1)).unwrap();
        run.send(HumanResponse(2)).unwrap();
        block_on(poll_fn(|cx| {
            let _ = Pin::new(&mut &mut run).poll(cx);
            Poll::Ready(())
        }));
        let task = spawn(async move { (&mut run).await.unwrap() });
        assert_eq!(block_on(task).unwrap(), 3);
    });
}

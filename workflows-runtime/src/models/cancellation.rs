//! Cancellation of a run, and tasks that wait for it.

use crate::{
    prelude::*,
    sync::{
        model::check,
        thread::{self, JoinHandle},
    },
};
use shuttle::future::block_on;
use std::{
    mem::take,
    sync::{Arc, Mutex},
};

type Watchers = Arc<Mutex<Vec<JoinHandle<()>>>>;

/// Waits for a response, while a thread that outlives the step waits for its cancellation.
#[workflow]
struct Watched {
    watchers: Watchers,
}

#[workflow]
impl Watched {
    #[step]
    async fn wait(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(()): Start<()>) -> Stop<u32> {
        let watched = ctx.clone();
        let watcher = thread::spawn(move || {
            block_on(watched.cancelled());
            assert!(watched.is_cancelled());
        });
        self.watchers.lock().unwrap().push(watcher);
        Stop(ctx.wait_for::<u32>().await)
    }
}

fn start() -> (Arc<RunHandle<Watched>>, Watchers) {
    let watchers = Watchers::default();
    (Arc::new(Watched { watchers: Arc::clone(&watchers) }.run(()).start()), watchers)
}

/// Deadlocks if a watcher is not woken.
fn join(watchers: &Watchers) {
    let watchers = take(&mut *watchers.lock().unwrap());
    for watcher in watchers {
        watcher.join().unwrap();
    }
}

#[test]
fn run_cancelled_while_it_completes_does_either() {
    check(|| {
        let (run, watchers) = start();
        let cancelling = {
            let run = Arc::clone(&run);
            thread::spawn(move || run.cancel())
        };
        let sent = run.send(HumanResponse(1)).is_ok();
        match block_on(run.result()) {
            Ok(number) => assert!(sent && number == 1),
            Err(error) => assert!(matches!(error, RunError::Cancelled), "{error}"),
        }
        cancelling.join().unwrap();
        join(&watchers);
    });
}

#[test]
fn cancelled_context_wakes_at_the_end_of_the_run() {
    check(|| {
        let (run, watchers) = start();
        let sending = {
            let run = Arc::clone(&run);
            thread::spawn(move || run.send(HumanResponse(1)).is_ok())
        };
        assert_eq!(block_on(run.result()).unwrap(), 1);
        assert!(sending.join().unwrap());
        join(&watchers);
    });
}

#[test]
fn cancelled_run_ends_once_for_all_its_threads() {
    check(|| {
        let (run, watchers) = start();
        let threads = [(), ()].map(|()| {
            let run = Arc::clone(&run);
            thread::spawn(move || {
                run.cancel();
                block_on(run.result())
            })
        });
        for thread in threads {
            assert!(matches!(thread.join().unwrap(), Err(RunError::Cancelled)));
        }
        join(&watchers);
    });
}

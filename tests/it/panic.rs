//! Panics: in steps, in `Clone` and `Drop` of events, of workflows and of state.

use futures::FutureExt;
use std::{future::pending, panic::AssertUnwindSafe, sync::Arc};
use tokio::time::sleep;
use workflows_runtime::{Panicked, prelude::*};
use workflows_tests::{Log, LogOnDrop, failure, let_others_run, ms, published, yield_once};

/// Panics when it is cloned.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Unclonable;

impl Clone for Unclonable {
    fn clone(&self) -> Self {
        panic!("do not copy")
    }
}

/// Panics when it is dropped, unless the thread is panicking already.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped a bomb");
    }
}

#[tokio::test(start_paused = true)]
async fn panic_fails_the_step_by_name() {
    #[workflow]
    struct Panics;
    #[workflow]
    impl Panics {
        #[step]
        async fn fine(&self, _start: Start<bool>) {
            pending::<()>().await;
        }
        #[step]
        async fn shaky(&self, Start(at_once): Start<bool>) -> Stop<()> {
            if !at_once {
                sleep(ms(1)).await;
            }
            panic!("no {}", "way")
        }
    }
    for at_once in [true, false] {
        let error = Panics.run(at_once).await.unwrap_err();
        let RunError::Failed { source, .. } = &error else { panic!() };
        assert_eq!(source.downcast_ref::<Panicked>().unwrap().0, "no way");
        assert_eq!(failure(error), ("shaky", "panicked: no way".to_owned()));

        let run = Panics.run(at_once).start();
        assert_eq!(failure(run.await.unwrap_err()).0, "shaky");
    }
}

#[tokio::test(start_paused = true)]
async fn panic_with_a_payload_other_than_text_fails_the_step() {
    #[workflow]
    struct Panics;
    #[workflow]
    impl Panics {
        #[step]
        async fn shaky(&self, _start: Start<()>) -> Stop<()> {
            std::panic::panic_any(7_u8)
        }
    }
    let error = Panics.run(()).await.unwrap_err();
    assert_eq!(failure(error), ("shaky", "panicked: a value that is not text".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn panic_in_place_does_not_reach_the_caller() {
    #[workflow]
    struct Panics;
    #[workflow]
    impl Panics {
        #[step]
        async fn shaky(&self, _start: Start<()>) -> Stop<()> {
            panic!("no")
        }
    }
    let caught = AssertUnwindSafe(Panics.run(()).into_future()).catch_unwind().await;
    assert!(caught.expect("no panic").is_err());
}

/// Three concurrent steps, one of which panics, either in the driver's own slot or boxed.
#[workflow(stream = &'static str)]
struct Three {
    panics: &'static str,
}

impl Three {
    async fn work(&self, ctx: &Context<Self>, name: &'static str, polls: u32) {
        for _ in 0..polls {
            yield_once().await;
        }
        assert_ne!(self.panics, name, "the step panics");
        sleep(ms(5)).await;
        ctx.publish(name);
    }
}

#[workflow]
impl Three {
    #[step]
    async fn a(&self, ctx: &Context<Self>, Start(polls): Start<u32>) {
        self.work(ctx, "a", polls).await;
    }
    #[step]
    async fn b(&self, ctx: &Context<Self>, Start(polls): Start<u32>) {
        self.work(ctx, "b", polls).await;
    }
    #[step]
    async fn c(&self, ctx: &Context<Self>, Start(polls): Start<u32>) {
        self.work(ctx, "c", polls).await;
    }
    #[step]
    async fn end(&self, _start: Start<u32>) -> Stop<()> {
        sleep(ms(9)).await;
        Stop(())
    }
    #[catch_error]
    async fn caught(&self, ctx: &Context<Self>, _failed: StepFailed) {
        ctx.publish("caught");
    }
}

#[tokio::test(start_paused = true)]
async fn panic_of_one_step_loses_no_other_step() {
    for panics in ["a", "b", "c"] {
        for polls in 0..3 {
            let run = Three { panics }.run(polls).start();
            let others = ["a", "b", "c"].into_iter().filter(|name| *name != panics);
            let expected: Vec<_> = ["caught"].into_iter().chain(others).collect();
            assert_eq!(published(&run).await, expected, "after {polls} polls");
            run.await.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn panic_in_event_clone_fails_the_emitting_step() {
    #[event]
    #[derive(PartialEq)]
    struct Fragile(Unclonable);

    #[workflow]
    struct Copies;
    #[workflow]
    impl Copies {
        #[step]
        async fn emit(&self, _start: Start<()>) -> Fragile {
            sleep(ms(1)).await;
            Fragile(Unclonable)
        }
        #[step]
        async fn one(&self, _fragile: Fragile) {}
        #[step]
        async fn two(&self, _fragile: Fragile) -> Stop<()> {
            Stop(())
        }
    }
    for error in [Copies.run(()).await.unwrap_err(), Copies.run(()).start().await.unwrap_err()] {
        assert_eq!(failure(error), ("emit", "panicked: do not copy".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn panic_in_event_clone_next_to_others_fails_the_emitter() {
    #[event]
    struct Fragile(Unclonable);

    #[workflow]
    struct Copies;
    #[workflow]
    impl Copies {
        #[step]
        async fn emit(&self, _start: Start<()>) -> Fragile {
            sleep(ms(1)).await;
            Fragile(Unclonable)
        }
        #[step]
        async fn other(&self, _start: Start<()>) {
            sleep(ms(5)).await;
        }
        #[step]
        async fn take(&self, _fragile: Fragile) -> Stop<()> {
            Stop(())
        }
    }
    let error = Copies.run(()).start().await.unwrap_err();
    assert_eq!(failure(error), ("emit", "panicked: do not copy".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn panic_in_state_clone_fails_the_last_step() {
    #[workflow(state = Unclonable)]
    struct Waits;
    #[workflow]
    impl Waits {
        #[step]
        async fn wait(&self, _start: Start<()>) -> Stop<()> {
            sleep(ms(5)).await;
            Stop(())
        }
    }

    // The state of a cancelled run is cloned for a snapshot.
    let run = Waits.run(()).start();
    tokio::task::yield_now().await;
    run.cancel();
    let error = run.await.unwrap_err();
    assert_eq!(failure(error), ("wait", "panicked: do not copy".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn panic_in_drop_of_a_cancelled_step_is_ignored() {
    #[workflow]
    struct Bombs {
        log: Log<&'static str>,
    }
    #[workflow]
    impl Bombs {
        #[step]
        async fn one(&self, _start: Start<()>) {
            let _bomb = Bomb;
            pending::<()>().await;
        }
        #[step]
        async fn two(&self, _start: Start<()>) {
            let _bomb = Bomb;
            pending::<()>().await;
        }
        #[step]
        async fn three(&self, _start: Start<()>) {
            let _dropped = LogOnDrop(self.log.clone(), "three");
            pending::<()>().await;
        }
        #[step]
        async fn end(&self, _start: Start<()>) -> Stop<u32> {
            sleep(ms(1)).await;
            Stop(1)
        }
    }
    let log = Log::default();
    let workflow = Arc::new(Bombs { log: log.clone() });
    assert_eq!(workflow.clone().run(()).await.unwrap(), 1);
    assert_eq!(log.take(), ["three"]);

    let run = workflow.clone().run(()).start();
    assert_eq!(run.await.unwrap(), 1);

    let run = workflow.clone().run(()).start();
    let_others_run().await;
    run.cancel();
    assert!(matches!(run.await, Err(RunError::Cancelled)));

    let mut dropped = workflow.run(()).into_future();
    assert!((&mut dropped).now_or_never().is_none());
    drop(dropped);
}

#[tokio::test(start_paused = true)]
async fn panic_in_drop_of_a_returned_step_fails_it() {
    #[workflow]
    struct Bombs;
    #[workflow]
    impl Bombs {
        #[step]
        async fn one(&self, _start: Start<()>) -> Stop<()> {
            let _bomb = Bomb;
            Stop(())
        }
    }
    assert_eq!(failure(Bombs.run(()).await.unwrap_err()), ("one", "panicked: dropped a bomb".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn panic_in_drop_of_the_workflow_is_ignored() {
    #[workflow]
    struct Armed {
        _bomb: Bomb,
    }
    #[workflow]
    impl Armed {
        #[step]
        async fn one(&self, Start(n): Start<u32>) -> Stop<u32> {
            Stop(n)
        }
    }
    assert_eq!(Armed { _bomb: Bomb }.run(3).start().await.unwrap(), 3);
    assert_eq!(Armed { _bomb: Bomb }.run(4).await.unwrap(), 4);
}

#[tokio::test(start_paused = true)]
async fn panic_in_drop_of_a_queued_event_is_ignored() {
    #[event]
    struct Armed {
        bomb: Option<Bomb>,
    }
    #[workflow]
    struct Queued;
    #[workflow]
    impl Queued {
        #[step]
        async fn emit(&self, _start: Start<()>) -> (Armed, Armed) {
            (Armed { bomb: None }, Armed { bomb: Some(Bomb) })
        }
        #[step(workers = 1)]
        async fn take(&self, armed: Armed) -> Stop<bool> {
            Stop(armed.bomb.is_none())
        }
    }
    assert!(Queued.run(()).start().await.unwrap());
    assert!(Queued.run(()).await.unwrap());
}

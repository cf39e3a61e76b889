//! Runs that cannot continue: `RunError::Stalled`.

use super::Ask;
use workflows_runtime::{RunOutcome, prelude::*};
use workflows_tests::{events_of, kinds, let_others_run};

#[tokio::test(start_paused = true)]
async fn in_place_run_that_prompts_stalls_at_once() {
    // Without a handle, no response can be sent.
    let error = Ask.run("?".to_owned()).timeout(Duration::from_hours(1)).await.unwrap_err();
    assert_eq!(error.to_string(), "stalled: no step can run and none has returned `Stop`");
}

#[tokio::test(start_paused = true)]
async fn started_run_that_prompts_waits_while_it_has_a_handle() {
    let run = Ask.run("?".to_owned()).start();
    let mut events = run.events();
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired { .. })));
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
    let_others_run().await;
    assert!(!run.is_finished());

    drop(run);
    let Some(RunEvent::Ended(RunOutcome::Failed(error))) = events.next().await else { panic!() };
    assert!(matches!(error, RunError::Stalled { .. }), "{error}");
    assert!(events.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn awaiting_handle_by_value_stalls_pending_prompt() {
    assert!(matches!(Ask.run("?".to_owned()).start().await, Err(RunError::Stalled { .. })));
    let mut run = Ask.run("?".to_owned()).start();
    assert!(futures::poll!(&mut run).is_pending());
    let_others_run().await;
    assert!(futures::poll!(&mut run).is_pending(), "polling by reference keeps the run answerable");
    assert!(matches!(run.await, Err(RunError::Stalled { .. })));
}

#[tokio::test(start_paused = true)]
async fn handle_is_released_on_the_first_poll_of_its_future() {
    let run = Ask.run("?".to_owned()).start();
    let mut events = run.events();
    let end = run.into_future();
    while !matches!(events.next().await, Some(RunEvent::Idle)) {}
    let error = end.await.unwrap_err();
    assert!(matches!(error, RunError::Stalled { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn unanswerable_run_stalls_despite_its_handle() {
    #[workflow]
    struct Nothing;
    #[workflow]
    impl Nothing {
        #[step]
        async fn nothing(&self, _start: Start<()>) -> Option<Stop<()>> {
            None
        }
    }
    let run = Nothing.run(()).start();
    assert!(matches!(run.result().await, Err(RunError::Stalled { parked, .. }) if parked.is_empty()));
    assert_eq!(kinds(&events_of(&run).await).len(), 1, "the run is never idle");
}

#[test]
fn last_handle_dropped_at_any_time_loses_no_wakeup() {
    // Dropped on another thread while the run starts to wait: no wakeup may be lost.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    for turn in 0..500 {
        let run = {
            let _on = runtime.enter();
            Ask.run("?".to_owned()).start()
        };
        let mut events = run.events();
        let dropper = std::thread::spawn(move || {
            (0..turn % 50).for_each(|_| std::hint::spin_loop());
            drop(run);
        });
        let last = futures::executor::block_on(async {
            let mut last = None;
            while let Some(event) = events.next().await {
                last = Some(event);
            }
            last
        });
        assert!(matches!(last, Some(RunEvent::Ended(_))));
        dropper.join().unwrap();
    }
}

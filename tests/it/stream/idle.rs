//! `Idle`: emitted when a run can only be continued by an external event.

use tokio::time::sleep;
use workflows_runtime::prelude::*;
use workflows_tests::{events_of, kinds, let_others_run, ms};

#[workflow]
struct Ask;

#[workflow]
impl Ask {
    #[step]
    async fn ask(&self, Start(n): Start<u32>) -> InputRequired<u32> {
        InputRequired(n)
    }
    #[step]
    async fn answer(&self, HumanResponse(n): HumanResponse<u32>) -> OneOf<InputRequired<u32>, Stop<()>> {
        sleep(ms(5)).await;
        if n == 0 { Stop(()).emit() } else { InputRequired(n - 1).emit() }
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_run_is_idle_once_per_prompt() {
    // Once after each prompt, and not on completion.
    let run = Ask.run(1).start();
    let mut events = run.events();
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired { prompt: 1, .. })));
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
    let_others_run().await;
    run.send(HumanResponse(1)).unwrap();
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired { prompt: 0, .. })));
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
    run.send(HumanResponse(0)).unwrap();
    assert!(matches!(events.next().await, Some(RunEvent::Ended(_))));
}

#[tokio::test(start_paused = true)]
async fn run_with_pending_responses_is_not_idle() {
    let run = Ask.run(2).start();
    run.send(HumanResponse(2)).unwrap();
    run.send(HumanResponse(0)).unwrap();
    assert_eq!(kinds(&events_of(&run).await), ["prompt", "prompt", "completed"]);
}

#[tokio::test(start_paused = true)]
async fn run_with_a_sleeping_step_is_not_idle() {
    #[workflow]
    struct Busy;
    #[workflow]
    impl Busy {
        #[step]
        async fn busy(&self, _start: Start<()>) -> InputRequired<()> {
            sleep(ms(1000)).await;
            InputRequired(())
        }
        #[step]
        async fn answer(&self, _answer: HumanResponse<()>) -> Stop<()> {
            Stop(())
        }
    }
    let run = Busy.run(()).start();
    let mut events = run.events();
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired { prompt: (), .. })));
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
}

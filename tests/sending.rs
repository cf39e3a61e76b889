//! What a step sends while it goes on, and what comes from outside.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use workflows::{Log, let_others_run, yield_once};
use workflows_runtime::prelude::*;

#[event]
struct Note(u32);

// SE-01: every step that takes it has a copy, the sender too.
#[tokio::test(start_paused = true)]
async fn what_is_sent_goes_to_every_step_that_takes_it() {
    #[workflow]
    struct Echo {
        log: Log<String>,
    }
    #[workflow]
    impl Echo {
        #[step]
        async fn start(&self, ctx: &Context<Self, (Note,)>, _start: Start<()>) {
            ctx.send(Note(2));
        }
        #[step]
        async fn again(&self, ctx: &Context<Self, (Note,)>, Note(n): Note) -> Option<Stop<()>> {
            self.log.add(format!("again {n}"));
            if n == 0 {
                return Some(Stop(()));
            }
            ctx.send(Note(n - 1));
            None
        }
        #[step]
        async fn hear(&self, Note(n): Note) {
            self.log.add(format!("hear {n}"));
        }
    }
    let log = Log::<String>::default();
    Echo { log: log.clone() }.run(()).await.unwrap();
    assert_eq!(log.take(), ["again 2", "hear 2", "again 1", "hear 1", "again 0"]);
}

// SE-06, SE-07: in the order of the calls, before what comes of the step's end; a failure takes
// nothing back, and the next attempt sends again.
#[tokio::test(start_paused = true)]
async fn what_was_sent_before_a_failure_stays_sent() {
    #[workflow]
    struct Fails {
        log: Log<String>,
    }
    #[workflow]
    impl Fails {
        #[step(retry = Retry::immediate().max_attempts(2))]
        async fn send(&self, ctx: &Context<Self, (Note,)>, _start: Start<()>) -> StepResult<Note> {
            let attempt = ctx.attempt().number;
            ctx.send(Note(10 * attempt));
            ctx.send(Note(10 * attempt + 1));
            if attempt == 1 {
                return Err(StepError::msg("not yet"));
            }
            Ok(Note(99))
        }
        #[step(workers = 1)]
        async fn hear(&self, Note(n): Note) -> Option<Stop<()>> {
            self.log.add(n.to_string());
            (n == 99).then_some(Stop(()))
        }
    }
    let log = Log::<String>::default();
    Fails { log: log.clone() }.run(()).await.unwrap();
    assert_eq!(log.take(), ["10", "11", "20", "21", "99"]);
}

// SE-09: nobody is there any more.
#[tokio::test(start_paused = true)]
async fn what_comes_after_the_end_changes_nothing() {
    #[workflow]
    struct Ask;
    #[workflow]
    impl Ask {
        #[step]
        async fn ask(&self, Start(text): Start<String>) -> InputRequired<String> {
            InputRequired(text)
        }
        #[step]
        async fn done(&self, HumanResponse(n): HumanResponse<u32>) -> Stop<u32> {
            Stop(n)
        }
    }
    let mut run = Ask.run("?".to_owned()).start();
    run.send(HumanResponse(1)).unwrap();
    assert_eq!((&mut run).await.unwrap(), 1);
    assert!(run.send(HumanResponse(2)).is_err());
    let_others_run().await;
    assert_eq!((&mut run).await.unwrap(), 1);
}

// SE-10: what is sent after a recovery is in the same line of events as what led to it.
#[tokio::test(start_paused = true)]
async fn what_is_sent_carries_the_recoveries_of_its_sender() {
    #[workflow]
    struct Circle {
        log: Log<String>,
    }
    #[workflow]
    impl Circle {
        #[step]
        async fn start(&self, _start: Start<()>) -> Note {
            Note(0)
        }
        #[step]
        async fn fails(&self, Note(n): Note) -> StepResult<Option<Stop<()>>> {
            self.log.add(n.to_string());
            Err(StepError::msg("always"))
        }
        #[catch_error(max_recoveries = 2)]
        async fn caught(&self, ctx: &Context<Self, (Note,)>, failed: StepFailed) {
            let Note(n) = failed.input().expect("it was launched with a note");
            yield_once().await;
            ctx.send(Note(n + 1));
        }
    }
    let log = Log::<String>::default();
    let error = Circle { log: log.clone() }.run(()).await.unwrap_err();
    assert!(matches!(error, RunError::Failed { step: "fails", attempts: 1, .. }), "{error:?}");
    assert_eq!(log.take(), ["0", "1", "2"]);
}

// SE-11, WE-11, WE-12: an answer that a body waits for does not start the same step once more; other steps
// that take it have it as well.
#[tokio::test(start_paused = true)]
async fn an_answer_goes_to_who_waits_and_not_to_the_same_step_again() {
    #[workflow]
    struct Both {
        log: Log<String>,
    }
    #[workflow]
    impl Both {
        #[step]
        async fn both(
            &self,
            ctx: &Context<Self, (HumanResponse<u32>,)>,
            first: OneOf<Start<()>, HumanResponse<u32>>,
        ) -> Stop<u32> {
            self.log.add(if matches!(first, OneOf::A(_)) { "started" } else { "answered" }.to_owned());
            let answer = ctx.wait_for::<u32>().await;
            yield_once().await;
            Stop(answer)
        }
        #[step]
        async fn other(&self, HumanResponse(n): HumanResponse<u32>) {
            self.log.add(format!("other {n}"));
        }
    }
    let log = Log::<String>::default();
    let run = Both { log: log.clone() }.run(()).start();
    let_others_run().await;
    run.send(HumanResponse(7)).unwrap();
    assert_eq!(run.await.unwrap(), 7);
    assert_eq!(log.take(), ["started", "other 7"]);
}

//! Sending: `ctx.send` inside a run, `RunHandle::send` from outside.

use crate::handle::Ask;
use tokio::time::sleep;
use workflows_runtime::prelude::*;
use workflows_tests::{Log, events_of, kinds, let_others_run, ms, yield_once};

#[event]
struct Note(u32);

// Every step that takes the event receives a copy, including the sender.
#[tokio::test(start_paused = true)]
async fn sent_event_goes_to_every_step_that_takes_it() {
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

#[tokio::test(start_paused = true)]
async fn sent_events_precede_the_returned_one() {
    // Events are emitted in the order of the calls.
    #[event]
    struct Note(String);
    #[event]
    struct Last;

    #[workflow]
    struct Sender {
        log: Log<String>,
    }
    #[workflow]
    impl Sender {
        #[step]
        async fn send(&self, ctx: &Context<Self, (Note, Last)>, _start: Start<()>) -> Note {
            ctx.send(Note("first".to_owned()));
            ctx.send(Note("second".to_owned()));
            yield_once().await;
            ctx.send(Last);
            Note("returned".to_owned())
        }
        #[step(workers = 1)]
        async fn note(&self, Note(text): Note) {
            self.log.add(text);
            sleep(ms(1)).await;
        }
        #[step]
        async fn last(&self, _last: Last) -> Stop<()> {
            sleep(ms(10)).await;
            Stop(())
        }
    }
    let log = Log::default();
    Sender { log: log.clone() }.run(()).await.unwrap();
    assert_eq!(log.take(), ["first", "second", "returned"]);
}

#[tokio::test(start_paused = true)]
async fn sent_event_starts_its_step_while_the_sender_runs() {
    #[event]
    struct Ping;

    #[workflow]
    struct Talk {
        log: Log<&'static str>,
    }
    #[workflow]
    impl Talk {
        #[step]
        async fn send(&self, ctx: &Context<Self, (Ping,)>, _start: Start<()>) -> Stop<()> {
            ctx.send(Ping);
            sleep(ms(10)).await;
            self.log.add("sender ends");
            Stop(())
        }
        #[step]
        async fn ping(&self, _ping: Ping) {
            self.log.add("ping");
        }
    }
    let log = Log::default();
    Talk { log: log.clone() }.run(()).await.unwrap();
    assert_eq!(log.take(), ["ping", "sender ends"]);
}

#[tokio::test(start_paused = true)]
async fn sent_event_joins_the_batch_of_its_sender() {
    #[event]
    struct Item(u32);
    #[event]
    struct Part(u32);

    #[workflow]
    struct Parts;
    #[workflow]
    impl Parts {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            vec![Item(1), Item(2)]
        }
        #[step]
        async fn cut(&self, ctx: &Context<Self, (Part,)>, Item(n): Item) {
            for i in 0..3 {
                ctx.send(Part(n * 10 + i));
                yield_once().await;
            }
        }
        #[step]
        async fn join(&self, parts: Vec<Part>) -> Stop<Vec<u32>> {
            Stop(parts.into_iter().map(|part| part.0).collect())
        }
    }
    assert_eq!(Parts.run(()).await.unwrap(), [10, 11, 12, 20, 21, 22]);
}

// Sends take effect in the order of the calls, before the step's own output. A failure does not
// withdraw them, and the next attempt sends again.
#[tokio::test(start_paused = true)]
async fn events_sent_before_a_failure_stay_sent() {
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

#[tokio::test(start_paused = true)]
async fn response_may_precede_its_prompt() {
    let run = Ask.run("?".to_owned()).start();
    run.send(HumanResponse(5)).unwrap();
    assert_eq!(run.await.unwrap(), 5);
}

#[tokio::test(start_paused = true)]
async fn responses_are_taken_in_send_order() {
    #[workflow(state = Vec<u32>)]
    struct Many;
    #[workflow]
    impl Many {
        #[step]
        async fn ask(&self, _start: Start<()>) -> InputRequired<()> {
            InputRequired(())
        }
        #[step(workers = 1)]
        async fn answer(&self, ctx: &Context<Self>, HumanResponse(n): HumanResponse<u32>) -> Option<Stop<Vec<u32>>> {
            sleep(ms(1)).await;
            ctx.state().update(|all| all.push(n));
            (n == 0).then(|| Stop(ctx.state().get()))
        }
    }
    let run = Many.run(()).start();
    for n in (0..100).rev() {
        run.send(HumanResponse(n)).unwrap();
    }
    assert_eq!(run.await.unwrap(), (0..100).rev().collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn response_after_the_end_emits_no_event() {
    let run = Ask.run("?".to_owned()).start();
    run.send(HumanResponse(5)).unwrap();
    assert_eq!(run.result().await.unwrap(), 5);
    assert_eq!(run.send(HumanResponse(6)).unwrap_err().into_inner(), HumanResponse(6));
    assert_eq!(run.result().await.unwrap(), 5);
    assert_eq!(kinds(&events_of(&run).await).last().unwrap(), "completed");
}

#[tokio::test(start_paused = true)]
async fn response_after_the_end_keeps_the_result() {
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
    run.send(HumanResponse(2)).unwrap_err();
    let_others_run().await;
    assert_eq!((&mut run).await.unwrap(), 1);
}

//! Threads that answer the prompts of a run.

use crate::{
    prelude::*,
    run::EventStream,
    sync::{model::check, thread},
};
use shuttle::future::block_on;
use std::sync::Arc;

/// Asks two questions, one after the other.
#[workflow]
struct Asks;

#[workflow]
impl Asks {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
        Start(()): Start<()>,
    ) -> Stop<(u32, u32)> {
        let first = ctx.ask_for::<u32>(1_u32).await;
        let second = ctx.ask_for::<u32>(2_u32).await;
        Stop((first, second))
    }
}

async fn next_prompt(events: &mut EventStream<Asks>) -> PromptId {
    loop {
        if let RunEvent::InputRequired { id, .. } = events.next().await.expect("the run has not ended") {
            return id;
        }
    }
}

fn answer(run: &Arc<RunHandle<Asks>>, prompt: PromptId, response: u32) -> thread::JoinHandle<bool> {
    let run = Arc::clone(run);
    thread::spawn(move || run.answer(prompt, response).is_ok())
}

#[test]
fn one_of_two_answers_reaches_its_prompt() {
    check(|| {
        let run = Arc::new(Asks.run(()).start());
        let mut events = run.events();
        let prompt = block_on(next_prompt(&mut events));
        let threads = [10, 20].map(|response| answer(&run, prompt, response));
        let second = block_on(next_prompt(&mut events));
        assert_ne!(prompt, second);
        run.answer(second, 1).unwrap();
        let (first, second) = block_on(run.result()).unwrap();
        let succeeded = threads.map(|thread| thread.join().unwrap());
        assert_eq!((succeeded, second), ([first == 10, first == 20], 1));
        assert!(succeeded[0] != succeeded[1], "the other answer is refused");
    });
}

#[test]
fn answer_to_a_run_that_is_cancelled_is_taken_or_refused() {
    check(|| {
        let run = Arc::new(Asks.run(()).start());
        let mut events = run.events();
        let prompt = block_on(next_prompt(&mut events));
        let answering = answer(&run, prompt, 10);
        let answered = block_on(async {
            run.cancel();
            run.result().await
        });
        assert!(matches!(answered, Err(RunError::Cancelled)), "the second question is open");
        answering.join().unwrap();
        assert!(run.answer(prompt, 20).is_err());
        assert!(run.open_prompts().is_empty());
    });
}

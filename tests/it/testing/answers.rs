//! Scripted answers to prompts.

use std::time::Duration;
use workflows_runtime::{
    prelude::*,
    testing::{interleave, resume_everywhere},
};

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
struct Amount(u32);

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
struct Name(String);

#[event]
struct Checked(Vec<bool>);

#[workflow]
struct Approvals;

#[workflow]
impl Approvals {
    #[step]
    async fn check(
        &self,
        ctx: &Context<Self, (InputRequired<Amount>, HumanResponse<bool>)>,
        Start(amounts): Start<Vec<u32>>,
    ) -> Checked {
        let mut approved = Vec::new();
        for amount in amounts {
            approved.push(ctx.ask_for::<bool>(Amount(amount)).await);
        }
        Checked(approved)
    }

    #[step]
    async fn sign(
        &self,
        ctx: &Context<Self, (InputRequired<Name>, HumanResponse<String>)>,
        Checked(approved): Checked,
    ) -> Stop<(Vec<bool>, String)> {
        let name = ctx.ask_for::<String>(Name("who signs?".to_owned())).await;
        Stop((approved, name))
    }
}

#[tokio::test]
async fn answers_are_given_in_order() {
    let test = Approvals.run(vec![1, 2]).test();
    let record = test.answer(true).answer(false).answer("Ann".to_owned()).await;
    assert_eq!(record.output(), &(vec![true, false], "Ann".to_owned()));
    assert_eq!(record.asked_of::<Amount, _>(), [Amount(1), Amount(2)]);
    assert_eq!(record.asked_of::<Name, _>(), [Name("who signs?".to_owned())]);
    assert_eq!(record.asked().len(), 3);
}

#[tokio::test]
async fn answers_are_given_by_type_and_predicate() {
    let record = Approvals
        .run(vec![5, 50, 7])
        .test()
        .answer_with(|Amount(amount): &Amount| (*amount < 10).then_some(true))
        .answer_with(|_: &Amount| Some(false))
        .answer_with(|_: &Name| Some("Bo".to_owned()))
        .await;
    assert_eq!(record.output(), &(vec![true, false, true], "Bo".to_owned()));
}

#[tokio::test]
async fn unanswered_prompt_fails_the_test_and_is_named() {
    let test = Approvals.run(vec![3]).test().answer_with(|_: &Name| Some("Ann".to_owned()));
    let message = super::panic_of(test.into_future()).await;
    assert!(message.starts_with("no answer for prompt 1 of `Approvals`: {\"A\":3}"), "{message}");
    assert!(message.contains(".leave_open()"), "{message}");
}

#[tokio::test]
async fn answer_of_another_type_fails_the_test() {
    let message = super::panic_of(Approvals.run(vec![3]).test().answer("Ann".to_owned()).into_future()).await;
    assert!(message.starts_with("prompt 1 expects a response of another type"), "{message}");
    assert!(message.contains("{\"A\":3}"), "{message}");
}

#[tokio::test]
async fn prompt_that_stays_open_stalls_the_run() {
    let record = Approvals.run(vec![3]).test().leave_open().await;
    assert!(matches!(record.error(), RunError::Stalled { .. }), "{record:?}");
}

#[tokio::test]
async fn prompt_that_stays_open_times_the_run_out() {
    let day = Duration::from_hours(24);
    let record = Approvals.run(vec![3]).timeout(day).test().leave_open().await;
    assert!(matches!(record.error(), RunError::TimedOut { .. }), "{record:?}");
    assert_eq!(record.elapsed(), day);
}

#[workflow(state = u32)]
struct Counter;

#[workflow]
impl Counter {
    #[step]
    async fn start(&self, Start(()): Start<()>) {}

    #[step]
    async fn count(&self, ctx: &Context<Self>, HumanResponse(n): HumanResponse<u32>) -> Option<Stop<u32>> {
        ctx.state().update(|sum| *sum += n);
        (n == 0).then_some(Stop(ctx.state().get()))
    }
}

#[tokio::test]
async fn responses_without_a_prompt_are_sent_in_order() {
    let record = Counter.run(()).test().send(40).send(2).send(0).await;
    assert_eq!(record.output(), &42);
    assert_eq!(record.executions("count"), 3);
}

#[tokio::test]
async fn answers_that_are_left_over_fail_the_test() {
    let line = line!() + 1;
    let test = Approvals.run(vec![]).test().answer("Ann".to_owned()).answer(true).answer(false);
    let message = super::panic_of(test.into_future()).await;
    assert!(
        message.starts_with("the run of `Approvals` has ended, and did not use:\n  `.answer(..)` of type `bool` at"),
        "{message}"
    );
    let lines: Vec<&str> = message.lines().collect();
    let place = format!("{}:{line}:", file!());
    assert!(lines[1].contains(&place) && lines[2].contains(&place), "{message}");
    assert!(lines[3].contains(".allow_unused()"), "{message}");
    assert!(message.contains("completed"), "the timeline: {message}");

    let message = super::panic_of(Counter.run(()).test().send(0).send(2).into_future()).await;
    assert!(message.contains("\n  `.send(..)` of type `u32` at"), "{message}");
    assert_eq!(message.matches(" at ").count(), 1, "{message}");
}

#[tokio::test]
async fn left_over_answers_may_be_allowed() {
    let record = Approvals.run(vec![]).test().answer("Ann".to_owned()).answer(true).allow_unused().await;
    assert_eq!(record.output(), &(vec![], "Ann".to_owned()));
    assert_eq!(Counter.run(()).test().send(0).send(2).allow_unused().await.output(), &0);
}

#[tokio::test]
async fn rules_may_answer_no_prompt() {
    let test = Approvals.run(vec![]).test().answer("Ann".to_owned()).answer_with(|_: &Amount| Some(true));
    assert_eq!(test.await.output(), &(vec![], "Ann".to_owned()));
}

#[tokio::test]
async fn left_over_answers_fail_a_run_driven_event_by_event() {
    let run = Approvals.run(vec![]).test().answer("Ann".to_owned()).answer(true).start();
    let message = super::panic_of(run.finish()).await;
    assert!(message.contains("`.answer(..)` of type `bool`"), "{message}");
}

#[tokio::test]
async fn left_over_answers_fail_every_order_and_every_crash() {
    let test = || Approvals.run(vec![1]).test().answer(true).answer("Ann".to_owned());
    interleave(0..3, test, |record| assert!(record.result().is_ok())).await;
    resume_everywhere(test, |whole, resumed| assert_eq!(whole.output(), resumed.output())).await;

    let test = || Approvals.run(vec![1]).test().answer(true).answer("Ann".to_owned()).answer(false);
    let message = super::panic_of(interleave(0..3, test, |_| {})).await;
    assert!(message.contains("`.answer(..)` of type `bool`"), "{message}");
    let message = super::panic_of(resume_everywhere(test, |_, _| {})).await;
    assert!(message.contains("`.answer(..)` of type `bool`"), "{message}");
}

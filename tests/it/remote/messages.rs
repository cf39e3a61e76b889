//! Messages that are damaged, or of another program.

use super::{Format, epoch};
use serde_json::{Value, json};
use std::sync::Arc;
use workflows_runtime::{
    prelude::*,
    remote::{Answered, Command, Engine, External, StepAnswer, StepCall, execute},
};

#[event]
struct Part(u32);
#[event]
struct Done(u32);
#[event]
struct Ask(u32);

#[workflow(state = Vec<u32>, stream = u32)]
struct Messages;

#[workflow]
impl Messages {
    #[step]
    async fn split(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> Vec<Part> {
        ctx.publish(n);
        ctx.state().update(|all| all.push(n));
        (0..n).map(Part).collect()
    }
    #[step(workers = 2)]
    async fn part(&self, ctx: &Context<Self, (Ask,)>, Part(n): Part) -> Done {
        ctx.send(Ask(n));
        Done(n)
    }
    #[step]
    async fn ask(&self, ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>, ask: Ask) {
        ctx.collect(ask, 2);
        ctx.ask_for::<u32>(1).matching(|n| *n > 1).await;
    }
    #[step]
    async fn end(&self, all: Vec<Done>) -> Stop<u32> {
        Stop(all.iter().map(|done| done.0).sum())
    }
}

/// An engine that calls the first step, and the call.
fn begin() -> (Engine<Messages>, StepCall<Messages>) {
    let mut engine = Engine::<Messages>::begin("seam", 2, epoch());
    let Some(Command::Execute(call)) = engine.next_command() else { panic!("a run begins with a call") };
    (engine, call)
}

fn refusal<T: serde::de::DeserializeOwned>(message: &Value) -> String {
    match serde_json::from_value::<T>(message.clone()) {
        Ok(_) => panic!("{message} is accepted"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test(start_paused = true)]
async fn messages_of_another_program_are_refused_with_the_reason() {
    let (_, call) = begin();
    let answer = execute(&Arc::new(Messages), call.clone()).await;
    let call = serde_json::to_value(&call).unwrap();
    let answer = serde_json::to_value(&answer).unwrap();

    let newer = json!({ "v2": call["v1"] });
    assert_eq!(refusal::<StepCall<Messages>>(&newer), "unknown variant `v2`, expected `v1`");
    assert_eq!(refusal::<StepAnswer<Messages>>(&newer), "unknown variant `v2`, expected `v1`");
    assert_eq!(refusal::<External<Messages>>(&newer), "unknown variant `v2`, expected `v1`");

    let with = |message: &Value, field: &str, value: Value| {
        let mut message = message.clone();
        message["v1"][field] = value;
        message
    };
    let text = refusal::<StepCall<Messages>>(&with(&call, "priority", json!(1)));
    assert!(text.starts_with("unknown field `priority`, expected one of `workflow`, `graph`, "), "{text}");
    let text = refusal::<StepAnswer<Messages>>(&with(&answer, "cost", json!(1)));
    assert!(text.starts_with("unknown field `cost`, expected one of `workflow`, `graph`, "), "{text}");
    assert_eq!(
        refusal::<StepCall<Messages>>(&with(&call, "workflow", json!("Other"))),
        "the call is of workflow `Other`, not of `Messages`"
    );
    assert_eq!(
        refusal::<StepAnswer<Messages>>(&with(&answer, "workflow", json!("Other"))),
        "the answer is of workflow `Other`, not of `Messages`"
    );
    assert_eq!(refusal::<StepCall<Messages>>(&with(&call, "step", json!("cut"))), "`Messages` has no step `cut`");
    assert_eq!(
        refusal::<StepCall<Messages>>(&with(&call, "graph", json!(1))),
        "the call is of another version of `Messages`: its steps or their events differ"
    );
    assert_eq!(
        refusal::<StepAnswer<Messages>>(&with(&answer, "graph", json!(1))),
        "the answer is of another version of `Messages`: its steps or their events differ"
    );
    assert_eq!(
        refusal::<StepCall<Messages>>(&with(&call, "step", json!("part"))),
        "the input of `part` lacks events that it takes"
    );
    let close = with(&answer, "outcome", json!({ "Returned": ["Close"] }));
    assert_eq!(refusal::<StepAnswer<Messages>>(&close), "the output of `split`: a batch is closed that was not opened");
    let open = with(&answer, "outcome", json!({ "Returned": [{ "Open": 7 }, "Close"] }));
    assert_eq!(refusal::<StepAnswer<Messages>>(&open), "the output of `split`: the step has no batch 7");
}

#[tokio::test(start_paused = true)]
async fn answer_that_does_not_fit_changes_nothing() {
    let (mut engine, call) = begin();
    let answer = execute(&Arc::new(Messages), call).await;
    let with = |field: &str, value: Value| -> StepAnswer<Messages> {
        let mut message = serde_json::to_value(&answer).unwrap();
        message["v1"][field] = value;
        serde_json::from_value(message).unwrap()
    };
    let mut refused = |answer| engine.answered(answer).unwrap_err().to_string();
    let start = "the answer to call 1.1.0 of `split` is refused: ";
    assert_eq!(refused(with("run_id", json!("other"))), format!("{start}it is of run `other`, and not of `seam`"));
    assert_eq!(refused(with("outcome", json!("Waits"))), format!("{start}it waits for nothing"));
    let wait = |slot: u32, recorded: Option<u32>| {
        json!([{ "Waited": {
            "slot": slot, "recorded": recorded, "prompt": null, "timeout": null, "matching": false, "accepts": null,
            "answered": false,
        }}])
    };
    assert_eq!(
        refused(with("records", wait(99, None))),
        format!("{start}it waits for events that do not exist: slot 99")
    );
    assert!(refused(with("records", json!([{ "Resumed": { "wait": 3 } }]))).ends_with("which has no answer"));
    assert!(refused(with("records", json!([{ "Dropped": { "wait": 3 } }]))).ends_with("which it has not made"));
    let mut message = serde_json::to_value(&answer).unwrap();
    message["v1"]["step"] = json!("end");
    message["v1"]["outcome"] = json!({ "Returned": [] });
    assert_eq!(
        refused(serde_json::from_value(message).unwrap()),
        "the answer to call 1.1.0 of `end` is refused: the call is of step `split`"
    );

    assert_eq!(engine.answered(with("at", serde_json::to_value(epoch()).unwrap())).unwrap(), Answered::Applied);
    assert_eq!(engine.answered(with("run_id", json!("seam"))).unwrap(), Answered::Ignored, "it has an answer already");
    assert!(matches!(engine.next_command(), Some(Command::Publish(_))));
    assert!(matches!(engine.next_command(), Some(Command::Execute(_))));
}

/// Drives the run with answers that are damaged by `damage`, up to a bound.
async fn damaged(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut engine, first) = begin();
    let mut calls = vec![first];
    let mut steps = 0;
    while let Some(call) = calls.pop()
        && steps < 40
    {
        steps += 1;
        let mut bytes = postcard::to_stdvec(&call).unwrap();
        damage(&mut bytes, &mut random);
        if let Ok(damaged) = postcard::from_bytes::<StepCall<Messages>>(&bytes) {
            let _ = execute(&Arc::new(Messages), damaged).await;
        }
        let mut text = serde_json::to_vec(&call).unwrap();
        damage(&mut text, &mut random);
        if let Ok(damaged) = serde_json::from_slice::<StepCall<Messages>>(&text) {
            let _ = execute(&Arc::new(Messages), damaged).await;
        }
        let answer = execute(&Arc::new(Messages), call.clone()).await;
        let mut bytes = postcard::to_stdvec(&answer).unwrap();
        damage(&mut bytes, &mut random);
        if let Ok(damaged) = postcard::from_bytes::<StepAnswer<Messages>>(&bytes) {
            // It may be applied, if the damage is in a value.
            let _ = engine.answered(damaged);
        }
        let mut text = serde_json::to_vec(&answer).unwrap();
        damage(&mut text, &mut random);
        if let Ok(damaged) = serde_json::from_slice::<StepAnswer<Messages>>(&text) {
            let _ = engine.answered(damaged);
        }
        let _ = engine.answered(answer);
        engine.send(HumanResponse(random.u32(0..4)), epoch());
        while let Some(command) = engine.next_command() {
            if let Command::Execute(call) = command {
                calls.push(call);
            }
        }
    }
}

/// Changes one byte, or cuts the message.
fn damage(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
    if bytes.is_empty() {
        return;
    }
    let at = random.usize(..bytes.len());
    match random.u32(0..4) {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << random.u32(0..8),
        2 => bytes[at] = random.u8(b'0'..=b'9'),
        _ => bytes[at] = bytes[at].wrapping_add(1),
    }
}

#[tokio::test(start_paused = true)]
async fn damaged_message_never_panics() {
    for seed in 0..300 {
        damaged(seed).await;
    }
}

#[test]
fn external_event_that_is_no_response_is_refused() {
    let cancel = Format::Json.carry(&External::<Messages>::cancel());
    let mut engine = begin().0;
    engine.external(cancel, epoch()).unwrap();
    assert!(engine.has_ended());
    let event = json!({ "v1": { "Response": { "on_part": 1 } } });
    assert_eq!(refusal::<External<Messages>>(&event), "the event is not a response");
}

//! Snapshots whose parts contradict each other.

use super::Line;
use serde_json::{Value, json};
use workflows_runtime::{ResumeError, Snapshot, prelude::*};
use workflows_tests::{Attempts, let_others_run, ms};

/// Waits, retries, recovers and collects.
#[workflow(state = u32, timeout = "1h")]
struct Desk;

#[event]
struct Letter(u32);
#[event]
struct Reply(u32);

#[workflow]
impl Desk {
    #[step]
    async fn open(&self, Start(n): Start<u32>) -> Vec<Letter> {
        (0..n).map(Letter).collect()
    }

    #[step(timeout = "1s", retry = Attempts(2, Duration::from_secs(1)))]
    async fn answer(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
        Letter(n): Letter,
    ) -> StepResult<Reply> {
        let _ = ctx.collect(Letter(n), 10);
        match n {
            0 => Ok(Reply(ctx.ask_for::<u32>(n).timeout(Duration::from_hours(2)).await.unwrap_or(0))),
            1 => Err(StepError::msg("no stamp")),
            2 if ctx.attempt().number == 1 => Err(StepError::msg("no ink")),
            _ => std::future::pending().await,
        }
    }

    #[catch_error]
    async fn recover(&self, failed: StepFailed) -> Reply {
        std::future::pending::<()>().await;
        Reply(failed.attempts)
    }

    #[step]
    async fn close(&self, replies: Vec<Reply>) -> Stop<u32> {
        Stop(replies.into_iter().map(|Reply(n)| n).sum())
    }
}

/// The run with a pending wait, an execution that backs off, and running ones.
async fn desk() -> Value {
    let run = Desk.run(6).id("desk").start();
    tokio::time::sleep(ms(1)).await;
    let mut json = serde_json::to_value(run.snapshot().await.unwrap()).unwrap();
    json["engine"]["waits"]["buffered"] = json!([]);
    json
}

fn deserialize<W: Workflow>(json: Value) -> Snapshot<W> {
    serde_json::from_value(json).unwrap()
}

#[tokio::test(start_paused = true)]
#[allow(clippy::too_many_lines, reason = "a table of cases")]
async fn inconsistency_is_named() {
    let intact = desk().await;
    let run = Desk.resume(deserialize(intact.clone())).start();
    let_others_run().await;
    assert!(!run.is_finished(), "an intact snapshot is accepted");

    let execution = "/engine/executions/entries";
    let is_wait = |entry: &Value| entry["Occupied"]["history"]["waits"].is_array() && entry["Occupied"]["step"] == 1;
    let entries = intact.pointer(execution).unwrap().as_array().unwrap();
    let waits = entries.iter().position(|entry| is_wait(entry) && entry["Occupied"]["stage"] == "Suspended").unwrap();
    let backs_off = entries.iter().position(|entry| entry["Occupied"]["stage"] == "Backoff").unwrap();
    let waits = format!("{execution}/{waits}/Occupied");
    let backs_off = format!("{execution}/{backs_off}/Occupied");
    let batch = "/engine/batches/entries/1/Occupied";
    let prompt = intact["prompts"][0].clone();
    let mut dropped = intact.pointer(&format!("{waits}/history")).unwrap().clone();
    dropped["open"] = json!([]);
    dropped["vacant"] = json!([0]);
    let cases = [
        (
            format!("{waits}/started"),
            json!(1_u64 << 40),
            "an execution of `answer` has started after the snapshot was taken",
        ),
        ("/elapsed".to_owned(), json!(u64::MAX), "the time of the run is 18446744073709551615 ns"),
        ("/engine/launched".to_owned(), json!(3), "an execution of `answer` has number 4, but 3 were launched"),
        ("/engine/launched".to_owned(), json!(u64::MAX), "18446744073709551615 executions were launched"),
        ("/engine/queues".to_owned(), json!([]), "there are 0 queues for 4 steps"),
        ("/engine/queues/1/running".to_owned(), json!(9), "3 executions of `answer` are running, not 9"),
        ("/engine/suspended".to_owned(), json!(0), "1 executions are suspended, not 0"),
        ("/engine/failed".to_owned(), json!(5), "execution 5 has ended the run, but does not start again"),
        ("/engine/root_batch".to_owned(), json!(7), "the batch of the run does not exist"),
        ("/engine/executions/next_vacant".to_owned(), json!(1), "the list of vacant executions is broken"),
        ("/engine/batches/len".to_owned(), json!(9), "the list of vacant batches is broken"),
        ("/engine/timers/created".to_owned(), json!(2), "a timer has number 4, but 2 were set"),
        ("/engine/timers/pending".to_owned(), json!([]), "wait 0 of `answer` has a timer that is not set"),
        ("/engine/waits".to_owned(), json!(null), "wait 0 of `answer` has number 0, but 0 were made"),
        ("/engine/waits/pending".to_owned(), json!([]), "wait 0 of `answer` is not registered"),
        ("/engine/waits/blocked".to_owned(), json!([[2, 9]]), "a wait is blocked that is not registered"),
        (
            "/engine/waits/buffered".to_owned(),
            json!([[2, []], [2, []]]),
            "the buffered responses are not sorted by type",
        ),
        (format!("{execution}/4/Occupied/serial"), json!(3), "two executions have number 3"),
        (format!("{waits}/step"), json!(77), "there is no step 77"),
        (format!("{waits}/step"), json!(2), "the input of `recover` lacks events that it takes"),
        (format!("{waits}/attempt"), json!(u32::MAX), "an execution of `answer` is in attempt 4294967295"),
        (format!("{waits}/sent"), json!(u32::MAX), "an execution of `answer` has sent 4294967295 events"),
        (format!("{waits}/input"), json!(null), "an execution of `answer` has no input"),
        (format!("{waits}/input"), json!({ "Many": [] }), "the input of `answer` lacks events that it takes"),
        (
            format!("{waits}/input"),
            json!({ "One": { "on_close": 1 } }),
            "the input of `answer` lacks events that it takes",
        ),
        (
            format!("{waits}/input"),
            json!({ "Many": [{ "on_answer": 1 }, { "on_answer": 2 }] }),
            "the input of `answer` has events that it does not take",
        ),
        (format!("{waits}/place/batch"), json!(9), "an event or execution is in batch 9, which does not exist"),
        (
            format!("{waits}/place/lineage"),
            json!(9),
            "an event or execution has the recovery budget 9, which does not exist",
        ),
        (format!("{waits}/history/open/0"), json!(5), "`answer` refers to wait 5 of 1"),
        (format!("{waits}/history/waits/0/slot"), json!(99), "wait 0 of `answer` is for events that do not exist"),
        (format!("{waits}/history/waits/0/slot"), json!(0), "wait 0 of `answer` is for events that no step waits for"),
        (format!("{waits}/history/waits/0/sequence"), json!(3), "wait 0 of `answer` has number 3, but 1 were made"),
        (
            format!("{waits}/history/waits/0/outcome"),
            json!({ "Answered": { "on_answer": 3 } }),
            "wait 0 of `answer` has received an event of another type",
        ),
        (format!("{backs_off}/timer"), json!(null), "the timer of an execution of `answer` does not match its stage"),
        (
            format!("{backs_off}/stage"),
            json!("Requeued"),
            "the timer of an execution of `answer` does not match its stage",
        ),
        (format!("{batch}/holds"), json!(0), "batch 1 is held 6 times, not 0"),
        (format!("{batch}/opener"), json!(44), "batch 1 was opened by an output that does not exist"),
        (format!("{batch}/parent/batch"), json!(1), "batch 0 is held 0 times, not 1"),
        (format!("{batch}/cancelled"), json!(true), "batch 1 and the one around it are not cancelled together"),
        (format!("{batch}/detached"), json!(true), "batch 0 is held 0 times, not 1"),
        (format!("{waits}/history/vacant"), json!([0]), "`answer` refers to wait 0 twice"),
        (format!("{waits}/history"), dropped, "`answer` may replace a wait that is not over"),
        (
            format!("{waits}/history/waits/0/addressee"),
            json!("Prompt"),
            "wait 0 of `answer` has received the answer to another prompt",
        ),
        (format!("{waits}/history/waits/0/prompt"), json!(2), "a wait of `answer` has prompt 2, but 1 were published"),
        (format!("{waits}/history/waits/0/prompt"), json!(null), "prompt 1 is open, but no wait for its answer is"),
        ("/engine/prompts".to_owned(), json!(u32::MAX), "4294967295 prompts were published"),
        ("/engine/prompts".to_owned(), json!(0), "a wait of `answer` has prompt 1, but 0 were published"),
        ("/prompts/0/id".to_owned(), json!(2), "prompt 2 is open, but 1 were published"),
        ("/prompts/0/id".to_owned(), json!(0), "prompt 0 is open, but 1 were published"),
        ("/prompts".to_owned(), json!([prompt, prompt]), "prompt 1 is listed after prompt 1"),
        (
            "/prompts/0/by".to_owned(),
            json!({ "Step": { "execution": 99 } }),
            "prompt 1 is of execution 99, but 7 were launched",
        ),
        ("/prompts/0/by".to_owned(), json!({ "Step": { "execution": 1 } }), "prompt 1 belongs to a wait and to none"),
        ("/prompts/0/by/Wait/slot".to_owned(), json!(0), "prompt 1 is open, but no wait for its answer is"),
        ("/prompts/0/by/Wait/at/wait".to_owned(), json!(9), "prompt 1 is open, but no wait for its answer is"),
        ("/prompts/0/by/Wait/at/slot".to_owned(), json!(99), "prompt 1 is open, but no wait for its answer is"),
        ("/collected/pending/0/1".to_owned(), json!([]), "the collection `` of `answer` is empty"),
        ("/collected/pending/0/0/0".to_owned(), json!(50), "there is no step 50 to collect events"),
        ("/collected/pending/0/0/2".to_owned(), json!(2), "the collection `` of `answer` has events of another type"),
    ];
    for (at, value, problem) in cases {
        let mut json = intact.clone();
        *json.pointer_mut(&at).unwrap_or_else(|| panic!("{at}")) = value;
        let error = match Desk.resume(deserialize(json.clone())).await.unwrap_err() {
            RunError::Resume(error) => error,
            other => panic!("{at}: {other}"),
        };
        let ResumeError::Damaged { workflow, problem: found, .. } = error else { panic!("{at}: {error}") };
        assert_eq!((workflow.as_str(), found.as_str()), ("Desk", problem), "{at}");
        // In a started run, too.
        let text = Desk.resume(deserialize(json)).start().await.unwrap_err().to_string();
        assert_eq!(text, format!("cannot resume: the snapshot of `Desk` is damaged: {problem}"));
    }
}

#[tokio::test(start_paused = true)]
async fn snapshot_with_a_collection_twice_is_not_read() {
    let mut json = desk().await;
    let pending = json["collected"]["pending"].as_array_mut().unwrap();
    let collection = pending[0].clone();
    pending.push(collection);
    let error = serde_json::from_value::<Snapshot<Desk>>(json).unwrap_err();
    assert_eq!(error.to_string(), "a step has two collections ``");
}

#[tokio::test(start_paused = true)]
async fn damaged_snapshot_can_be_inspected() {
    let mut json = serde_json::to_value(Line::until(2).await.snapshot().await.unwrap()).unwrap();
    json["engine"]["batches"]["entries"][1]["Occupied"]["parent"]["batch"] = 1.into();
    json["state"] = 41.into();
    let snapshot: Snapshot<Line> = deserialize(json);
    assert_eq!((snapshot.state(), snapshot.failed_step()), (Some(&41), None));
    assert_eq!(snapshot.run_id().unwrap().as_str(), "line");
    let run = Line::new(None).0.resume(snapshot).start();
    let error = run.result().await.unwrap_err();
    assert!(matches!(error, RunError::Resume(ResumeError::Damaged { .. })), "{error}");
    run.snapshot().await.unwrap_err();
}

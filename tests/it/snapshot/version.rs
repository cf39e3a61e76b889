//! Snapshots that are refused: unreadable ones, and those of another version of the workflow.

use super::Line;
use serde_json::Value;
use workflows_runtime::{ResumeError, Snapshot, prelude::*};
use workflows_tests::kinds;

#[tokio::test(start_paused = true)]
async fn unreadable_snapshot_is_refused_with_the_reason() {
    let json = serde_json::to_value(Line::until(1).await.snapshot().await.unwrap()).unwrap();
    let refused = async |json: Value| {
        let snapshot = serde_json::from_value(json).unwrap();
        match Line::new(None).0.resume(snapshot).await.unwrap_err() {
            RunError::Resume(error) => error,
            other => panic!("{other}"),
        }
    };
    let mut other = json.clone();
    other["version"] = 99.into();
    other["engine"] = Value::Null;
    let error = refused(other).await;
    assert!(matches!(error, ResumeError::Version { found: 99, known: 1, .. }), "{error:?}");

    let mut other = json.clone();
    other["graph"]["steps"][1]["name"] = "was".into();
    other["graph"]["steps"][2]["takes"][0] = "0: Gone".into();
    let error = refused(other).await;
    let text = error.to_string();
    for part in ["step `work` is new", "no step `was`", "step `gather` takes ", "took Gone"] {
        assert!(text.contains(part), "{text}");
    }
    // A started run also reports the error on its stream.
    let mut other = json.clone();
    other["graph"]["workflow"] = "Another".into();
    let run = Line::new(None).0.resume(serde_json::from_value(other).unwrap()).start();
    let error = run.result().await.unwrap_err().to_string();
    assert!(error.contains("it is of workflow `Another`"), "{error}");
    assert_eq!(kinds(&workflows_tests::events_of(&run).await), [format!("failed: {error}")]);

    let read = |text: &str| serde_json::from_str::<Snapshot<Line>>(text).unwrap_err().to_string();
    for field in ["version", "graph", "run_id", "taken_at", "elapsed", "state", "engine", "collected"] {
        let mut other = json.clone();
        other.as_object_mut().unwrap().remove(field);
        assert!(read(&other.to_string()).contains(&format!("missing field `{field}`")), "{field}");
    }
    let text = json.to_string();
    for end in (0..text.len()).step_by(7) {
        read(&text[..end]);
    }
    let bytes = postcard::to_stdvec(&serde_json::from_value::<Snapshot<Line>>(json).unwrap()).unwrap();
    for end in 0..bytes.len() {
        postcard::from_bytes::<Snapshot<Line>>(&bytes[..end]).unwrap_err();
    }
}

/// Defines one version of a workflow that waits for a response.
macro_rules! version {
    ($version:ident, $topic:ty, $prompt:ty, $answer:ty, $awaited:ty, $result:ty) => {
        mod $version {
            use super::*;

            #[workflow]
            pub(crate) struct Publish;

            #[workflow]
            impl Publish {
                #[step]
                async fn write(&self, Start(topic): Start<$topic>) -> InputRequired<$prompt> {
                    InputRequired(topic.into())
                }

                #[step]
                async fn decide(
                    &self,
                    ctx: &Context<Self, (HumanResponse<$awaited>,)>,
                    _: HumanResponse<$answer>,
                ) -> Option<Stop<$result>> {
                    ctx.wait_for::<$awaited>().await;
                    None
                }
            }
        }
    };
}

mod old {
    use super::*;

    #[event]
    pub(crate) struct Approval(bool);
}

mod new {
    pub(crate) use super::old::Approval as Consent;
}

type Text = String;

version!(before, String, String, Vec<old::Approval>, u64, String);

version!(renamed, Text, ::std::string::String, Vec<new::Consent>, u64, Text);

version!(start, Box<str>, String, Vec<old::Approval>, u64, String);

version!(prompt, String, std::path::PathBuf, Vec<old::Approval>, u64, String);

version!(answer, String, String, bool, u64, String);

version!(wait, String, String, Vec<old::Approval>, Option<u64>, String);

version!(result, String, String, Vec<old::Approval>, u64, [u8; 4]);

/// Resumes a snapshot of `before::Publish` as `workflow`, and returns the refusal, if any.
async fn refusal<W: Workflow>(workflow: W) -> Option<String> {
    let run = before::Publish.run("owls".to_owned()).start();
    let text = serde_json::to_string(&run.snapshot().await.unwrap()).unwrap();
    run.cancel();
    let snapshot: Snapshot<W> = serde_json::from_str(&text).unwrap();
    let run = workflow.resume(snapshot).start();
    run.cancel();
    match run.result().await {
        Err(RunError::Resume(error)) => Some(error.to_string()),
        Err(RunError::Cancelled) => None,
        _ => panic!("no response was sent"),
    }
}

#[tokio::test(start_paused = true)]
async fn snapshot_with_other_types_is_refused() {
    for (error, expected) in [
        (refusal(start::Publish).await, "step `write` takes Start<Box<str>>, and took Start<String>"),
        (
            refusal(prompt::Publish).await,
            "step `write` emits InputRequired<PathBuf>, and emitted InputRequired<String>",
        ),
        (
            refusal(answer::Publish).await,
            "step `decide` takes HumanResponse<bool> and waits for HumanResponse<u64>, \
             and took HumanResponse<Vec<Approval>> and waits for HumanResponse<u64>",
        ),
        (refusal(result::Publish).await, "step `decide` emits Stop<[u8; 4]>"),
        (refusal(wait::Publish).await, "waits for HumanResponse<Option<u64>>"),
    ] {
        let error = error.expect(expected);
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn snapshot_with_renamed_types_is_accepted() {
    assert_eq!(refusal(before::Publish).await, None);
    assert_eq!(refusal(renamed::Publish).await, None);
}

//! Snapshots of another version of a workflow.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use workflows_runtime::{Snapshot, prelude::*};

/// A workflow that waits for an answer, with the types of one version.
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

/// What is said about going on, in this version, with a run of the first one.
async fn told<W: Workflow>(workflow: W) -> Option<String> {
    let run = before::Publish.run("owls".to_owned()).start();
    let text = serde_json::to_string(&run.snapshot().await.unwrap()).unwrap();
    run.cancel();
    let snapshot: Snapshot<W> = serde_json::from_str(&text).unwrap();
    let run = workflow.resume(snapshot).start();
    run.cancel();
    match run.result().await {
        Err(RunError::Resume(error)) => Some(error.to_string()),
        Err(RunError::Cancelled) => None,
        _ => panic!("nobody answers"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_of_the_types_that_go_into_and_out_of_a_run() {
    // SN-03
    for (said, what) in [
        (told(start::Publish).await, "step `write` takes (0: Start<Box<str>>) and took (0: Start<String>)"),
        (
            told(prompt::Publish).await,
            "step `write` emits InputRequired<PathBuf> and sends nothing and emitted InputRequired<String> and sends nothing",
        ),
        (
            told(answer::Publish).await,
            "step `decide` takes (0: HumanResponse<bool>, waits for HumanResponse<u64>) \
             and took (0: HumanResponse<Vec<Approval>>, waits for HumanResponse<u64>)",
        ),
        (told(result::Publish).await, "step `decide` emits Stop<[u8; 4]>"),
        (told(wait::Publish).await, "waits for HumanResponse<Option<u64>>)"),
    ] {
        let said = said.expect(what);
        assert!(said.contains(what), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_type_under_another_name_or_path_is_the_same() {
    // SN-03
    assert_eq!(told(before::Publish).await, None);
    assert_eq!(told(renamed::Publish).await, None);
}

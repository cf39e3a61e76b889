//! `ResumeError`: why a snapshot is refused.

/// The reason why a [`Snapshot`](crate::Snapshot) cannot be resumed.
///
/// [`RunError::Resume`](crate::RunError::Resume) holds it. In a format that is not self-describing, deserializing the snapshot
/// fails with its text.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Ask;
/// # #[workflow]
/// # impl Ask {
/// #     #[step]
/// #     async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
/// #         InputRequired(question)
/// #     }
/// #     #[step]
/// #     async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
/// #         Stop(answer)
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let run = Ask.run("go on?".to_owned()).start();
/// let text = serde_json::to_string(&run.snapshot().await?)?;
/// // As if the step had another name when the snapshot was taken.
/// let text = text.replace("\"ask\"", "\"query\"");
///
/// let error = Ask.resume(serde_json::from_str(&text)?).await.unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "cannot resume: the snapshot is of another graph of `Ask`: step `ask` is new; there is no step `query` any more",
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The snapshot's format is not supported by this version of the crate.
    #[error("the snapshot has version {found}, and this version of the crate reads version {known}")]
    #[non_exhaustive]
    Version {
        /// The snapshot's version.
        found: u32,
        /// The supported version.
        known: u32,
    },
    /// The snapshot is of another workflow, or of a version of this one with another graph.
    #[error("the snapshot is of another graph of `{workflow}`: {}", difference.join("; "))]
    #[non_exhaustive]
    Graph {
        /// The workflow that was resumed.
        workflow: String,
        /// The differences, as texts.
        difference: Vec<String>,
    },
    /// The parts of the snapshot contradict each other: it was damaged in storage, or edited.
    #[error("the snapshot of `{workflow}` is damaged: {problem}")]
    #[non_exhaustive]
    Damaged {
        /// The workflow that was resumed.
        workflow: String,
        /// The first inconsistency, as a text.
        problem: String,
    },
}

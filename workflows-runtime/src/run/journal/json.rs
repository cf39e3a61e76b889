//! The JSON of what is recorded.

use crate::{
    error::{RunError, StepError},
    graph::Fingerprint,
    panics::discard,
    round_trip::{self, Limits},
    run::snapshot::{Content, MAX_DEPTH, VERSION},
    workflow::Workflow,
};
use core::time::Duration;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Serializes a value that is recorded. Returns the reason if it could not be read again.
pub(in crate::run) fn to_json<T: Serialize>(value: &T) -> Result<String, String> {
    caught(|| {
        round_trip::check(value, Limits { depth: MAX_DEPTH, has_non_finite: false, has_empty_some: true })
            .map_err(|error| error.to_string())?;
        serde_json::to_string(value).map_err(|error| error.to_string())
    })
}

/// Serializes a snapshot without its `graph`, which is the same for all snapshots of a run, and takes as long as the rest.
pub(in crate::run) fn content_to_json<W: Workflow>(content: &Content<W>) -> Result<String, String> {
    caught(|| {
        content
            .check(Limits { depth: MAX_DEPTH, has_non_finite: false, has_empty_some: true })
            .map_err(|error| error.to_string())?;
        serde_json::to_string(&WithoutGraph(content)).map_err(|error| error.to_string())
    })
}

struct WithoutGraph<'a, W: Workflow>(&'a Content<W>);

impl<W: Workflow> Serialize for WithoutGraph<'_, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Snapshot", 8)?;
        fields.serialize_field("version", &VERSION)?;
        self.0.serialize_fields(&mut fields)?;
        fields.end()
    }
}

/// The graph of a workflow as JSON.
pub(super) fn graph_to_json<W: Workflow>() -> String {
    // Strings and lists have nothing that JSON cannot hold.
    serde_json::to_string(&Fingerprint::of(W::NAME, &W::TABLE)).unwrap_or_default()
}

/// Catches a panic of the user's `Serialize`.
fn caught(serialize: impl FnOnce() -> Result<String, String>) -> Result<String, String> {
    match catch_unwind(AssertUnwindSafe(serialize)) {
        Ok(serialized) => serialized,
        Err(panic) => {
            let text = StepError::panicked(&*panic).to_string();
            discard(panic);
            Err(text)
        }
    }
}

/// The end of a run of which something cannot be recorded.
pub(in crate::run) fn not_journaled(step: &'static str, what: &str, reason: &str) -> RunError {
    let source = StepError::msg(format!("cannot record {what}: {reason}"));
    RunError::Failed { step, attempts: 1, elapsed: Duration::ZERO, source }
}

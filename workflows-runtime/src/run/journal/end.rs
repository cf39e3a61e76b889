//! The last record of a run.

use super::{
    Record,
    failure::failure_to_json,
    json::{content_to_json, not_journaled, to_json},
};
use crate::{
    error::RunError,
    run::{event_log::Ended, shared::Shared},
    workflow::Workflow,
};
use std::sync::Arc;

/// Records the end of a run, and returns its result once that is durable. The run must be closed.
///
/// A run that is released has no end: it continues elsewhere, and [`RunError::Cancelled`] is the end of this handle.
pub(in crate::run) async fn journal_end<W: Workflow>(shared: Arc<Shared<W>>, ended: Ended<W>) -> Ended<W> {
    let Some(journal) = shared.journal() else { return ended };
    if journal.is_released() {
        return Err(Box::new(RunError::Cancelled));
    }
    let step = W::TABLE.steps[0].name;
    let mut record = Record::default();
    let mut ended = ended;
    match journal.take_items() {
        Ok(items) => record.items = items,
        Err(reason) => ended = Err(Box::new(not_journaled(step, "an item of the stream", &reason))),
    }
    if let Ok(output) = &ended {
        match to_json(output) {
            Ok(json) => record.end = Some(Ok(json)),
            Err(reason) => ended = Err(Box::new(not_journaled(step, "the result", &reason))),
        }
    }
    if let Err(error) = &ended {
        record.end = Some(Err((**error).clone()));
        record.failure = Some(failure_to_json(error));
        if let Some(content) = shared.final_snapshot() {
            // A run that has failed is over, also if it could not be resumed.
            record.snapshot = content_to_json(&content).ok();
        }
    }
    if journal.record(record).await.is_err() {
        return Err(Box::new(RunError::Cancelled));
    }
    // The records of a run are stored in order, so all of them are durable.
    journal.publish_stored(&shared);
    ended
}

//! A run, written down.

use super::{collect::Collected, id::RunId, shared::Shared};
use crate::{
    engine::{EngineState, Time},
    error::ResumeError,
    graph::Fingerprint,
    workflow::Workflow,
};
use core::{fmt, marker::PhantomData};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::SerializeStruct,
};
use std::time::SystemTime;

/// The version of what is written. One that this crate does not know is refused.
const VERSION: u32 = 1;

/// All that a run is at, at one moment: its queues, work in progress, batches, what joins keep, waits
/// and their deadlines, pending retries, and its state. To be written down in any serde format, and to be
/// gone on with by [`WorkflowExt::resume`](crate::WorkflowExt::resume), in another process too.
///
/// It is made between two polls of the run's steps. What a step has done by then – sent, asked,
/// put by, changed in the state – stays done. A step that has not returned begins again after the
/// resume, with its attempt's number; what it sends, asks, collects and waits for again is
/// recognised by its order and does not count twice. What it publishes, and what it changes in the
/// state or the world, happens again: so change the state after the last `.await`, in one piece with
/// the return, and nothing is done twice. What a blocking step returns comes from another thread, a
/// moment after its last change of the state: let that be one that may be made twice.
///
/// Not in it: the workflow itself with its fields, resources, and the events told so far. Times are
/// kept relative to the run, with the time of day at which it was written down.
/// [`guide::snapshots`](crate::guide::snapshots) has the tables of what is in it, what happens again, and
/// which changes of the workflow it outlives.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Ask;
/// #[workflow]
/// impl Ask {
///     #[step]
///     async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
///         InputRequired(question)
///     }
///
///     #[step]
///     async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
///         Stop(answer)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let run = Ask.run("go on?".to_owned()).start();
/// let text = serde_json::to_string(&run.snapshot().await?)?;
/// run.cancel();
///
/// let run = Ask.resume(serde_json::from_str(&text)?).start();
/// run.send(HumanResponse(true))?;
/// assert!(run.await?);
/// # Ok(())
/// # }
/// ```
pub struct Snapshot<W: Workflow>(pub(super) Result<Content<W>, ResumeError>);

pub(super) struct Content<W: Workflow> {
    pub(super) id: RunId,
    pub(super) taken: SystemTime,
    pub(super) now: Time,
    pub(super) state: W::State,
    pub(super) engine: EngineState<W::Event>,
    pub(super) collected: Collected<W::Event>,
}

/// Why there is no [`Snapshot`] of a run.
///
/// ```
/// # use workflows_runtime::{SnapshotError, prelude::*};
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
/// run.send(HumanResponse(true))?;
/// run.result().await?;
/// assert_eq!(run.snapshot().await.unwrap_err(), SnapshotError::Ended);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The run has its result or its error: there is nothing to go on with.
    #[error("the run has ended, and there is nothing to go on with")]
    Ended,
}

impl<W: Workflow> Clone for Snapshot<W> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<W: Workflow> Clone for Content<W> {
    fn clone(&self) -> Self {
        Self {
            id: self.id.clone(),
            taken: self.taken,
            now: self.now,
            state: self.state.clone(),
            engine: self.engine.clone(),
            collected: self.collected.clone(),
        }
    }
}

impl<W: Workflow> fmt::Debug for Snapshot<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Snapshot");
        debug.field("workflow", &W::NAME);
        match &self.0 {
            Ok(content) => debug.field("run", &format_args!("{}", content.id)),
            Err(error) => debug.field("refused", error),
        };
        debug.finish_non_exhaustive()
    }
}

impl<W: Workflow> Snapshot<W> {
    /// The run's name, unless the snapshot is one that cannot be resumed.
    #[must_use]
    pub fn run_id(&self) -> Option<&RunId> {
        self.0.as_ref().ok().map(|content| &content.id)
    }

    /// When it was made, unless it is one that cannot be resumed.
    #[must_use]
    pub fn taken_at(&self) -> Option<SystemTime> {
        self.0.as_ref().ok().map(|content| content.taken)
    }

    /// The run's state, unless the snapshot is one that cannot be resumed.
    #[must_use]
    pub fn state(&self) -> Option<&W::State> {
        self.0.as_ref().ok().map(|content| &content.state)
    }
}

impl<W: Workflow> Content<W> {
    /// All that a run is at, now.
    pub(super) fn of(shared: &Shared<W>, now: Time, engine: EngineState<W::Event>) -> Self {
        Self {
            id: shared.id().clone(),
            taken: SystemTime::now(),
            now,
            state: shared.state().get(),
            engine,
            collected: shared.collected(|collected| collected.as_deref().cloned().unwrap_or_default()),
        }
    }
}

/// In alphabetical order, so that the first two come first also in formats that sort: what they
/// refuse may make the rest unreadable.
const FIELDS: &[&str] = &["format", "graph", "id", "now", "progress", "put_by", "state", "taken"];

impl<W: Workflow> Serialize for Snapshot<W> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let content = self.0.as_ref().map_err(serde::ser::Error::custom)?;
        let mut written = serializer.serialize_struct("Snapshot", FIELDS.len())?;
        written.serialize_field("format", &VERSION)?;
        written.serialize_field("graph", &Fingerprint::of(W::NAME, &W::TABLE))?;
        written.serialize_field("id", &content.id.to_string())?;
        written.serialize_field("now", &content.now)?;
        written.serialize_field("progress", &content.engine)?;
        written.serialize_field("put_by", &content.collected)?;
        written.serialize_field("state", &content.state)?;
        written.serialize_field("taken", &content.taken)?;
        written.end()
    }
}

/// A snapshot that cannot be resumed is read all the same where the format allows it, so that
/// resuming it says why; else reading it does.
impl<'de, W: Workflow> Deserialize<'de> for Snapshot<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Snapshot", FIELDS, Reader(PhantomData))
    }
}

struct Reader<W>(PhantomData<W>);

impl<W: Workflow> Reader<W> {
    fn version(found: u32) -> Result<(), ResumeError> {
        if found == VERSION { Ok(()) } else { Err(ResumeError::Version { found, known: VERSION }) }
    }

    fn graph(found: &Fingerprint) -> Result<(), ResumeError> {
        let difference = Fingerprint::of(W::NAME, &W::TABLE).difference(found);
        if difference.is_empty() {
            return Ok(());
        }
        Err(ResumeError::Graph { workflow: W::NAME.to_owned(), difference })
    }
}

impl<'de, W: Workflow> Visitor<'de> for Reader<W> {
    type Value = Snapshot<W>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a snapshot of `{}`", W::NAME)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Snapshot<W>, A::Error> {
        fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(seq: &mut A) -> Result<T, A::Error> {
            seq.next_element()?.ok_or_else(|| A::Error::custom("the snapshot is cut off"))
        }
        Self::version(next(&mut seq)?).map_err(A::Error::custom)?;
        Self::graph(&next(&mut seq)?).map_err(A::Error::custom)?;
        let id: String = next(&mut seq)?;
        Ok(Snapshot(Ok(Content {
            id: id.into(),
            now: next(&mut seq)?,
            engine: next(&mut seq)?,
            collected: next(&mut seq)?,
            state: next(&mut seq)?,
            taken: next(&mut seq)?,
        })))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Snapshot<W>, A::Error> {
        let mut missing = FIELDS.to_vec();
        let (mut id, mut taken, mut now, mut state, mut engine, mut collected) = (None, None, None, None, None, None);
        let mut checked = Ok(());
        while let Some(field) = map.next_key::<String>()? {
            missing.retain(|known| *known != field);
            // What comes after a refusal may be anything.
            match field.as_str() {
                "format" => checked = checked.and(Self::version(map.next_value()?)),
                _ if checked.is_err() => drop(map.next_value::<IgnoredAny>()?),
                "graph" => checked = Self::graph(&map.next_value()?),
                "id" => id = Some(map.next_value::<String>()?.into()),
                "now" => now = Some(map.next_value()?),
                "progress" => engine = Some(map.next_value()?),
                "put_by" => collected = Some(map.next_value()?),
                "state" => state = Some(map.next_value()?),
                "taken" => taken = Some(map.next_value()?),
                other => return Err(A::Error::unknown_field(other, FIELDS)),
            }
        }
        if let Err(error) = checked {
            return Ok(Snapshot(Err(error)));
        }
        let (Some(id), Some(taken), Some(now), Some(state), Some(engine), Some(collected), true) =
            (id, taken, now, state, engine, collected, missing.is_empty())
        else {
            return Err(A::Error::missing_field(missing.first().copied().unwrap_or("format")));
        };
        Ok(Snapshot(Ok(Content { id, taken, now, state, engine, collected })))
    }
}

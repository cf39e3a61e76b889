//! `Snapshot`: a run as serializable data.

use super::{collect::Collected, id::RunId, open_prompts::StoredPrompt, shared::Shared};
use crate::{
    engine::{EngineState, Time},
    error::ResumeError,
    graph::Fingerprint,
    round_trip::{self, Limits, Unreadable},
    workflow::Workflow,
};
use core::{fmt, marker::PhantomData};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapDeserializer},
    ser::SerializeStruct,
};
use std::time::SystemTime;

/// The version of the serialized form. Resuming a snapshot of another version is refused.
pub(super) const VERSION: u32 = 1;

/// A run at one moment, to be [resumed](crate::WorkflowExt::resume) later, in this process or another one.
///
/// It holds the queued events, the executions in progress, batches, parked events, waits with their
/// deadlines, open prompts, pending retries, collected events and the run's state. It does not hold the workflow
/// itself with its fields, resources, or the events published so far. It serializes with any serde
/// format. Times are relative to the run; the time of day at which the snapshot was taken is stored
/// next to them, so deadlines and retry delays pass while no process runs.
///
/// A snapshot is taken between two polls of the run's steps. Everything that a step has done by then
/// (sent, asked, collected, changed in the state) is kept. A step that has not returned runs again
/// from its beginning after the resume, with the same attempt number:
///
/// * What it sends, asks, collects and waits for again is matched by order and does not count twice.
/// * What it publishes and what it changes in the state or the outside world happens again. Change the
///   state after the last `.await`, together with the return, and nothing happens twice. The result
///   of a blocking step arrives from another thread a moment after its last change of the state, so
///   make that change idempotent.
///
/// See [`guide::snapshots`](crate::guide::snapshots) for the tables of the stored data, what happens
/// again, and which changes to a workflow a snapshot survives.
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

/// The content of a snapshot, deserialized.
pub(super) struct Content<W: Workflow> {
    pub(super) run_id: RunId,
    /// The time of day at which the snapshot was taken.
    pub(super) taken_at: SystemTime,
    /// The time of the run when it was taken.
    pub(super) elapsed: Time,
    pub(super) state: W::State,
    pub(super) engine: EngineState<W::Event>,
    pub(super) collected: Collected<W::Event>,
    /// The open prompts, in order of publication.
    pub(super) prompts: Vec<StoredPrompt<W>>,
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
    /// The run has a result, or has ended in a way that leaves nothing to resume; see
    /// [`RunHandle::snapshot`](crate::RunHandle::snapshot).
    #[error("the run has already ended")]
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
            run_id: self.run_id.clone(),
            taken_at: self.taken_at,
            elapsed: self.elapsed,
            state: self.state.clone(),
            engine: self.engine.clone(),
            collected: self.collected.clone(),
            prompts: self.prompts.clone(),
        }
    }
}

impl<W: Workflow> fmt::Debug for Snapshot<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Snapshot");
        debug.field("workflow", &W::NAME);
        match &self.0 {
            Ok(content) => debug.field("run", &format_args!("{}", content.run_id)),
            Err(error) => debug.field("refused", error),
        };
        debug.finish_non_exhaustive()
    }
}

impl<W: Workflow> Snapshot<W> {
    /// The id of the run, or `None` if the snapshot cannot be resumed.
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
    /// let run = Ask.run("continue?".to_owned()).id("order-7").start();
    /// let snapshot = run.snapshot().await?;
    /// assert_eq!(snapshot.run_id(), Some(&"order-7".into()));
    /// assert_eq!(snapshot.failed_step(), None);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn run_id(&self) -> Option<&RunId> {
        self.0.as_ref().ok().map(|content| &content.run_id)
    }

    /// The time of day at which it was taken, or `None` if the snapshot cannot be resumed.
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
    /// let run = Ask.run("continue?".to_owned()).start();
    /// let snapshot = run.snapshot().await?;
    /// assert!(snapshot.taken_at().is_some_and(|taken| taken <= std::time::SystemTime::now()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn taken_at(&self) -> Option<SystemTime> {
        self.0.as_ref().ok().map(|content| content.taken_at)
    }

    /// The step whose failure has ended the run: it is executed first when the run is resumed. `None` if
    /// the run has not failed, or if the snapshot cannot be resumed.
    #[must_use]
    pub fn failed_step(&self) -> Option<&'static str> {
        self.0.as_ref().ok()?.engine.failed_step(const { &W::TABLE })
    }

    /// The state of the run, or `None` if the snapshot cannot be resumed.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow(state = u64)] struct Ask;
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
    /// let run = Ask.run("continue?".to_owned()).state(7).start();
    /// assert_eq!(run.snapshot().await?.state(), Some(&7));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn state(&self) -> Option<&W::State> {
        self.0.as_ref().ok().map(|content| &content.state)
    }
}

impl<W: Workflow> Content<W> {
    /// The present content of a run. The engine has processed the answers to the prompts `answered`.
    pub(super) fn of(shared: &Shared<W>, elapsed: Time, engine: EngineState<W::Event>, answered: &[u32]) -> Self {
        let prompts = shared.stored_prompts(|id, by| !answered.contains(&id) && engine.is_prompt_open(id, by));
        Self {
            run_id: shared.id().clone(),
            taken_at: SystemTime::now(),
            elapsed,
            state: shared.state().get(),
            engine,
            collected: shared.collected(|collected| collected.as_deref().cloned().unwrap_or_default()),
            prompts,
        }
    }

    /// Checks that the user's values can be deserialized again.
    pub(super) fn check(&self, limits: Limits) -> Result<(), Unreadable> {
        round_trip::check(&(&self.state, &self.engine, &self.collected, &self.prompts), limits)
    }

    /// Serializes the fields behind `graph`.
    pub(super) fn serialize_fields<S: SerializeStruct>(&self, fields: &mut S) -> Result<(), S::Error> {
        fields.serialize_field("run_id", &self.run_id.to_string())?;
        fields.serialize_field("taken_at", &self.taken_at)?;
        fields.serialize_field("elapsed", &self.elapsed)?;
        fields.serialize_field("state", &self.state)?;
        fields.serialize_field("engine", &self.engine)?;
        fields.serialize_field("collected", &self.collected)?;
        fields.serialize_field("prompts", &self.prompts)
    }

    /// Checks that the parts agree with each other. The engine relies on it.
    pub(super) fn validate(&self) -> Result<(), ResumeError> {
        let table = const { &W::TABLE };
        let prompts = self.prompts.iter().map(|prompt| (prompt.id, &prompt.by));
        let validated = match self.engine.validate::<W>(table, self.elapsed, prompts) {
            Ok(()) => self.collected.validate::<W>(table),
            Err(problem) => Err(problem),
        };
        validated.map_err(|problem| ResumeError::Damaged { workflow: W::NAME.to_owned(), problem })
    }
}

/// The serialized fields, in the order in which they are written.
///
/// Invariant: `version` and `graph` come first, since a snapshot of another version or graph may hold
/// anything in the fields behind them.
const FIELDS: &[&str] =
    &["version", "graph", "run_id", "taken_at", "elapsed", "state", "engine", "collected", "prompts"];

/// The most levels of nesting in a human-readable format, within the 127 that `serde_json` reads. The rest is for what
/// contains the snapshot.
pub(super) const MAX_DEPTH: usize = 120;

/// In a human-readable format, a snapshot does not serialize if it could not be read again: if a value is nested
/// more than 120 levels deep, or in JSON, if a number is infinite or NaN.
impl<W: Workflow> Serialize for Snapshot<W> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let content = self.0.as_ref().map_err(serde::ser::Error::custom)?;
        // Human-readable formats limit the nesting, most of them to 128 levels.
        if serializer.is_human_readable() {
            // `serde_json` writes NaN as `null`; other formats have a notation for it.
            let is_json = core::any::type_name::<S>().contains("serde_json::");
            let limits = Limits { depth: MAX_DEPTH, has_non_finite: !is_json, has_empty_some: true };
            content.check(limits).map_err(serde::ser::Error::custom)?;
        }
        let mut fields = serializer.serialize_struct("Snapshot", FIELDS.len())?;
        fields.serialize_field("version", &VERSION)?;
        fields.serialize_field("graph", &Fingerprint::of(W::NAME, &W::TABLE))?;
        content.serialize_fields(&mut fields)?;
        fields.end()
    }
}

/// A snapshot of another version or graph deserializes where the format allows it, and resuming it
/// reports why it is refused. In formats that are not self-describing, deserializing fails instead.
impl<'de, W: Workflow> Deserialize<'de> for Snapshot<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Snapshot", FIELDS, Reader(PhantomData))
    }
}

/// Whether a snapshot with this graph can be resumed.
pub(super) fn accepted<W: Workflow>(graph: &Fingerprint) -> Result<(), ResumeError> {
    let difference = Fingerprint::of(W::NAME, &W::TABLE).difference(graph);
    if difference.is_empty() {
        return Ok(());
    }
    Err(ResumeError::Graph { workflow: W::NAME.to_owned(), difference })
}

struct Reader<W>(PhantomData<W>);

impl<W: Workflow> Reader<W> {
    fn version(found: u32) -> Result<(), ResumeError> {
        if found == VERSION { Ok(()) } else { Err(ResumeError::Version { found, known: VERSION }) }
    }

    fn graph(found: &Fingerprint) -> Result<(), ResumeError> {
        accepted::<W>(found)
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
        let run_id: String = next(&mut seq)?;
        Ok(Snapshot(Ok(Content {
            run_id: run_id.into(),
            taken_at: next(&mut seq)?,
            elapsed: next(&mut seq)?,
            state: next(&mut seq)?,
            engine: next(&mut seq)?,
            collected: next(&mut seq)?,
            prompts: next(&mut seq)?,
        })))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Snapshot<W>, A::Error> {
        let mut fields = Fields::<W>::default();
        let mut refused = None;
        let mut missing = FIELDS.to_vec();
        while let Some(field) = map.next_key::<String>()? {
            if field != "version" && missing.contains(&"version") {
                return Self::visit_sorted_map(field, map);
            }
            missing.retain(|known| *known != field);
            match field.as_str() {
                "version" => refused = Self::version(map.next_value()?).err(),
                _ if refused.is_some() => drop(map.next_value::<IgnoredAny>()?),
                "graph" => refused = Self::graph(&map.next_value()?).err(),
                "run_id" => fields.run_id = Some(map.next_value::<String>()?.into()),
                "taken_at" => fields.taken_at = Some(map.next_value()?),
                "elapsed" => fields.elapsed = Some(map.next_value()?),
                "state" => fields.state = Some(map.next_value()?),
                "engine" => fields.engine = Some(map.next_value()?),
                "collected" => fields.collected = Some(map.next_value()?),
                "prompts" => fields.prompts = Some(map.next_value()?),
                other => return Err(A::Error::unknown_field(other, FIELDS)),
            }
        }
        if let Some(error) = refused {
            return Ok(Snapshot(Err(error)));
        }
        if let Some(field) = missing.first() {
            return Err(A::Error::missing_field(field));
        }
        let content = fields.content().ok_or_else(|| A::Error::custom("the snapshot is incomplete"))?;
        Ok(Snapshot(Ok(content)))
    }
}

impl<W: Workflow> Reader<W> {
    /// Reads a map whose fields are not in the order in which they were written, such as one that
    /// went through `serde_json::Value`: the fields are buffered until `version` and `graph` are known.
    fn visit_sorted_map<'de, A: MapAccess<'de>>(first: String, mut map: A) -> Result<Snapshot<W>, A::Error> {
        let mut fields = vec![(first, map.next_value::<serde_json::Value>()?)];
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        if !fields.iter().any(|(field, _)| field == "version") {
            return Err(A::Error::missing_field("version"));
        }
        // Unknown fields have no position and would sort first.
        fields.sort_by_key(|(field, _)| (field != "version", FIELDS.iter().position(|known| known == field)));
        Self(PhantomData).visit_map(MapDeserializer::new(fields.into_iter())).map_err(A::Error::custom)
    }
}

/// The fields that have been read so far.
struct Fields<W: Workflow> {
    run_id: Option<RunId>,
    taken_at: Option<SystemTime>,
    elapsed: Option<Time>,
    state: Option<W::State>,
    engine: Option<EngineState<W::Event>>,
    collected: Option<Collected<W::Event>>,
    prompts: Option<Vec<StoredPrompt<W>>>,
}

impl<W: Workflow> Default for Fields<W> {
    fn default() -> Self {
        Self { run_id: None, taken_at: None, elapsed: None, state: None, engine: None, collected: None, prompts: None }
    }
}

impl<W: Workflow> Fields<W> {
    /// The content, if all of it is there.
    fn content(self) -> Option<Content<W>> {
        Some(Content {
            run_id: self.run_id?,
            taken_at: self.taken_at?,
            elapsed: self.elapsed?,
            state: self.state?,
            engine: self.engine?,
            collected: self.collected?,
            prompts: self.prompts?,
        })
    }
}

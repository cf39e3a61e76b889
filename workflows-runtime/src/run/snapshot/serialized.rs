//! The serialized form of a snapshot.

use super::{Content, Snapshot, VERSION};
use crate::{
    engine::{EngineState, Time},
    error::ResumeError,
    graph::Fingerprint,
    round_trip::Limits,
    run::{collect::Collected, id::RunId, open_prompts::StoredPrompt},
    workflow::Workflow,
};
use core::{fmt, marker::PhantomData};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapDeserializer},
    ser::SerializeStruct,
};
use std::time::SystemTime;

/// The serialized fields, in the order in which they are written.
///
/// Invariant: `version` and `graph` come first, since a snapshot of another version or graph may hold
/// anything in the fields behind them.
const FIELDS: &[&str] =
    &["version", "graph", "run_id", "taken_at", "elapsed", "state", "engine", "collected", "prompts"];

/// The most levels of nesting in a human-readable format, within the 127 that `serde_json` reads. The rest is for what
/// contains the snapshot.
pub(in crate::run) const MAX_DEPTH: usize = 120;

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
fn accepted<W: Workflow>(graph: &Fingerprint) -> Result<(), ResumeError> {
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
    state: Option<Box<W::State>>,
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

//! Recording ticks in place of snapshots.
//!
//! A snapshot contains all that the run holds, so a snapshot for each outcome of a large fan-out writes in proportion to
//! its square. The ticks since the last snapshot, its *tail*, are as large as what happens. Where a replay of them leads
//! to the same state (see `engine/tail.rs`), they are recorded, until a snapshot is not much larger than they are.
//!
//! A record of the tail is JSON:
//!
//! | field      | contains                                                                            |
//! |------------|-------------------------------------------------------------------------------------|
//! | `version`  | the version of the engine's rules: the same ticks lead to the same state            |
//! | `number`   | the number of the record since the snapshot, from 0                                 |
//! | `elapsed`  | the time of the run                                                                 |
//! | `taken_at` | the time of day                                                                     |
//! | `held`     | in the first record: the dropped executions that hold a worker at the snapshot, with their steps |
//! | `ticks`    | the ticks, each with the run's time; `decided`, with the decisions of the next tick; `woken`, the wait to which others of its step have lost; and `resumed`, with the time that no host has executed the run |
//! | `state`    | a list of the user's state, if that has changed since the last record; or           |
//! | `splice`   | what has changed in its text                                                        |
//! | `opened`   | the numbers of the prompts that the ticks have published, and that are open         |
//! | `reopened` | the prompts that were published before, and are open again                          |
//! | `closed`   | the numbers of the prompts that are not open any more                               |
//! | `collected`| the calls since the last record that have collected an event: attempt, step, event  |
//! | `digest`   | a digest of the engine's state, at least after every 64 ticks                       |

use super::{json::to_json, state_text::Splice};
use crate::{
    engine::{Decision, Effect, Effects, ExecutionId, Tick, Time, WaitAt},
    error::StepError,
    run::{
        collect::{Added, RecordedCall},
        open_prompts::StoredPrompt,
        remote::Output,
    },
    workflow::Workflow,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{
    fmt::Write,
    time::{Duration, SystemTime},
};

/// The version of the engine's rules and of the records. A tail with a later one is not replayed.
pub(super) const VERSION: u32 = 4;
/// Records of this version had no `collected`. Those before version 3 had neither waits nor prompts, and those before version
/// 4 neither timeouts of attempts, nor held workers, nor `resumed`.
pub(super) const OLDEST_VERSION: u32 = 1;
/// The first version whose digest contains the waits.
pub(super) const WITH_WAITS: u32 = 3;

/// The most ticks between two digests.
const DIGEST_AFTER: u32 = 64;

/// A tail of this size is never worth a snapshot.
const MIN_TAIL: usize = 4096;

/// The serial, slot and number of an attempt.
type Attempt = (u64, u32, u32);

/// A recorded tick, as it is written.
#[derive(Serialize)]
#[serde(bound = "", rename_all = "snake_case")]
enum WrittenTick<'a, W: Workflow> {
    /// The only effect is this event.
    Event(Attempt, Time, &'a W::Event),
    Done(Attempt, Time, Vec<WrittenOutput<'a, W>>),
    Sent(Attempt, Time, &'a W::Event),
    Failed(Attempt, Time, StepError, Option<Duration>, SystemTime),
    Time(Time),
    External(Time, &'a W::Event),
    Answer(Time, u32, Option<WaitAt>, &'a W::Event),
    Asked(Attempt, Time, &'a W::HeldPrompt),
    Wait(Attempt, Time, u16, Option<&'a W::HeldPrompt>, Option<Duration>),
    Unwait(Attempt, Time, usize),
    Quiet(Time),
    Outlived(Attempt, Time),
    Vacated(Attempt, Time),
}

/// An [`Output`] without results.
#[derive(Serialize)]
#[serde(bound = "")]
enum WrittenOutput<'a, W: Workflow> {
    Event(&'a W::Event),
    Prompt(&'a W::HeldPrompt),
    Open(u16),
    Branch,
    Branches(&'a Vec<W::Event>),
    Close,
}

/// A recorded tick, as it is read.
#[derive(Deserialize)]
#[serde(bound = "", rename_all = "snake_case")]
pub(super) enum RecordedTick<W: Workflow> {
    Event(Attempt, Time, W::Event),
    Done(Attempt, Time, Vec<Output<W>>),
    Sent(Attempt, Time, W::Event),
    Failed(Attempt, Time, StepError, Option<Duration>, SystemTime),
    Time(Time),
    External(Time, W::Event),
    Answer(Time, u32, Option<WaitAt>, W::Event),
    Asked(Attempt, Time, W::HeldPrompt),
    Wait(Attempt, Time, u16, Option<W::HeldPrompt>, Option<Duration>),
    Unwait(Attempt, Time, usize),
    Quiet(Time),
    Outlived(Attempt, Time),
    Vacated(Attempt, Time),
    /// A host has resumed the run, at this time of the run, after no host has executed it for this time.
    Resumed(Time, Duration),
    /// The decisions of the next tick.
    Decided(Vec<Decision>),
    /// The driver has taken the action that wakes a step: other waits of the step have lost to this one.
    Woken(Attempt, usize),
}

/// A record of the tail, as it is read.
#[derive(Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub(super) struct RecordedTail<W: Workflow> {
    pub(super) number: u32,
    pub(super) elapsed: Time,
    pub(super) taken_at: SystemTime,
    #[serde(default)]
    pub(super) held: Vec<(Attempt, u16)>,
    pub(super) ticks: Vec<RecordedTick<W>>,
    // A list, since the state itself may be `null`.
    #[serde(default)]
    pub(super) state: Option<(Box<RawValue>,)>,
    #[serde(default)]
    pub(super) splice: Option<Splice>,
    #[serde(default)]
    pub(super) opened: Vec<u32>,
    #[serde(default)]
    pub(super) reopened: Vec<StoredPrompt<W>>,
    #[serde(default)]
    pub(super) closed: Vec<u32>,
    #[serde(default)]
    pub(super) collected: Vec<(Attempt, u16, Added<W::Event>)>,
    #[serde(default)]
    pub(super) digest: Option<u64>,
    #[serde(rename = "version")]
    _version: u32,
}

/// The version of a record, of which the other fields may be unknown.
#[derive(Deserialize)]
pub(super) struct TailVersion {
    pub(super) version: u32,
}

fn attempt(id: ExecutionId) -> Attempt {
    (id.serial, id.slot, id.attempt)
}

pub(super) fn execution((serial, slot, attempt): Attempt) -> ExecutionId {
    ExecutionId { serial, slot, attempt }
}

/// A tick as JSON. `None` if it changes nothing that is recorded, or cannot be replayed, which the engine knows.
/// [`decided_to_json`] comes before it.
///
/// # Errors
///
/// It cannot be recorded.
pub(in crate::run) fn tick_to_json<W: Workflow>(tick: &Tick<W>, now: Time) -> Result<Option<String>, String> {
    let written: WrittenTick<'_, W> = match tick {
        Tick::Done { execution, effects } => match effects.only_event() {
            Some(event) => WrittenTick::Event(attempt(*execution), now, event),
            None => WrittenTick::Done(attempt(*execution), now, outputs(effects)?),
        },
        Tick::Sent { from, event } => WrittenTick::Sent(attempt(*from), now, event),
        Tick::Failed { execution, error, at } => {
            let delay = error.retry_after();
            let (error, _) = error.clone().take_decision();
            WrittenTick::Failed(attempt(*execution), now, error, delay, *at)
        }
        Tick::Time { .. } => WrittenTick::Time(now),
        Tick::External(event) => WrittenTick::External(now, event),
        Tick::Answer { prompt, wait, event } => WrittenTick::Answer(now, *prompt, *wait, event),
        Tick::Asked { from, prompt } => WrittenTick::Asked(attempt(*from), now, prompt),
        Tick::Wait { from, slot, prompt, timeout, .. } => {
            WrittenTick::Wait(attempt(*from), now, *slot, prompt.as_ref(), *timeout)
        }
        Tick::Unwait { from, wait } => WrittenTick::Unwait(attempt(*from), now, *wait),
        Tick::Quiet => WrittenTick::Quiet(now),
        Tick::Outlived { execution } => WrittenTick::Outlived(attempt(*execution), now),
        Tick::Vacated { execution } => WrittenTick::Vacated(attempt(*execution), now),
        _ => return Ok(None),
    };
    to_json(&written).map(Some)
}

/// The decisions of a tick as JSON. `None` if there are none.
pub(in crate::run) fn decided_to_json(decisions: &[Decision]) -> Option<String> {
    if decisions.is_empty() {
        return None;
    }
    let decisions = to_json(&decisions).ok()?;
    Some(format!("{{\"decided\":{decisions}}}"))
}

/// A wait to which others have lost, as JSON.
pub(in crate::run) fn woken_to_json(id: ExecutionId, wait: usize) -> String {
    let ExecutionId { serial, slot, attempt } = id;
    format!("{{\"woken\":[[{serial},{slot},{attempt}],{wait}]}}")
}

/// A resume as JSON, at this time of the run, after no host has executed it for this time.
pub(in crate::run) fn resumed_to_json(Time(now): Time, away: Duration) -> String {
    let (secs, nanos) = (away.as_secs(), away.subsec_nanos());
    format!("{{\"resumed\":[{now},{{\"secs\":{secs},\"nanos\":{nanos}}}]}}")
}

/// The executions that hold a worker as a JSON list. Empty if there are none.
pub(in crate::run) fn held_to_json(held: &[(ExecutionId, u16)]) -> String {
    if held.is_empty() {
        return String::new();
    }
    let held: Vec<(Attempt, u16)> = held.iter().map(|(id, step)| (attempt(*id), *step)).collect();
    // Numbers have nothing that JSON cannot hold.
    to_json(&held).unwrap_or_default()
}

fn outputs<W: Workflow>(effects: &Effects<W>) -> Result<Vec<WrittenOutput<'_, W>>, String> {
    let mut outputs = Vec::new();
    for effect in effects.iter() {
        outputs.push(match effect {
            Effect::Event(event) => WrittenOutput::Event(event),
            Effect::Open(number) => WrittenOutput::Open(*number),
            Effect::Branch => WrittenOutput::Branch,
            Effect::Branches(events) => WrittenOutput::Branches(events),
            Effect::Close => WrittenOutput::Close,
            Effect::Prompt(prompt) => WrittenOutput::Prompt(prompt),
            // Recorded with the end.
            Effect::Stop(_) => return Err("it ends the run".to_owned()),
        });
    }
    Ok(outputs)
}

/// The ticks since the last snapshot.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// The size of the last snapshot, if ticks may follow it.
    base: Option<usize>,
    /// The size of the records since then.
    len: usize,
    /// The number of records since then.
    number: u32,
    /// What the first record contains, as of [`held_to_json`].
    held: String,
    /// The ticks that no record contains, as JSON, separated by commas.
    ticks: String,
    /// The number of ticks since the last digest.
    undigested: u32,
    /// The user's state in the last record, as JSON.
    state: String,
    /// The number of prompts that were published by the last record.
    prompts: u32,
}

/// The last record of a run that is resumed. What happens next is recorded behind it; see
/// [`Prepared::continue_behind`](super::Prepared::continue_behind).
#[derive(Debug, Clone)]
pub struct LastRecord {
    /// The size of the snapshot.
    pub(super) base: usize,
    /// The size of the records since then.
    pub(super) len: usize,
    /// The number of records since then.
    pub(super) number: u32,
    /// The user's state as JSON, as it is written there.
    pub(super) state: String,
}

/// What a record of the tail contains beside its ticks.
pub(in crate::run) struct TailHeader<'a, W: Workflow> {
    pub(in crate::run) elapsed: Time,
    pub(in crate::run) taken_at: SystemTime,
    /// The user's state as JSON.
    pub(in crate::run) state: String,
    /// See [`collected_to_json`].
    pub(in crate::run) collected: String,
    /// What has become of the prompts since the last record.
    pub(in crate::run) prompts: &'a PromptChanges<W>,
    /// The number of prompts that were published so far.
    pub(in crate::run) published: u32,
}

/// Which prompts are open now, and were not by the last record, and the other way round.
pub(in crate::run) struct PromptChanges<W: Workflow> {
    /// In order of publication.
    pub(in crate::run) opened: Vec<StoredPrompt<W>>,
    pub(in crate::run) closed: Vec<u32>,
}

impl<W: Workflow> PromptChanges<W> {
    /// Writes the fields of a record behind which `published` prompts were published by the record before.
    fn write(&self, record: &mut String, published: u32) -> Option<()> {
        let (old, new): (Vec<_>, Vec<_>) = self.opened.iter().partition(|prompt| prompt.id <= published);
        if !new.is_empty() {
            let new: Vec<u32> = new.iter().map(|prompt| prompt.id).collect();
            write!(record, ",\"opened\":{}", to_json(&new).ok()?).ok()?;
        }
        if !old.is_empty() {
            write!(record, ",\"reopened\":{}", to_json(&old).ok()?).ok()?;
        }
        if !self.closed.is_empty() {
            write!(record, ",\"closed\":{}", to_json(&self.closed).ok()?).ok()?;
        }
        Some(())
    }
}

/// The calls that have collected an event, as a JSON list. Empty if there are none.
///
/// # Errors
///
/// An event cannot be recorded.
pub(in crate::run) fn collected_to_json<E: Serialize>(calls: &[RecordedCall<E>]) -> Result<String, String> {
    if calls.is_empty() {
        return Ok(String::new());
    }
    let calls: Vec<_> = calls.iter().map(|call| (attempt(call.from), call.step, &call.added)).collect();
    to_json(&calls)
}

impl Tail {
    /// Whether ticks may follow the last snapshot.
    pub(super) fn is_open(&self) -> bool {
        self.base.is_some()
    }

    /// The next record is a snapshot.
    pub(super) fn close(&mut self) {
        *self = Self::default();
    }

    /// A snapshot of this size is recorded, with this state of the user, once so many prompts were published, while these
    /// executions [hold](held_to_json) a worker. Ticks may follow it.
    pub(super) fn open(&mut self, snapshot: usize, state: String, prompts: u32, held: String) {
        *self = Self { base: Some(snapshot), state, prompts, held, ..Self::default() };
    }

    /// Ticks may follow this record, by which so many prompts were published.
    pub(super) fn open_behind(&mut self, last: LastRecord, prompts: u32) {
        let LastRecord { base, len, number, state } = last;
        // The first record is compared.
        let undigested = DIGEST_AFTER;
        *self = Self { base: Some(base), len, number, state, prompts, undigested, ..Self::default() };
    }

    /// Adds a tick, or what is recorded beside the ticks.
    pub(super) fn push(&mut self, tick: &str) {
        if !self.ticks.is_empty() {
            self.ticks.push(',');
        }
        self.ticks.push_str(tick);
        self.undigested += 1;
    }

    /// A record of the ticks since the last one. `None` if a snapshot must be recorded, or is about as large as the tail.
    pub(super) fn record<W: Workflow>(
        &mut self,
        header: TailHeader<'_, W>,
        digest: impl FnOnce() -> u64,
    ) -> Option<String> {
        let base = self.base?;
        let limit = MIN_TAIL.max(2 * base);
        let TailHeader { elapsed: Time(elapsed), taken_at, state, collected, prompts, published } = header;
        let taken_at = to_json(&taken_at).ok()?;
        let mut record = String::with_capacity(self.ticks.len() + 160);
        let number = self.number;
        // Writing to a text does not fail.
        write!(record, "{{\"version\":{VERSION},\"number\":{number},\"elapsed\":{elapsed},\"taken_at\":{taken_at}")
            .ok()?;
        if !self.held.is_empty() {
            write!(record, ",\"held\":{}", self.held).ok()?;
            self.held.clear();
        }
        write!(record, ",\"ticks\":[{}]", self.ticks).ok()?;
        self.ticks.clear();
        if state != self.state {
            match Splice::between(&self.state, &state) {
                Some(splice) => write!(record, ",\"splice\":{}", to_json(&splice).ok()?).ok()?,
                None => write!(record, ",\"state\":[{state}]").ok()?,
            }
            self.state = state;
        }
        prompts.write(&mut record, self.prompts)?;
        self.prompts = published;
        if !collected.is_empty() {
            write!(record, ",\"collected\":{collected}").ok()?;
        }
        // In programs that are debugged, each record of a small run is compared.
        let is_small = cfg!(debug_assertions) && base < 16 * MIN_TAIL;
        if self.undigested >= DIGEST_AFTER || is_small {
            self.undigested = 0;
            write!(record, ",\"digest\":{}", digest()).ok()?;
        }
        record.push('}');
        self.number += 1;
        self.len += record.len();
        if self.len > limit { None } else { Some(record) }
    }
}

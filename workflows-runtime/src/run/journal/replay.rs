//! Reading a recorded run: its last snapshot, and a replay of the ticks since then.

use super::{
    state_text::{StateText, state_text},
    tail::{LastRecord, OLDEST_VERSION, RecordedTail, RecordedTick, TailVersion, VERSION, WITH_WAITS, execution},
};
use crate::{
    engine::{Effect, Effects, Engine, ExecutionId, Tick, Time},
    error::StepError,
    panics::discard,
    run::{
        open_prompts::StoredPrompt,
        remote::Output,
        snapshot::{Content, Snapshot},
    },
    workflow::{Held, Workflow},
};
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    time::SystemTime,
};

/// Why a recorded run cannot be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct ReadError(pub(super) String);

/// A recorded run, as it is [read](read).
#[derive(Debug)]
#[non_exhaustive]
pub struct Recorded<W: Workflow> {
    /// The state of the run.
    pub snapshot: Snapshot<W>,
    /// For [`Prepared::continue_behind`](super::Prepared::continue_behind). `None` if the snapshot is refused.
    pub last: Option<LastRecord>,
}

/// Reads a [recorded](super::Record::snapshot) snapshot and the [ticks](super::Record::ticks) since then, with the
/// [graph](super::Prepared::graph) of the run.
///
/// Resuming it reports whether the workflow has another graph, and what differs.
///
/// # Errors
///
/// The texts are not what was recorded, or the ticks do not lead to the recorded state: they are of a version of this
/// crate with other rules.
pub fn read<W: Workflow>(snapshot: &str, graph: &str, ticks: &[impl AsRef<str>]) -> Result<Recorded<W>, ReadError> {
    let parsed = serde_json::from_str(&with_graph(snapshot, graph));
    let parsed: Snapshot<W> = parsed.map_err(|error| ReadError(format!("the snapshot cannot be read: {error}")))?;
    // Resuming it reports why.
    let Ok(content) = parsed.0 else { return Ok(Recorded { snapshot: parsed, last: None }) };
    let (content, state) = if ticks.is_empty() {
        (content, state_text(snapshot).map_err(ReadError)?.to_owned())
    } else {
        let (content, state) = replayed(content, snapshot, ticks, W::TABLE.steps.len())?;
        (content, state.into_text().map_err(ReadError)?)
    };
    let len = ticks.iter().map(|tick| tick.as_ref().len()).sum();
    let last = match u32::try_from(ticks.len()) {
        Ok(number) => Some(LastRecord { base: snapshot.len(), len, number, state }),
        Err(_) => None,
    };
    Ok(Recorded { snapshot: Snapshot(Ok(content)), last })
}

/// A snapshot with its graph: the first field is `version`, and `graph` is the second one.
pub(super) fn with_graph(snapshot: &str, graph: &str) -> String {
    match snapshot.split_once(',') {
        Some((version, fields)) => format!("{version},\"graph\":{graph},{fields}"),
        None => snapshot.to_owned(),
    }
}

/// The content after the ticks, which were recorded with so many steps and behind this snapshot.
pub(super) fn replayed<'a, W: Workflow>(
    content: Content<W>,
    snapshot: &'a str,
    ticks: &[impl AsRef<str>],
    steps: usize,
) -> Result<(Content<W>, StateText<'a>), ReadError> {
    // The user's values are cloned.
    match catch_unwind(AssertUnwindSafe(|| replay(content, snapshot, ticks, steps))) {
        Ok(replayed) => replayed.map_err(ReadError),
        Err(panic) => {
            let text = StepError::panicked(&*panic).to_string();
            discard(panic);
            Err(ReadError(format!("the ticks cannot be replayed: {text}")))
        }
    }
}

fn replay<'a, W: Workflow>(
    mut content: Content<W>,
    snapshot: &'a str,
    ticks: &[impl AsRef<str>],
    steps: usize,
) -> Result<(Content<W>, StateText<'a>), String> {
    let mut state = StateText::new(snapshot);
    // The engine relies on it.
    content.validate().map_err(|error| error.to_string())?;
    let mut prompts: BTreeMap<u32, StoredPrompt<W>> =
        content.prompts.drain(..).map(|prompt| (prompt.id, prompt)).collect();
    let mut engine = Engine::<W>::replaying(const { &W::TABLE }, content.engine);
    for (number, text) in (0..).zip(ticks) {
        let unreadable = |error| format!("tick record {number} cannot be read: {error}");
        let TailVersion { version } = serde_json::from_str(text.as_ref()).map_err(unreadable)?;
        if !(OLDEST_VERSION..=VERSION).contains(&version) {
            return Err(format!("the ticks have version {version}, and this program knows {VERSION}"));
        }
        let record: RecordedTail<W> = serde_json::from_str(text.as_ref()).map_err(unreadable)?;
        if record.number != number {
            return Err(format!("tick record {number} is missing"));
        }
        for (attempt, step, added) in record.collected {
            added.validate::<W>()?;
            if usize::from(step) >= W::TABLE.steps.len() {
                return Err(format!("there is no step {step} to collect events"));
            }
            content.collected.add_all(execution(attempt), step, vec![added]);
        }
        for (attempt, step) in record.held {
            if usize::from(step) >= W::TABLE.steps.len() {
                return Err(format!("there is no step {step} to hold a worker of"));
            }
            engine.replay_held(execution(attempt), step);
        }
        let with_waits = version >= WITH_WAITS;
        let mut published = BTreeMap::new();
        let mut is_replayed = apply(&mut engine, record.ticks, &mut published)?;
        is_replayed &= record.digest.is_none_or(|digest| digest == engine.digest_of_first(steps, with_waits));
        for id in record.opened {
            match published.remove(&id) {
                Some(prompt) => drop(prompts.insert(id, prompt)),
                None => is_replayed = false,
            }
        }
        prompts.extend(record.reopened.into_iter().map(|prompt| (prompt.id, prompt)));
        for id in record.closed {
            is_replayed &= prompts.remove(&id).is_some();
        }
        if engine.has_ended() || !is_replayed {
            return Err(format!("tick record {number} does not lead to the state that was recorded"));
        }
        content.elapsed = record.elapsed;
        content.taken_at = record.taken_at;
        state.change(record.state.map(|(state,)| state), record.splice)?;
    }
    if let Some(text) = state.text() {
        content.state = serde_json::from_str(text).map_err(|error| format!("the state cannot be read: {error}"))?;
    }
    content.prompts = prompts.into_values().collect();
    content.engine = engine.take_final_snapshot();
    content.collected.over_but(&content.engine.serials());
    Ok((content, state))
}

/// Applies the ticks of a record. Returns whether all were decided as they were recorded, and adds the prompts that they
/// publish.
fn apply<W: Workflow>(
    engine: &mut Engine<W>,
    ticks: Vec<RecordedTick<W>>,
    published: &mut BTreeMap<u32, StoredPrompt<W>>,
) -> Result<bool, String> {
    let mut publish = |id, prompt: W::HeldPrompt, by| {
        published.insert(id, StoredPrompt { id, prompt: prompt.release(), by });
    };
    let mut decisions = Vec::new();
    let mut is_replayed = true;
    for tick in ticks {
        match tick {
            // Each tick has at most one list.
            RecordedTick::Decided(decided) => {
                is_replayed &= decisions.is_empty();
                decisions = decided;
            }
            RecordedTick::Resumed(now, away) => {
                engine.replay_restored(away);
                engine.advance_run_timeout(away);
                let decisions = std::mem::take(&mut decisions);
                is_replayed &= engine.replay(Tick::Resume, now, decisions, &mut publish);
            }
            RecordedTick::Woken(attempt, wait) => is_replayed &= engine.replay_woken(execution(attempt), wait),
            tick => {
                let (tick, now) = ticked(engine, tick)?;
                is_replayed &= engine.replay(tick, now, std::mem::take(&mut decisions), &mut publish);
            }
        }
    }
    Ok(is_replayed && decisions.is_empty())
}

/// The tick for the engine, and its time.
fn ticked<W: Workflow>(engine: &Engine<W>, tick: RecordedTick<W>) -> Result<(Tick<W>, Time), String> {
    Ok(match tick {
        RecordedTick::Event(attempt, now, event) => {
            let mut effects = Effects::new();
            effects.push(Effect::Event(event));
            (Tick::Done { execution: execution(attempt), effects }, now)
        }
        RecordedTick::Done(attempt, now, outputs) => {
            let id = execution(attempt);
            check(engine, id, &outputs)?;
            (Tick::Done { execution: id, effects: Output::effects(outputs) }, now)
        }
        RecordedTick::Sent(attempt, now, event) => (Tick::Sent { from: execution(attempt), event }, now),
        RecordedTick::Failed(attempt, now, error, delay, at) => {
            (Tick::Failed { execution: execution(attempt), error: error.decided(delay), at }, now)
        }
        // The time of day is that of failures by a timeout, which have it as a part of the decisions.
        RecordedTick::Time(now) => (Tick::Time { at: SystemTime::UNIX_EPOCH }, now),
        RecordedTick::External(now, event) => (Tick::External(event), now),
        RecordedTick::Answer(now, prompt, wait, event) => (Tick::Answer { prompt, wait, event }, now),
        RecordedTick::Asked(attempt, now, prompt) => (Tick::Asked { from: execution(attempt), prompt }, now),
        RecordedTick::Wait(attempt, now, slot, prompt, timeout) => {
            if usize::from(slot) >= W::TABLE.inputs.len() {
                return Err(format!("there are no events {slot} to wait for"));
            }
            // Its matcher is a part of the decisions.
            (Tick::Wait { from: execution(attempt), slot, prompt, matcher: None, timeout }, now)
        }
        RecordedTick::Unwait(attempt, now, wait) => (Tick::Unwait { from: execution(attempt), wait }, now),
        RecordedTick::Quiet(now) => (Tick::Quiet, now),
        RecordedTick::Outlived(attempt, now) => (Tick::Outlived { execution: execution(attempt) }, now),
        RecordedTick::Vacated(attempt, now) => (Tick::Vacated { execution: execution(attempt) }, now),
        RecordedTick::Decided(_) | RecordedTick::Woken(..) | RecordedTick::Resumed(..) => {
            return Err("it is no tick".to_owned());
        }
    })
}

/// Checks that the step may have this output.
fn check<W: Workflow>(engine: &Engine<W>, id: ExecutionId, outputs: &[Output<W>]) -> Result<(), String> {
    match engine.running(id) {
        Some(step) => Output::validate(outputs, step),
        // It changes nothing.
        None => Ok(()),
    }
}

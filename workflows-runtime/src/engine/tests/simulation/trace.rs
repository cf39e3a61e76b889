//! Ticks and actions as plain data, which can be logged, replayed and compared.

use super::{
    graph::{RETRY_AFTER, Token},
    model::End,
};
use crate::{
    engine::{
        Config, Engine, Phase,
        action::{Action, Ending, Launch},
        definition::Definition,
        effects::{Effect, Effects},
        execution::Input,
        history::Matcher,
        id::ExecutionId,
        machine::Machine,
        state::EngineState,
        tick::Tick,
        timer::Time,
    },
    error::StepError,
    graph::Table,
    step_event::StepEvent,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

/// One effect of a step.
#[derive(Debug, Clone)]
pub(super) enum RecordedEffect {
    Event(Token),
    Prompt(u64),
    Stop(u64),
    Open(u16),
    Branch,
    Close,
}

/// A tick that can be replayed.
#[derive(Debug, Clone)]
pub(super) enum RecordedTick {
    Start(Token, Option<Duration>),
    External(Token),
    Sent(ExecutionId, Token),
    Done(ExecutionId, Vec<RecordedEffect>),
    Asked(ExecutionId, u64),
    Wait(ExecutionId, Wanted),
    Unwait(ExecutionId, usize),
    /// With the retry delay in milliseconds, if it is retried.
    Failed(ExecutionId, Option<u64>),
    Queued(ExecutionId),
    Began(ExecutionId),
    Outlived(ExecutionId),
    Vacated(ExecutionId),
    Time,
    Quiet,
    Cancel,
    Stalled,
    Resume,
}

/// A wait of a step.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) slot: u16,
    pub(super) prompt: Option<u64>,
    /// The only event that it accepts.
    pub(super) answer: Option<u64>,
    pub(super) timeout: Option<Duration>,
    /// The number of calls of its matcher.
    pub(super) asked: Arc<AtomicUsize>,
}

/// An action that can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RecordedAction {
    /// With the text of the last failure, and the time since the first attempt.
    Launch(ExecutionId, u16, Vec<u64>, Option<(String, Duration)>),
    Drop(ExecutionId),
    Wake(ExecutionId, usize, Option<u64>),
    Prompt(u64),
    Phase(StepEvent),
    Idle,
    Finish(End),
}

/// A copy of the state; the engine remains in its phase.
pub(super) fn state<D: Definition>(engine: &Engine<D>) -> EngineState<D::Event> {
    let copy = |machine: &Machine<D>| {
        let mut copy: Box<Machine<D>> =
            Box::new(Machine::new(engine.table, engine.config, machine.state.launched, machine.state.prompts));
        copy.state = machine.state.clone();
        copy
    };
    let phase = match &engine.phase {
        Phase::Idle { launched } => Phase::Idle { launched: *launched },
        Phase::Single { single, machine } => {
            Phase::Single { single: single.clone(), machine: machine.as_deref().map(copy) }
        }
        Phase::Full(machine) => return machine.state.clone(),
        Phase::Ended => Phase::Ended,
    };
    Engine { phase, prompts: engine.prompts, ..Engine::new(engine.table, engine.config) }.snapshot()
}

/// An engine with exactly this state, in which nothing runs on other threads.
pub(super) fn frozen<D: Definition>(table: &'static Table, config: Config, state: EngineState<D::Event>) -> Engine<D> {
    let mut machine = Machine::new(table, config, state.launched, state.prompts);
    machine.state = state;
    Engine { phase: Phase::Full(Box::new(machine)), ..Engine::new(table, config) }
}

pub(super) fn serialize(state: &EngineState<Token>) -> String {
    serde_json::to_string(state).expect("a state can be serialized")
}

/// The state in a snapshot of a run with this table. The serialized state is consistent.
pub(super) fn deserialize<D: Definition<Event = Token>>(serialized: &str, table: &'static Table) -> EngineState<Token> {
    let state: EngineState<Token> = serde_json::from_str(serialized).expect("a serialized state can be read");
    let valid = state.validate::<D>(table, Time(u64::MAX / 2), []);
    assert_eq!(valid, Ok(()), "{serialized}");
    state
}

/// The events of the next branches, while each is one event of the same type: the output of a step that
/// returns a list.
fn branches(output: &[RecordedEffect]) -> Vec<Token> {
    let mut events: Vec<Token> = Vec::new();
    let mut rest = output;
    while let [RecordedEffect::Branch, RecordedEffect::Event(event), after @ ..] = rest
        && matches!(after, [RecordedEffect::Branch | RecordedEffect::Close, ..])
        && events.first().is_none_or(|first| first.slot == event.slot)
    {
        events.push(event.clone());
        rest = after;
    }
    events
}

/// Starts a run, and postpones its first launch.
pub(super) fn begin<D: Definition>(engine: &mut Engine<D>, event: D::Event, timeout: Option<Duration>, now: Time) {
    let mut execution = ExecutionId::DETACHED;
    let mut taken = Effects::new();
    if let Some(step) = engine.begin(event, timeout, now, &mut execution, &mut taken) {
        let event = taken.take_event().expect("the step is launched with the event");
        engine.postpone(Launch::first(execution, step, Input::One(event)));
    }
}

pub(super) fn apply<D: Definition<Event = Token, Output = u64, Prompt = u64>>(
    engine: &mut Engine<D>,
    tick: &RecordedTick,
    now: Time,
) {
    if let RecordedTick::Start(event, timeout) = tick {
        return begin(engine, event.clone(), *timeout, now);
    }
    engine.apply(to_tick(tick), now);
}

pub(super) fn to_tick<D: Definition<Event = Token, Output = u64, Prompt = u64>>(tick: &RecordedTick) -> Tick<D> {
    match tick.clone() {
        RecordedTick::Start(..) => unreachable!("`apply` starts the run"),
        RecordedTick::External(event) => Tick::External(event),
        RecordedTick::Sent(from, event) => Tick::Sent { from, event },
        RecordedTick::Done(execution, output) => {
            let mut effects = Effects::new();
            let mut rest = &output[..];
            while let Some((effect, after)) = rest.split_first() {
                let branches = branches(rest);
                if !branches.is_empty() {
                    rest = &rest[branches.len() * 2..];
                    effects.push(Effect::Branches(branches));
                    continue;
                }
                rest = after;
                effects.push(match effect.clone() {
                    RecordedEffect::Event(event) => Effect::Event(event),
                    RecordedEffect::Prompt(prompt) => Effect::Prompt(prompt),
                    RecordedEffect::Stop(result) => Effect::Stop(result),
                    RecordedEffect::Open(opener) => Effect::Open(opener),
                    RecordedEffect::Branch => Effect::Branch,
                    RecordedEffect::Close => Effect::Close,
                });
            }
            Tick::Done { execution, effects }
        }
        RecordedTick::Failed(execution, retry_after) => {
            Tick::Failed { execution, error: StepError::msg(failure(retry_after)), at: UNIX_EPOCH }
        }
        RecordedTick::Asked(from, prompt) => Tick::Asked { from, prompt },
        RecordedTick::Wait(from, Wanted { slot, prompt, answer, timeout, asked }) => {
            let matcher = answer.map(|id| {
                Arc::new(move |event: &Token| {
                    asked.fetch_add(1, Ordering::Relaxed);
                    event.id == id
                }) as Matcher<Token>
            });
            Tick::Wait { from, slot, prompt, matcher, timeout }
        }
        RecordedTick::Unwait(from, wait) => Tick::Unwait { from, wait },
        RecordedTick::Queued(execution) => Tick::Queued { execution },
        RecordedTick::Began(execution) => Tick::Began { execution },
        RecordedTick::Outlived(execution) => Tick::Outlived { execution },
        RecordedTick::Vacated(execution) => Tick::Vacated { execution },
        RecordedTick::Resume => Tick::Resume,
        RecordedTick::Time => Tick::Time { at: UNIX_EPOCH },
        RecordedTick::Quiet => Tick::Quiet,
        RecordedTick::Cancel => Tick::Cancel,
        RecordedTick::Stalled => Tick::Stalled,
    }
}

/// Takes the next action, apart from those that only concern the open prompts.
pub(super) fn next_action<D: Definition<Event = Token, Output = u64, Prompt = u64>>(
    engine: &mut Engine<D>,
) -> Option<RecordedAction> {
    loop {
        if let Some(action) = record_action(engine.action()?) {
            return Some(action);
        }
    }
}

fn record_action<D: Definition<Event = Token, Output = u64, Prompt = u64>>(
    action: Action<D>,
) -> Option<RecordedAction> {
    Some(match action {
        Action::Launch(Launch { execution, step, input, before }) => {
            let before = before.map(|before| (before.failure.error.to_string(), before.elapsed));
            RecordedAction::Launch(execution, step, numbers(&input), before)
        }
        Action::Wake { execution, wait, answer } => RecordedAction::Wake(execution, wait, answer.map(|event| event.id)),
        Action::Drop { execution } => RecordedAction::Drop(execution),
        Action::Prompt { prompt, .. } => RecordedAction::Prompt(prompt),
        Action::Phase(event) => RecordedAction::Phase(event),
        Action::Idle => RecordedAction::Idle,
        Action::Finish(ending) => RecordedAction::Finish(match ending {
            Ending::Completed(result) => End::Completed(result),
            Ending::Failed { step, attempts, elapsed, .. } => End::Failed(step, attempts, elapsed),
            Ending::TimedOut { after, active_steps } => End::TimedOut(after, active_steps),
            Ending::Cancelled => End::Cancelled,
            Ending::Stalled { parked, waiting } => End::Stalled(parked, waiting),
        }),
        Action::ReopenPrompt { .. }
        | Action::UnblockPrompt { .. }
        | Action::ClosePrompt { .. }
        | Action::ClosePromptsOf { .. }
        | Action::Responded { .. } => return None,
    })
}

/// The text of a failure.
pub(super) fn failure(retry_after: Option<u64>) -> String {
    retry_after.map_or_else(|| "failed".to_owned(), |after| format!("{RETRY_AFTER}{after}"))
}

/// The numbers of the events in `input`.
pub(super) fn numbers(input: &Input<Token>) -> Vec<u64> {
    match input {
        Input::One(event) => vec![event.id],
        Input::Many(events) => events.iter().map(|event| event.id).collect(),
    }
}

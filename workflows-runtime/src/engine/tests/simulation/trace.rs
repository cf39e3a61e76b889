//! Ticks and actions as plain data, to be repeated and compared.

use super::{
    graph::{AGAIN, Token},
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

/// One thing in the output of a step.
#[derive(Debug, Clone)]
pub(super) enum Made {
    Event(Token),
    Prompt(u64),
    Stop(u64),
    Open(u16),
    Branch,
    Close,
}

/// A tick that can be repeated.
#[derive(Debug, Clone)]
pub(super) enum Told {
    Start(Token, Option<Duration>),
    External(Token),
    Sent(ExecutionId, Token),
    Done(ExecutionId, Vec<Made>),
    Asked(ExecutionId, u64),
    Wait(ExecutionId, Wanted),
    Unwait(ExecutionId, usize),
    /// If it is to be tried again, after so many milliseconds.
    Failed(ExecutionId, Option<u64>),
    Time,
    Quiet,
    Cancel,
    Stalled,
    Resume,
}

/// What a body waits for.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) slot: u16,
    pub(super) prompt: Option<u64>,
    /// Only this one.
    pub(super) answer: Option<u64>,
    pub(super) timeout: Option<Duration>,
    /// How often it has been asked whether it wants an answer.
    pub(super) asked: Arc<AtomicUsize>,
}

/// An action that can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// With how the attempt before has ended, and the time since the first one began.
    Launch(ExecutionId, u16, Vec<u64>, Option<(String, Duration)>),
    Drop(ExecutionId),
    Wake(ExecutionId, usize, Option<u64>),
    Prompt(u64),
    Phase(StepEvent),
    Idle,
    Finish(End),
}

/// The state of the engine, which remains in its phase.
pub(super) fn state<D: Definition>(engine: &Engine<D>) -> EngineState<D::Event> {
    let copy = |machine: &Machine<D>| {
        let mut copy: Box<Machine<D>> = Box::new(Machine::new(engine.table, engine.config, machine.state.launched));
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
    Engine { phase, ..Engine::new(engine.table, engine.config) }.snapshot()
}

/// An engine with this state.
pub(super) fn frozen<D: Definition>(table: &'static Table, config: Config, state: EngineState<D::Event>) -> Engine<D> {
    let mut machine = Machine::new(table, config, state.launched);
    machine.state = state;
    Engine { phase: Phase::Full(Box::new(machine)), ..Engine::new(table, config) }
}

pub(super) fn write(state: &EngineState<Token>) -> String {
    serde_json::to_string(state).expect("it can be written")
}

/// The events of the branches that come next, as long as each is one event of one type: what a step
/// emits that returns a list of events.
fn branches(output: &[Made]) -> Vec<Token> {
    let mut events: Vec<Token> = Vec::new();
    let mut rest = output;
    while let [Made::Branch, Made::Event(event), after @ ..] = rest
        && matches!(after, [Made::Branch | Made::Close, ..])
        && events.first().is_none_or(|first| first.slot == event.slot)
    {
        events.push(event.clone());
        rest = after;
    }
    events
}

/// Begins a run whose first step is started when its turn comes.
pub(super) fn begin<D: Definition>(engine: &mut Engine<D>, event: D::Event, timeout: Option<Duration>, now: Time) {
    let (mut execution, mut taken) = (ExecutionId::DETACHED, Effects::new());
    if let Some(step) = engine.begin(event, timeout, now, &mut execution, &mut taken) {
        let event = taken.take_event().expect("it is launched with it");
        engine.postpone(execution, step, Input::One(event));
    }
}

pub(super) fn apply<D: Definition<Event = Token, Output = u64, Prompt = u64>>(
    engine: &mut Engine<D>,
    told: &Told,
    now: Time,
) {
    if let Told::Start(event, timeout) = told {
        return begin(engine, event.clone(), *timeout, now);
    }
    engine.apply(tick(told), now);
}

pub(super) fn tick<D: Definition<Event = Token, Output = u64, Prompt = u64>>(told: &Told) -> Tick<D> {
    match told.clone() {
        Told::Start(..) => unreachable!("a run begins in another way"),
        Told::External(event) => Tick::External(event),
        Told::Sent(from, event) => Tick::Sent { from, event },
        Told::Done(execution, output) => {
            let (mut effects, mut rest) = (Effects::new(), &output[..]);
            while let Some((made, after)) = rest.split_first() {
                let branches = branches(rest);
                if !branches.is_empty() {
                    rest = &rest[branches.len() * 2..];
                    effects.push(Effect::Branches(branches));
                    continue;
                }
                rest = after;
                effects.push(match made.clone() {
                    Made::Event(event) => Effect::Event(event),
                    Made::Prompt(prompt) => Effect::Prompt(prompt),
                    Made::Stop(result) => Effect::Stop(result),
                    Made::Open(opener) => Effect::Open(opener),
                    Made::Branch => Effect::Branch,
                    Made::Close => Effect::Close,
                });
            }
            Tick::Done { execution, effects }
        }
        Told::Failed(execution, again) => {
            Tick::Failed { execution, error: StepError::msg(failure(again)), at: UNIX_EPOCH }
        }
        Told::Asked(from, prompt) => Tick::Asked { from, prompt },
        Told::Wait(from, Wanted { slot, prompt, answer, timeout, asked }) => {
            let matcher = answer.map(|id| {
                Arc::new(move |event: &Token| {
                    asked.fetch_add(1, Ordering::Relaxed);
                    event.id == id
                }) as Matcher<Token>
            });
            Tick::Wait { from, slot, prompt, matcher, timeout }
        }
        Told::Unwait(from, wait) => Tick::Unwait { from, wait },
        Told::Resume => Tick::Resume,
        Told::Time => Tick::Time { at: UNIX_EPOCH },
        Told::Quiet => Tick::Quiet,
        Told::Cancel => Tick::Cancel,
        Told::Stalled => Tick::Stalled,
    }
}

pub(super) fn seen<D: Definition<Event = Token, Output = u64, Prompt = u64>>(action: Action<D>) -> Seen {
    match action {
        Action::Launch(Launch { execution, step, input, before }) => {
            let before = before.map(|before| (before.failure.error.to_string(), before.elapsed));
            Seen::Launch(execution, step, numbers(&input), before)
        }
        Action::Wake { execution, wait, answer } => Seen::Wake(execution, wait, answer.map(|event| event.id)),
        Action::Drop { execution } => Seen::Drop(execution),
        Action::Prompt(prompt) => Seen::Prompt(prompt),
        Action::Phase(event) => Seen::Phase(event),
        Action::Idle => Seen::Idle,
        Action::Finish(ending) => Seen::Finish(match ending {
            Ending::Completed(result) => End::Completed(result),
            Ending::Failed { step, attempts, elapsed, .. } => End::Failed(step, attempts, elapsed),
            Ending::TimedOut { after, active_steps } => End::TimedOut(after, active_steps),
            Ending::Cancelled => End::Cancelled,
            Ending::Stalled { parked, waiting } => End::Stalled(parked, waiting),
        }),
    }
}

/// What an execution says that fails.
pub(super) fn failure(again: Option<u64>) -> String {
    again.map_or_else(|| "failed".to_owned(), |after| format!("{AGAIN}{after}"))
}

/// The numbers of the events in `input`.
pub(super) fn numbers(input: &Input<Token>) -> Vec<u64> {
    match input {
        Input::One(event) => vec![event.id],
        Input::Many(events) => events.iter().map(|event| event.id).collect(),
    }
}

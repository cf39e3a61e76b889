//! Small workflows, whose runs are driven by hand.

use super::{
    graph::{Case, LEAVES, STEPS, Sim, Token, number},
    model::End,
    notation::{effects, key, millis, parameter, shape},
    trace::{RecordedAction, RecordedTick, Wanted, apply, deserialize, next_action, serialize, state},
};
use crate::{
    engine::{Config, Engine, id::ExecutionId, queue::Queue, timer::Time},
    error::Parked,
    graph::{Catches, EventInput, InputKey, NONE, Port, Shape, Step, Table},
};
use std::any::type_name;
use std::time::Duration;

/// A workflow that may have races.
pub(super) type Flow = FlowOf<true>;

/// A workflow without races, to which other fast paths apply.
pub(super) type GatheringFlow = FlowOf<false>;

/// A workflow and one run of it. The notation of an event is its type and a number, such as `A1`.
pub(super) struct FlowOf<const RACES: bool> {
    case: Case,
    engine: Engine<Sim<true, RACES>>,
    now: Time,
    launched: Vec<(ExecutionId, String)>,
    /// The number of executions to come whose code outlives them.
    outliving: u32,
    outlived: Vec<ExecutionId>,
}

impl<const RACES: bool> FlowOf<RACES> {
    /// Declares the steps, each as
    ///
    /// * its name; `work@5` has a timeout of 5 ms, `work@5~3` is a blocking step that also has a queue timeout of
    ///   3 ms, and with `+` waits for resources, `mend*2` is an error handler with a budget of 2;
    /// * its number of workers;
    /// * its parameters, separated by spaces: `A`, `A|B`, `Vec<A>`, `[A;3]`, `First<A,2>`, `start`,
    ///   `human`, `failed`; `wait` if the step waits for a `human`, `wait:A` for an `A`;
    /// * its output: `A B`, `[A]`.
    ///
    /// Every step has a retry policy, to which [`Self::retry`] supplies the delay.
    pub(super) fn new(declared: &[(&'static str, u32, &str, &str)]) -> Self {
        let mut leaves = Vec::new();
        let mut steps = [Step {
            name: "unused",
            emits: &Shape::Nothing,
            sends: &Shape::Nothing,
            ports: 1,
            workers: 1,
            timeout: None,
            queue_timeout: None,
            blocking: false,
            resources: false,
            retries: false,
            catches: None,
            unchecked_reachable: true,
            unchecked_dead_end: true,
        }; STEPS];
        for (at, (name, workers, input, output)) in declared.iter().enumerate() {
            let resources = name.ends_with('+');
            let name = &name.trim_end_matches('+');
            let (name, queue_timeout) =
                name.split_once('~').map_or((*name, None), |(name, ms)| (name, Some(millis(ms))));
            let (name, timeout) = name.split_once('@').map_or((name, None), |(name, ms)| (name, Some(millis(ms))));
            let (name, budget) = name.split_once('*').map_or((name, None), |(name, budget)| (name, Some(budget)));
            steps[at].name = name;
            steps[at].retries = true;
            let catching = |budget: &str| Catches { steps: None, max_recoveries: budget.parse().expect("a number") };
            steps[at].catches = budget.map(catching);
            steps[at].timeout = timeout;
            steps[at].queue_timeout = queue_timeout;
            steps[at].resources = resources;
            steps[at].blocking = queue_timeout.is_some();
            steps[at].workers = *workers;
            steps[at].emits = shape(&mut output.chars().peekable());
            steps[at].ports = number(input.split(' ').filter(|text| !text.starts_with("wait")).count());
            for (port, text) in input.split(' ').enumerate() {
                let (kind, members) = parameter(text);
                for member in members.split('|') {
                    let (is_wait, of) = match member.strip_prefix("wait") {
                        Some(of) => (true, of.strip_prefix(':').unwrap_or("human")),
                        None => (false, member),
                    };
                    let key = match of {
                        "start" => InputKey::Start(type_name::<u64>),
                        "human" => InputKey::Human(type_name::<u64>),
                        "failed" => InputKey::Failed,
                        event => InputKey::Event(key(event)),
                    };
                    let human = |leaf: &EventInput| matches!(leaf.key, InputKey::Human(_));
                    let earlier = leaves.iter().position(human).map(|leaf| (number(leaf), true));
                    let of = Port { kind, inputs: 1 };
                    let port = if is_wait { NONE } else { number(port) };
                    leaves.push(EventInput::new(number(at), port, of, key).starts(true).same_as(earlier.as_slice()));
                }
            }
        }
        let unused = EventInput::new(number(STEPS - 1), NONE, Port::ONE, InputKey::Nothing);
        leaves.resize(LEAVES, unused);
        let Ok(leaves) = leaves.try_into() else { panic!("too many parameters") };
        let case = Case::new(&steps, &leaves);
        let engine = Engine::new(case.table, Config { keeps: true, ..Config::default() });
        Self { case, engine, now: Time::default(), launched: Vec::new(), outliving: 0, outlived: Vec::new() }
    }

    pub(super) fn table(&self) -> &'static Table {
        self.case.table
    }

    fn token(&self, event: &str) -> Token {
        let (name, id) = event.split_at(event.len().min(1));
        let id = id.parse().expect("an event is a letter and a number");
        Token { slot: self.case.slot(&key(name)), id }
    }

    fn slot(&self, wanted: impl Fn(&InputKey) -> bool) -> u16 {
        number(self.case.table.inputs.iter().position(|leaf| wanted(&leaf.key)).expect("some step takes it"))
    }

    fn apply(&mut self, tick: &RecordedTick) -> Vec<String> {
        apply(&mut self.engine, tick, self.now);
        self.take_actions()
    }

    fn take_actions(&mut self) -> Vec<String> {
        let mut actions = Vec::new();
        while let Some(action) = next_action(&mut self.engine) {
            actions.push(match action {
                RecordedAction::Launch(id, step, events, before) => {
                    assert_eq!(before.is_some(), id.attempt > 1, "a further attempt knows the last failure");
                    let mut text = self.name(step).to_owned();
                    for event in events {
                        text = format!("{text} {event}");
                    }
                    self.launched.push((id, text.clone()));
                    if id.attempt > 1 { format!("{text} (attempt {})", id.attempt) } else { text }
                }
                RecordedAction::Wake(id, wait, None) => format!("{}: {wait} timed out", self.text(id)),
                RecordedAction::Wake(id, wait, Some(answer)) => format!("{}: {wait} is {answer}", self.text(id)),
                RecordedAction::Drop(id) => {
                    if self.outliving > 0 {
                        self.outliving -= 1;
                        self.outlived.push(id);
                    } else {
                        apply(&mut self.engine, &RecordedTick::Vacated(id), self.now);
                    }
                    format!("drop {}", self.text(id))
                }
                RecordedAction::Prompt(prompt) => format!("prompt {prompt}"),
                RecordedAction::Phase(phase) => format!("{phase:?}"),
                RecordedAction::Idle => "idle".to_owned(),
                RecordedAction::Finish(End::Completed(result)) => format!("stop {result}"),
                RecordedAction::Finish(End::Stalled(parked, waiting)) => {
                    let join = |text, p: Parked| {
                        format!("{text} {} parks {}, misses {}", p.step, p.events, p.missing.join("+"))
                    };
                    let text = parked.into_iter().fold("stalled".to_owned(), join);
                    waiting
                        .into_iter()
                        .fold(text, |text, wait| format!("{text} {} waits for {}", wait.step, wait.missing))
                }
                RecordedAction::Finish(End::Cancelled) => "cancelled".to_owned(),
                RecordedAction::Finish(End::Failed(step, 1, after)) => format!("{step} failed after {after:?}"),
                RecordedAction::Finish(End::Failed(step, n, after)) => format!("{step} failed {n} times in {after:?}"),
                RecordedAction::Finish(End::TimedOut(after, active)) => {
                    let text = format!("timed out after {after:?}:");
                    active.into_iter().fold(text, |text, step| format!("{text} {step}"))
                }
            });
        }
        actions
    }

    fn name(&self, step: u16) -> &'static str {
        self.case.table.steps[step as usize].name
    }

    fn text(&self, id: ExecutionId) -> &str {
        &self.launched.iter().find(|(of, _)| of.serial == id.serial).expect("it was launched").1
    }

    /// Forgets an attempt, so later ticks are those of the previous one.
    pub(super) fn forget(&mut self, id: ExecutionId) {
        self.launched.retain(|(of, _)| *of != id);
    }

    /// The execution that was launched with this text, such as `rank 1 2`.
    pub(super) fn execution(&self, text: &str) -> ExecutionId {
        self.launched.iter().rev().find(|(_, of)| of == text).unwrap_or_else(|| panic!("no {text}")).0
    }

    /// Starts the run with event number 0.
    pub(super) fn start(&mut self) -> Vec<String> {
        let slot = self.slot(|key| matches!(key, InputKey::Start(_)));
        self.apply(&RecordedTick::Start(Token { slot, id: 0 }, None))
    }

    /// Starts the run with a timeout in milliseconds.
    pub(super) fn start_within(&mut self, timeout: &str) -> Vec<String> {
        let slot = self.slot(|key| matches!(key, InputKey::Start(_)));
        self.apply(&RecordedTick::Start(Token { slot, id: 0 }, Some(millis(timeout))))
    }

    /// Lets time pass, in milliseconds.
    pub(super) fn advance(&mut self, time: &str) -> Vec<String> {
        self.now = self.now + millis(time);
        self.apply(&RecordedTick::Time)
    }

    /// The code of the next `count` dropped executions runs until [`Self::vacate`].
    pub(super) fn outlive(&mut self, count: u32) {
        self.outliving = count;
    }

    /// The code of the first dropped execution that outlives it ends.
    pub(super) fn vacate(&mut self) -> Vec<String> {
        let id = self.outlived.remove(0);
        self.apply(&RecordedTick::Vacated(id))
    }

    /// A blocking step has its resources.
    pub(super) fn queue(&mut self, execution: &str) -> Vec<String> {
        self.apply(&RecordedTick::Queued(self.execution(execution)))
    }

    /// The code of a blocking step begins on its thread.
    pub(super) fn begin(&mut self, execution: &str) -> Vec<String> {
        self.apply(&RecordedTick::Began(self.execution(execution)))
    }

    /// The driver drops the future of an execution, which fails with a delay in milliseconds; its code runs on.
    pub(super) fn retry_outlived(&mut self, execution: &str, after: u64) -> Vec<String> {
        let id = self.execution(execution);
        self.outlived.push(id);
        apply(&mut self.engine, &RecordedTick::Outlived(id), self.now);
        self.apply(&RecordedTick::Failed(id, Some(after)))
    }

    pub(super) fn failed(&mut self, execution: &str) -> Vec<String> {
        self.apply(&RecordedTick::Failed(self.execution(execution), None))
    }

    /// The execution fails, and is retried after a delay in milliseconds.
    pub(super) fn retry(&mut self, execution: &str, after: u64) -> Vec<String> {
        self.apply(&RecordedTick::Failed(self.execution(execution), Some(after)))
    }

    /// The execution `failed` is retried without a delay, and `returned` returns `output` before the driver takes the
    /// resulting actions.
    pub(super) fn retry_and_done(&mut self, failed: &str, returned: &str, output: &str) -> Vec<String> {
        let failed = RecordedTick::Failed(self.execution(failed), Some(0));
        apply(&mut self.engine, &failed, self.now);
        self.done(returned, output)
    }

    /// As [`Self::done`], but the driver does not take the resulting actions yet.
    pub(super) fn done_unseen(&mut self, execution: &str, output: &str) {
        let effects = effects(output, |event| self.token(event));
        let tick = RecordedTick::Done(self.execution(execution), effects);
        apply(&mut self.engine, &tick, self.now);
    }

    pub(super) fn prompt(&mut self, execution: &str, prompt: u64) -> Vec<String> {
        self.apply(&RecordedTick::Asked(self.execution(execution), prompt))
    }

    /// The execution waits for any `human`.
    pub(super) fn wait(&mut self, execution: &str) -> Vec<String> {
        self.wait_for(execution, Wanted::default())
    }

    /// The execution waits for a `human`. The slot in `wanted` is ignored.
    pub(super) fn wait_for(&mut self, execution: &str, wanted: Wanted) -> Vec<String> {
        let slot = self.slot(|key| matches!(key, InputKey::Human(_)));
        self.apply(&RecordedTick::Wait(self.execution(execution), Wanted { slot, ..wanted }))
    }

    /// The execution waits for an event of this type.
    pub(super) fn wait_for_event(&mut self, execution: &str, event: &str) -> Vec<String> {
        let slot = self.case.slot(&key(event));
        self.apply(&RecordedTick::Wait(self.execution(execution), Wanted { slot, ..Wanted::default() }))
    }

    /// All step futures are pending.
    pub(super) fn quiet(&mut self) -> Vec<String> {
        self.apply(&RecordedTick::Quiet)
    }

    pub(super) fn unwait(&mut self, execution: &str, wait: usize) -> Vec<String> {
        self.apply(&RecordedTick::Unwait(self.execution(execution), wait))
    }

    /// Resumes the run in another engine, from a snapshot taken `away` milliseconds ago.
    pub(super) fn resume(&mut self, away: u64) -> Vec<String> {
        let serialized = serialize(&self.engine.snapshot());
        self.engine = Engine::new(self.case.table, Config { keeps: true, ..Config::default() });
        let state = deserialize::<Sim<true, RACES>>(&serialized, self.case.table);
        self.engine.restore(state, Duration::from_millis(away));
        self.apply(&RecordedTick::Resume)
    }

    /// The serialized state.
    pub(super) fn serialized(&self) -> serde_json::Value {
        serde_json::to_value(state(&self.engine)).expect("a state can be serialized")
    }

    /// Whether no queue, wait, batch or timer is left.
    pub(super) fn is_empty(&mut self) -> bool {
        let state = state(&self.engine);
        let still_waits =
            state.waits.as_ref().is_some_and(|waits| !waits.pending.is_empty() || !waits.buffered.is_empty());
        let is_clean = !still_waits && state.queues.iter().all(Queue::is_empty);
        let is_over = state.executions.len() == 0 && state.batches.len() == 1;
        is_over && is_clean && self.engine.is_idle() && self.engine.deadline().is_none()
    }

    pub(super) fn cancel(&mut self) -> Vec<String> {
        self.apply(&RecordedTick::Cancel)
    }

    pub(super) fn respond(&mut self, id: u64) -> Vec<String> {
        let slot = self.slot(|key| matches!(key, InputKey::Human(_)));
        self.apply(&RecordedTick::External(Token { slot, id }))
    }

    /// The execution waits for a `human` and for an event of this type at once.
    pub(super) fn race(&mut self, execution: &str, event: &str, human_comes_first: bool) -> Vec<String> {
        let id = self.execution(execution);
        let mut slots = [self.slot(|key| matches!(key, InputKey::Human(_))), self.case.slot(&key(event))];
        if !human_comes_first {
            slots.reverse();
        }
        for slot in slots {
            apply(&mut self.engine, &RecordedTick::Wait(id, Wanted { slot, ..Wanted::default() }), self.now);
        }
        self.take_actions()
    }

    /// The caller sends an event other than `human`.
    pub(super) fn external(&mut self, event: &str) -> Vec<String> {
        self.apply(&RecordedTick::External(self.token(event)))
    }

    pub(super) fn send(&mut self, execution: &str, event: &str) -> Vec<String> {
        self.apply(&RecordedTick::Sent(self.execution(execution), self.token(event)))
    }

    /// The execution returns `output`: events, `[A1, A2 B3]` for a batch, `!7` for a stop with 7,
    /// `?7` for a prompt.
    pub(super) fn done(&mut self, execution: &str, output: &str) -> Vec<String> {
        let effects = effects(output, |event| self.token(event));
        self.apply(&RecordedTick::Done(self.execution(execution), effects))
    }

    pub(super) fn stalled(&mut self) -> Vec<String> {
        self.apply(&RecordedTick::Stalled)
    }
}

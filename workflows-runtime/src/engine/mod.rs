//! The engine: a deterministic state machine without a clock, randomness or I/O.
//!
//! [`Tick`]s and the current time go in, [`Action`]s come out. The same ticks produce the same state
//! and the same actions, so a run can be replayed and its state can be serialized between any two ticks.
//! The driver in [`crate::run`] supplies the ticks and performs the actions.
//!
//! No tick's cost grows with the number of queued events: joins and races cost as much as they take or
//! cancel.
//!
//! # Where to look
//!
//! | file              | contains                                                              |
//! |-------------------|-----------------------------------------------------------------------|
//! | `definition`      | the engine's view of a workflow                                       |
//! | `tick`, `action`  | inputs and outputs                                                    |
//! | `fast_path`       | a run with one execution; short ways from one execution to the next   |
//! | `gate`            | actions that wait until their cause is durable, with the feature `durable` |
//! | `tail`, `digest`  | ticks that are recorded in place of the state, with the feature `durable` |
//! | `parked`          | whether a run may leave the memory, with the feature `durable`        |
//! | `machine`         | the full state machine; ends of executions and of the run             |
//! | `state`           | the serialized state, and its format                                  |
//! | `execution`, `id` | one execution and its stages                                          |
//! | `queue`           | workers, queued inputs, launches                                      |
//! | `workers`         | blocking code that begins later or ends later than its attempt        |
//! | `route`, `effects`| from an output to the steps that take its events                      |
//! | `batch`, `join`, `race` | events that were emitted together                               |
//! | `wait`, `waiters`, `response`, `history` | waits inside a step: life, order, matching, replay |
//! | `suspension`      | the worker of an execution that waits                                 |
//! | `offers`          | which buffered responses a wait has rejected                          |
//! | `prompt`          | numbers of prompts, and their answers                                 |
//! | `failure`, `recovery_budget` | retries and error handlers                                 |
//! | `timer`, `resume` | timers; restore from a snapshot                                       |
//! | `overrides`       | options of steps that the run overrides                               |
//! | `load`            | how much work each step has                                           |
//! | `provenance`      | where inputs come from, for the trace of a recorded run               |
//! | `slab`, `numbered` | storage                                                              |
//! | `remote`, `replay`, `undecided` | executions that run elsewhere, with the feature `engine` |
//! | `validation`      | whether a deserialized state is consistent                            |

mod action;
mod batch;
#[cfg(feature = "durable")]
mod decisions;
mod definition;
#[cfg(feature = "durable")]
mod digest;
mod effects;
mod execution;
mod failure;
mod fast_path;
#[cfg(feature = "durable")]
mod gate;
mod history;
mod id;
mod join;
mod load;
mod machine;
mod numbered;
#[cfg(feature = "testing")]
mod observed;
mod offers;
mod overrides;
#[cfg(feature = "durable")]
mod parked;
mod prompt;
mod provenance;
mod queue;
mod race;
mod recovery_budget;
#[cfg(feature = "engine")]
mod remote;
#[cfg(feature = "engine")]
mod replay;
mod response;
mod resume;
mod route;
mod slab;
mod state;
mod suspension;
#[cfg(feature = "durable")]
mod tail;
#[cfg(test)]
mod tests;
mod tick;
#[cfg(feature = "durable")]
mod timed_out;
mod timer;
#[cfg(feature = "engine")]
mod undecided;
mod validation;
mod wait;
mod waiters;
mod workers;

#[cfg(feature = "durable")]
pub(crate) use self::decisions::Decision;
pub use self::effects::unreachable_event;
pub(crate) use self::{
    action::{Action, Before, Ending, Launch},
    definition::{Definition, FailedExecution},
    effects::{Effect, Effects, Events},
    execution::Input,
    history::Matcher,
    id::ExecutionId,
    load::StepWork,
    numbered::Numbered,
    overrides::{OverriddenTimeout, Override, Overrides},
    prompt::{PromptWait, PromptedBy, WaitAt},
    slab::Slab,
    state::EngineState,
    tick::Tick,
    timer::Time,
};
#[cfg(feature = "engine")]
pub(crate) use self::{
    failure::retry_seed,
    history::LastFailure,
    remote::AnsweredWait,
    replay::{Reached, RecordedAnswer, Replay, ReplayedWait},
    validation::validate_input,
};

use self::{fast_path::SingleExecution, machine::Machine};
use crate::{graph::Table, run_trace::Recording};
use std::time::Duration;

/// The state machine of one run.
pub(crate) struct Engine<D: Definition> {
    table: &'static Table,
    config: Config,
    phase: Phase<D>,
    /// The number of prompts published before there was a machine, which counts further ones.
    prompts: u32,
    /// `None` in a run that is not recorded.
    recording: Option<Recording>,
}

/// How much of the machinery a run needs at the moment.
///
/// | from             | to       | when                                                              |
/// |------------------|----------|-------------------------------------------------------------------|
/// | `Idle`, `Full`   | `Single` | nothing else is running, and exactly one step takes an event      |
/// | `Full`           | `Single` | one execution is left, and exactly one step has taken its event   |
/// | any              | `Full`   | a tick or a question that needs the machine (`materialize`)       |
/// | `Full`           | `Idle`   | [`Engine::rest`] finds nothing left                               |
/// | `Single`         | `Ended`  | the execution has returned the output of the run; `Full` if there is a machine |
/// | any              | `Ended`  | [`Engine::clear`]                                                 |
///
/// Most runs are one execution after the other, and never leave `Single`: a run in place takes 1,182
/// instructions there and 3,978 in `Full`, a hop 189 and 373 (`benches/instructions.rs`).
enum Phase<D: Definition> {
    /// Nothing is queued, running or buffered. The number of executions launched so far is all that is
    /// left of the run.
    Idle { launched: u64 },
    /// One execution is running or due, and nothing else is.
    Single {
        single: SingleExecution<D::Event>,
        /// The state that the run has had in `Full`: timers, batches, buffered responses.
        ///
        /// Invariant: it has no executions, held workers or actions, and has not ended. The batch of the
        /// single execution is held for it, and its slot is the next vacant one.
        machine: Option<Box<Machine<D>>>,
    },
    /// Everything is in the machine. It may have ended, with its last actions left.
    Full(Box<Machine<D>>),
    /// The run has ended, and nothing is left of it.
    Ended,
}

impl<D: Definition> Phase<D> {
    fn machine(&self) -> Option<&Machine<D>> {
        match self {
            Self::Single { machine, .. } => machine.as_deref(),
            Self::Full(machine) => Some(machine),
            Self::Idle { .. } | Self::Ended => None,
        }
    }
}

/// How a run configures its engine.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent options")]
pub(crate) struct Config {
    /// Store the input of every execution, so a snapshot can be taken at any time.
    pub(crate) keeps: bool,
    /// Emit a step event for every phase of every execution.
    pub(crate) internal: bool,
    /// Take no fast path: every launch is an action of the machine. Set if `internal` is, since step events need every
    /// phase in order, and if actions pass a [gate](Engine::mark_actions).
    pub(crate) machine_only: bool,
    /// Actions may be taken only after they were [opened](Engine::open_marked).
    #[cfg(feature = "durable")]
    pub(crate) gated: bool,
    /// The gate only counts: actions may be taken before they were opened.
    #[cfg(feature = "durable")]
    pub(crate) opens_at_once: bool,
    /// The seed for the jitter of retry delays. It is the same whenever the run is resumed.
    pub(crate) seed: u64,
}

impl<D: Definition> Engine<D> {
    pub(crate) fn new(table: &'static Table, config: Config) -> Self {
        Self::at_rest(table, config, 0, 0)
    }

    /// The engine of a run that was [at rest](Self::rest) after `launched` executions and `prompts` prompts.
    pub(crate) fn at_rest(table: &'static Table, config: Config, launched: u64, prompts: u32) -> Self {
        Self { table, config, phase: Phase::Idle { launched }, prompts, recording: None }
    }

    /// Records what happens from now on. The run must be [at rest](Self::rest), and [`Config::internal`] set: the fast
    /// paths record nothing.
    pub(crate) fn recorded(mut self, recording: Option<&Recording>) -> Self {
        self.recording = recording.cloned();
        self
    }

    /// Applies one tick at the time `now`. Take the resulting actions with [`Self::action`].
    ///
    /// A tick of an execution that has ended, and any tick after the end of the run, changes nothing.
    pub(crate) fn apply(&mut self, tick: Tick<D>, now: Time) {
        if self.has_ended() {
            return;
        }
        match tick {
            Tick::External(event) => {
                let mut execution = ExecutionId::DETACHED;
                match self.try_single(&event, now, &mut execution) {
                    Some(step) => self.postpone(Launch::first(execution, step, Input::One(event))),
                    None => self.materialize().apply(Tick::External(event), now),
                }
            }
            Tick::Done { execution, effects } => self.done(execution, effects, now),
            tick => self.materialize().apply(tick, now),
        }
    }

    /// Returns the next thing to do.
    pub(crate) fn action(&mut self) -> Option<Action<D>> {
        match &mut self.phase {
            Phase::Single { single, .. } => single.take_launch().map(Action::Launch),
            Phase::Full(machine) => machine.action(),
            Phase::Idle { .. } | Phase::Ended => None,
        }
    }

    /// Frees the memory that an idle run does not need. Returns whether [`Self::at_rest`] with
    /// [`Self::launched`] restores all that is left.
    pub(crate) fn rest(&mut self) -> bool {
        match &self.phase {
            Phase::Idle { .. } | Phase::Ended => true,
            Phase::Single { .. } => false,
            Phase::Full(machine) => {
                let is_at_rest = machine.is_at_rest();
                if is_at_rest {
                    self.prompts = machine.state.prompts;
                    self.phase = Phase::Idle { launched: machine.state.launched };
                }
                is_at_rest
            }
        }
    }

    /// The number of executions launched so far, in a run that is [at rest](Self::rest).
    pub(crate) fn launched(&self) -> u64 {
        match self.phase {
            Phase::Idle { launched } => launched,
            Phase::Single { .. } | Phase::Full(_) | Phase::Ended => 0,
        }
    }

    /// The number of prompts published so far, in a run that is [at rest](Self::rest).
    pub(crate) fn prompts(&self) -> u32 {
        self.prompts
    }

    /// Whether nothing is queued, running or buffered.
    pub(crate) fn is_clear(&self) -> bool {
        matches!(self.phase, Phase::Idle { .. } | Phase::Ended)
    }

    /// Ends the run and drops everything that is left of it.
    pub(crate) fn clear(&mut self) {
        // The phase is replaced first, since dropping an event may panic.
        let left = std::mem::replace(&mut self.phase, Phase::Ended);
        drop(left);
    }

    /// The number of actions that were not taken yet.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn waiting_actions(&self) -> usize {
        match &self.phase {
            Phase::Single { single, .. } => usize::from(single.due.is_some()),
            Phase::Full(machine) => machine.actions.len(),
            Phase::Idle { .. } | Phase::Ended => 0,
        }
    }

    /// When the next [`Tick::Time`] is due.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.phase.machine()?.state.timers.next()
    }

    /// Whether the run has ended. Its last actions may not have been taken yet.
    pub(crate) fn has_ended(&self) -> bool {
        match &self.phase {
            Phase::Idle { .. } | Phase::Single { .. } => false,
            Phase::Full(machine) => machine.state.ended,
            Phase::Ended => true,
        }
    }

    /// Whether every execution is suspended and nothing is queued: the run needs an external event or a
    /// timer to continue.
    pub(crate) fn is_idle(&self) -> bool {
        match &self.phase {
            Phase::Idle { .. } | Phase::Ended => true,
            Phase::Single { .. } => false,
            Phase::Full(machine) => machine.is_idle(),
        }
    }

    /// Whether the run is [idle](Self::is_idle) and no timer but the run timeout is set: it needs an
    /// external event to continue.
    pub(crate) fn is_stuck(&self) -> bool {
        match &self.phase {
            Phase::Idle { .. } | Phase::Ended => true,
            Phase::Single { .. } => false,
            Phase::Full(machine) => machine.is_stuck(),
        }
    }

    /// Whether a step waits for a response.
    pub(crate) fn has_waits(&self) -> bool {
        match &self.phase {
            Phase::Full(machine) => machine.has_waits(),
            Phase::Idle { .. } | Phase::Single { .. } | Phase::Ended => false,
        }
    }

    /// Whether a wait receives no responses because its execution may still replay another one. The
    /// driver sends [`Tick::Quiet`] once all step futures are pending.
    pub(crate) fn is_replaying(&self) -> bool {
        match &self.phase {
            Phase::Full(machine) => machine.is_replaying(),
            Phase::Idle { .. } | Phase::Single { .. } | Phase::Ended => false,
        }
    }

    /// The step of an attempt whose outcome still counts, or `None` if the attempt or the run has ended.
    pub(crate) fn running(&self, id: ExecutionId) -> Option<u16> {
        match &self.phase {
            Phase::Single { single, .. } if single.serial == id.serial => Some(single.step),
            Phase::Full(machine) if !machine.state.ended => Some(machine.execution(id)?.step),
            _ => None,
        }
    }

    /// Whether an execution has ended: neither this attempt nor another one will run.
    pub(crate) fn is_over(&self, id: ExecutionId) -> bool {
        match &self.phase {
            Phase::Single { single, .. } => single.serial != id.serial,
            Phase::Full(machine) => machine.any_attempt(id).is_none(),
            Phase::Idle { .. } | Phase::Ended => true,
        }
    }

    /// The number of a wait that the execution is about to make, in the order of its history. `None` if
    /// the attempt has ended.
    pub(crate) fn next_wait(
        &mut self,
        id: ExecutionId,
        slot: u16,
        matcher: Option<&Matcher<D::Event>>,
        has_timeout: bool,
    ) -> Option<usize> {
        self.materialize().next_wait(id, slot, matcher, has_timeout)
    }

    /// The state of the run, apart from the step futures. Publish [`Self::take_outgoing`] first.
    pub(crate) fn snapshot(&mut self) -> EngineState<D::Event> {
        self.materialize().state.clone()
    }

    /// As [`Self::snapshot`], for a run that has ended: nothing is left of it.
    pub(crate) fn take_final_snapshot(&mut self) -> EngineState<D::Event> {
        self.materialize();
        match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Full(machine) => machine.state,
            Phase::Idle { .. } | Phase::Single { .. } | Phase::Ended => unreachable!("the phase is `Full`"),
        }
    }

    /// Removes and returns the actions that publish something. They are not part of a snapshot; a
    /// resumed run launches due executions by itself, but would not publish them.
    pub(crate) fn take_outgoing(&mut self) -> Vec<Action<D>> {
        match &mut self.phase {
            Phase::Full(machine) => machine.take_outgoing(),
            Phase::Idle { .. } | Phase::Single { .. } | Phase::Ended => Vec::new(),
        }
    }

    /// Continues from `state`, which was snapshotted `away` ago. Apply [`Tick::Resume`] next.
    pub(crate) fn restore(&mut self, state: EngineState<D::Event>, away: Duration) {
        self.materialize().restore(state, away);
    }

    /// Counts the time between a snapshot and the [restore](Self::restore) towards the timeout of the run.
    #[cfg(feature = "durable")]
    pub(crate) fn advance_run_timeout(&mut self, away: Duration) {
        self.materialize().state.timers.advance_run_timeout(away);
    }

    /// Sets or clears the timeout of the run.
    pub(crate) fn set_timeout(&mut self, timeout: Option<Duration>, now: Time) {
        self.materialize().set_timeout(timeout, now);
    }
}

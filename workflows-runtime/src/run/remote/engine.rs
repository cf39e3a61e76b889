//! `Engine`: a run without its driver.

use super::{
    answer::{AnswerRefused, StepAnswer},
    call::{CallId, Underway},
    command::Command,
    external::{External, ExternalContent},
};
use crate::{
    engine::{Effects, Engine as Machine, ExecutionId, Input, Launch, Overrides, Tick, Time},
    error::ResumeError,
    event::HumanResponse,
    run::{
        id::RunId,
        message::Message,
        prompt::{AnswerError, OpenPrompt, PromptId},
        shared::{Setup, Shared},
        snapshot::{Content, Snapshot, SnapshotError},
    },
    workflow::{Answers, StepOptions, Workflow},
};
use core::{fmt, time::Duration};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::SystemTime,
};

/// One run, without the driver that executes its steps.
///
/// Pass it what happens: [answers](Self::answered) to calls, [responses](Self::external) and
/// [time](Self::time). Take the [commands](Self::next_command) after each of these, until there are none. See the
/// [module](crate::remote) for a loop.
///
/// It has no clock: each call brings its time. It is deterministic, apart from events of the user whose `Clone` or
/// `Serialize` is not.
///
/// # Panics
///
/// Methods that pass something panic if code of the user does that the engine calls: the `Clone` of an event, or the
/// retry policy of a step that has timed out. Do not use the engine after that.
pub struct Engine<W: Workflow> {
    pub(super) machine: Machine<W>,
    /// The state, the collected events and the open prompts.
    pub(super) shared: Arc<Shared<W>>,
    /// The time of day at which the time of the run was zero.
    began: SystemTime,
    pub(super) now: Time,
    pub(super) epoch: u64,
    pub(super) state_version: u64,
    /// The number of changes of the collections of each step.
    pub(super) collected_versions: BTreeMap<u16, u64>,
    /// The calls whose answers count, by execution.
    pub(super) calls: BTreeMap<u64, Underway>,
    /// For each execution that was called and has not ended: its attempt, and the number of calls of that.
    pub(super) made: BTreeMap<u64, (u32, u32)>,
    /// Cancelled calls that may still run.
    pub(super) cancelled: BTreeMap<CallId, ExecutionId>,
    pub(super) commands: VecDeque<Command<W>>,
}

/// What an [engine](Engine) has made of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answered {
    /// It counts.
    Applied,
    /// Another step has changed the state, or collected events, since the call was made. What the step did does not
    /// count, and it is called again.
    CalledAgain,
    /// The call does not count any more: it was cancelled, has an answer already, or belongs to an attempt that has
    /// ended.
    Ignored,
}

impl<W: Workflow> Engine<W> {
    fn new(setup: Setup<W>, began: SystemTime, now: Time) -> Self {
        let shared = Arc::new(Shared::new(setup));
        let machine = Machine::new(const { &W::TABLE }, shared.config());
        let mut engine = Self {
            machine,
            shared,
            began,
            now,
            epoch: 0,
            state_version: 0,
            collected_versions: BTreeMap::new(),
            calls: BTreeMap::new(),
            made: BTreeMap::new(),
            cancelled: BTreeMap::new(),
            commands: VecDeque::new(),
        };
        engine.epoch = nanos(engine.time_of_day());
        engine
    }

    /// Begins a run at this time of day. Its state is the default one, and its timeout that of the workflow.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use workflows_runtime::{prelude::*, remote::{Command, Engine}};
    /// # #[workflow] struct Double;
    /// # #[workflow]
    /// # impl Double {
    /// #     #[step]
    /// #     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
    /// #         Stop(n * 2)
    /// #     }
    /// # }
    /// let mut engine = Engine::<Double>::begin("order-7", 21, SystemTime::now());
    /// assert!(matches!(engine.next_command(), Some(Command::Execute(_))));
    /// assert!(engine.next_command().is_none());
    /// ```
    pub fn begin(run_id: impl Into<RunId>, input: W::Input, at: SystemTime) -> Self {
        let setup = Setup { event_history: 0, ..Setup::new(run_id.into(), true) };
        let mut engine = Self::new(setup, at, Time::default());
        let mut execution = ExecutionId::DETACHED;
        let mut taken = Effects::new();
        let step = engine.machine.begin(W::start_event(input), W::TIMEOUT, engine.now, &mut execution, &mut taken);
        if let Some(step) = step
            && let Some(event) = taken.take_event()
        {
            engine.machine.postpone(Launch::first(execution, step, Input::One(event)));
        }
        engine
    }

    /// Continues a run from a snapshot, of this engine or of a run in memory.
    ///
    /// Every execution that had not ended is called again, with the same attempt, and open prompts are commands
    /// again. Answers to calls from before are ignored. Delays and timeouts of waits pass between the snapshot and
    /// `at`.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use workflows_runtime::{prelude::*, remote::{Command, Engine}};
    /// # #[workflow] struct Double;
    /// # #[workflow]
    /// # impl Double {
    /// #     #[step]
    /// #     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
    /// #         Stop(n * 2)
    /// #     }
    /// # }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut engine = Engine::<Double>::begin("order-7", 21, SystemTime::now());
    /// let text = serde_json::to_string(&engine.snapshot(SystemTime::now())?)?;
    ///
    /// let mut engine = Engine::<Double>::restore(serde_json::from_str(&text)?, SystemTime::now())?;
    /// assert!(matches!(engine.next_command(), Some(Command::Execute(_))));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`WorkflowExt::resume`](crate::WorkflowExt::resume): the snapshot is damaged, or of another version of
    /// the workflow.
    pub fn restore(snapshot: Snapshot<W>, at: SystemTime) -> Result<Self, ResumeError> {
        let content = snapshot.0?;
        content.validate()?;
        let Content { run_id, taken_at, elapsed, state, engine: resumed, mut collected, prompts } = content;
        collected.rewind();
        let setup = Setup {
            event_history: 0,
            collected: Some(Box::new(collected)),
            prompts,
            state: Some(state),
            ..Setup::new(run_id, true)
        };
        let began = at.checked_sub(Duration::from_nanos(elapsed.0)).unwrap_or(SystemTime::UNIX_EPOCH);
        let mut engine = Self::new(setup, began, elapsed);
        engine.machine.restore(resumed, at.duration_since(taken_at).unwrap_or_default());
        engine.machine.apply(Tick::Resume, elapsed);
        engine.commands.extend(engine.shared.open_prompts().into_iter().map(Command::Prompt));
        Ok(engine)
    }

    /// The name of the run.
    #[must_use]
    pub fn run_id(&self) -> &RunId {
        self.shared.id()
    }

    /// A copy of the state.
    #[must_use]
    pub fn state(&self) -> W::State {
        self.shared.state().get()
    }

    /// Replaces the state, as of [`Run::state`](crate::Run::state). Calls that are under way and change the state are
    /// repeated.
    pub fn set_state(&mut self, state: W::State) {
        self.shared.state().set(state);
        self.state_version += 1;
    }

    /// Sets the timeout from now on, as of [`Run::timeout`](crate::Run::timeout). `None` disables it. Default: the
    /// `timeout` of the workflow.
    pub fn set_timeout(&mut self, after: Option<Duration>, at: SystemTime) {
        let now = self.advance(at);
        if !self.machine.has_ended() {
            self.machine.set_timeout(after, now);
        }
    }

    /// Overrides options of a step from now on, as of [`Run::configure`](crate::Run::configure). Attempts of the step
    /// that are running have the new timeout from now on. [Snapshots](Self::snapshot) contain it.
    ///
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// # use workflows_runtime::{prelude::*, remote::{Command, Engine}};
    /// # #[workflow] struct Double;
    /// # #[workflow]
    /// # impl Double {
    /// #     #[step]
    /// #     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
    /// #         Stop(n * 2)
    /// #     }
    /// # }
    /// let now = SystemTime::now();
    /// let mut engine = Engine::<Double>::begin("order-7", 21, now);
    /// engine.configure(|steps| steps.double.timeout(Duration::from_secs(5)), now);
    ///
    /// let Some(Command::Execute(call)) = engine.next_command() else { panic!("a run begins with a step") };
    /// assert_eq!(call.timeout(), Some(Duration::from_secs(5)));
    /// assert_eq!(engine.deadline(), Some(now + Duration::from_secs(5)));
    /// ```
    pub fn configure(&mut self, step: impl FnOnce(W::Steps) -> StepOptions, at: SystemTime) {
        let now = self.advance(at);
        let mut overrides = Overrides::default();
        overrides.add(step(W::steps()).into_override());
        self.machine.configure(&overrides, now);
    }

    /// The prompts that can be answered now, in order of publication.
    #[must_use]
    pub fn open_prompts(&self) -> Vec<OpenPrompt<W>> {
        self.shared.open_prompts()
    }

    /// Passes the answer to a call.
    ///
    /// # Errors
    ///
    /// The answer is of another run, or does not fit the history of its execution, as a damaged one may. Nothing is
    /// changed, and the call is still under way.
    pub fn answered(&mut self, answer: StepAnswer<W>) -> Result<Answered, AnswerRefused> {
        self.take_answer(*answer.0)
    }

    /// Confirms that nothing of a [cancelled](Command::Cancel) call runs any more.
    pub fn cancelled(&mut self, call: CallId, at: SystemTime) {
        let now = self.advance(at);
        if let Some(execution) = self.cancelled.remove(&call) {
            self.machine.apply(Tick::Vacated { execution }, now);
        }
    }

    /// Passes what comes from outside.
    ///
    /// # Errors
    ///
    /// Why the answer to a prompt is refused, with the answer. That a matcher rejects it is a
    /// [command](Command::Rejected) later.
    pub fn external(&mut self, external: External<W>, at: SystemTime) -> Result<(), AnswerError<External<W>>> {
        match external.0 {
            ExternalContent::Response(event) => self.respond(event, at),
            ExternalContent::Answer { prompt, response } => {
                if let Err((kind, response)) = self.shared.answer_with(prompt, response) {
                    let response = External(ExternalContent::Answer { prompt, response });
                    return Err(AnswerError { id: prompt, kind, response });
                }
                self.take_answers(at);
            }
            ExternalContent::Cancel => self.cancel(at),
        }
        Ok(())
    }

    /// Sends a response to whatever waits for it, as of [`RunHandle::send`](crate::RunHandle::send). Ignored after the
    /// end of the run.
    pub fn send<T: Answers<W>>(&mut self, response: HumanResponse<T>, at: SystemTime) {
        let HumanResponse(response) = response;
        if let ExternalContent::Response(event) = External::<W>::response(response).0 {
            self.respond(event, at);
        }
    }

    /// Answers a prompt, as of [`RunHandle::answer`](crate::RunHandle::answer).
    ///
    /// # Errors
    ///
    /// The prompt is not open, or for another type. That a matcher rejects the answer is a
    /// [command](Command::Rejected) later.
    pub fn answer<T: Answers<W>>(
        &mut self,
        prompt: PromptId,
        response: T,
        at: SystemTime,
    ) -> Result<(), AnswerError<T>> {
        self.shared.answer(prompt, response)?;
        self.take_answers(at);
        Ok(())
    }

    fn respond(&mut self, event: W::Event, at: SystemTime) {
        let now = self.advance(at);
        if W::TABLE.routes[W::slot(&event) as usize].is_plain {
            // A step will take it. The machine reports all other cases.
            self.shared.presume_answered(None);
        }
        self.machine.apply(Tick::External(event), now);
    }

    /// Takes the answers that were accepted.
    fn take_answers(&mut self, at: SystemTime) {
        let now = self.advance(at);
        for message in self.shared.take_messages() {
            if let Message::Answer { prompt, wait, event } = message {
                if wait.is_none() {
                    self.shared.close_prompt(prompt);
                }
                self.machine.apply(Tick::Answer { prompt, wait, event }, now);
            }
        }
    }

    /// Cancels the run.
    pub fn cancel(&mut self, at: SystemTime) {
        let now = self.advance(at);
        self.machine.apply(Tick::Cancel, now);
    }

    /// Lets time pass. Call it at the [deadline](Self::deadline).
    pub fn time(&mut self, at: SystemTime) {
        let now = self.advance(at);
        self.machine.apply(Tick::Time { at }, now);
    }

    /// When [`time`](Self::time) must be called next: a timeout expires or a delay is over then.
    #[must_use]
    pub fn deadline(&self) -> Option<SystemTime> {
        if self.machine.has_ended() {
            return None;
        }
        let Time(at) = self.machine.deadline()?;
        self.began.checked_add(Duration::from_nanos(at))
    }

    /// Whether no call is under way, and the run needs a response or its [deadline](Self::deadline) to continue. Take
    /// all commands first.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty() && self.machine.is_idle()
    }

    /// Whether the run has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.machine.has_ended()
    }

    /// All that the run is at this moment, for [`restore`](Self::restore), or for a run
    /// [in memory](crate::WorkflowExt::resume). Commands that were not taken are not part of it, apart from prompts
    /// and calls, which are commands again.
    ///
    /// # Errors
    ///
    /// The run has ended.
    pub fn snapshot(&mut self, at: SystemTime) -> Result<Snapshot<W>, SnapshotError> {
        if self.machine.has_ended() {
            return Err(SnapshotError::Ended);
        }
        let now = self.advance(at);
        self.take_outgoing();
        let mut content = Content::of(&self.shared, now, self.machine.snapshot_undecided(), &[]);
        content.taken_at = at;
        Ok(Snapshot(Ok(content)))
    }

    /// The next command; `None` until something else happens.
    pub fn next_command(&mut self) -> Option<Command<W>> {
        loop {
            if let Some(command) = self.commands.pop_front() {
                return Some(command);
            }
            match self.machine.action() {
                Some(action) => self.perform(action),
                None if !self.machine.has_ended() && self.machine.is_stuck() && !self.is_answerable() => {
                    self.machine.apply(Tick::Stalled, self.now);
                }
                None => return None,
            }
        }
    }

    /// Sets the time of the run, which never goes back: the clocks of other machines may be behind.
    pub(super) fn advance(&mut self, at: SystemTime) -> Time {
        let passed = at.duration_since(self.began).unwrap_or_default();
        self.now = self.now.max(Time::default() + passed);
        self.now
    }

    /// The time of day, as far as the engine knows.
    pub(super) fn time_of_day(&self) -> SystemTime {
        self.began.checked_add(Duration::from_nanos(self.now.0)).unwrap_or(self.began)
    }
}

/// Nanoseconds since 1970.
fn nanos(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

impl<W: Workflow> fmt::Debug for Engine<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("workflow", &W::NAME)
            .field("run_id", &format_args!("{}", self.run_id()))
            .finish_non_exhaustive()
    }
}

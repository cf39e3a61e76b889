//! A scripted run: an execution acts according to its events and its attempt, whenever it is started.

use super::MAX_TICKS;
use super::script::{Script, ScriptAction, ScriptedWait};
use crate::engine::tests::simulation::{
    coverage::Coverage,
    graph::{Token, after_timeout, number},
    trace::{RecordedAction, RecordedTick, apply, deserialize, next_action, serialize, state, to_tick},
};
use crate::engine::{Config, Engine, definition::Definition, id::ExecutionId, queue::Queue, tick::Tick, timer::Time};
use fastrand::Rng;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

const CONFIG: Config = Config {
    keeps: true,
    internal: false,
    machine_only: false,
    #[cfg(feature = "durable")]
    gated: false,
    #[cfg(feature = "durable")]
    opens_at_once: false,
    seed: 0,
};

/// A run after one of its ticks.
pub(super) struct CrashPoint {
    serialized: String,
    /// The number of actions so far.
    pub(super) actions: usize,
    /// The number of sends by running executions, and of pending waits.
    done: u32,
    waiting: u32,
    /// The responses that were sent, and by which executions they were read.
    sent_answers: BTreeMap<u64, usize>,
    read_answers: BTreeSet<(u64, u64)>,
    /// The executions that are running or must restart.
    pub(super) running: BTreeMap<ExecutionId, u16>,
    launched: BTreeSet<ExecutionId>,
    answers: u64,
    now: Time,
    pub(super) has_requeued: bool,
}

/// A running attempt, and its position in its script.
struct ScriptedExecution {
    step: u16,
    script: Vec<ScriptAction>,
    done: usize,
    /// The number of waits that it has made of the next group, and the pending ones by number.
    asked: usize,
    waiting: BTreeMap<usize, ScriptedWait>,
}

impl ScriptedExecution {
    fn new(step: u16, script: Vec<ScriptAction>) -> Self {
        Self { step, script, done: 0, asked: 0, waiting: BTreeMap::new() }
    }

    fn is_ready(&self) -> bool {
        match &self.script[self.done] {
            ScriptAction::Hang => false,
            ScriptAction::Wait(all) => self.asked < all.len(),
            _ => true,
        }
    }

    /// Whether it has made some, but not all, of a group of waits.
    fn is_asking(&self) -> bool {
        matches!(&self.script[self.done], ScriptAction::Wait(all) if (1..all.len()).contains(&self.asked))
    }

    /// The number of sends and prompts so far.
    fn effects(&self) -> u32 {
        let is_effect = |action: &&ScriptAction| matches!(action, ScriptAction::Send(_) | ScriptAction::Ask(_));
        number(self.script[..self.done].iter().filter(is_effect).count()).into()
    }
}

/// A scripted run.
pub(super) struct Run<'a, D: Definition> {
    engine: Engine<D>,
    script: Script<'a>,
    /// Picks the execution that continues; without it, the one that was launched first.
    rng: Option<Rng>,
    now: Time,
    running: BTreeMap<ExecutionId, ScriptedExecution>,
    launched: BTreeSet<ExecutionId>,
    /// The executions that were running at the crash, and have not restarted.
    pub(super) to_restart: BTreeMap<ExecutionId, u16>,
    pub(super) restarted: Vec<(u16, ExecutionId)>,
    /// The number of unsolicited external events, and the responses that were sent.
    answers: u64,
    sent_answers: BTreeMap<u64, usize>,
    /// The responses that were read, with the serials of the executions.
    read_answers: BTreeSet<(u64, u64)>,
    /// All actions but the launches of restarted executions.
    pub(super) actions: Vec<RecordedAction>,
    pub(super) is_over: bool,
    pub(super) coverage: Coverage,
}

impl<'a, D: Definition<Event = Token, Output = u64, Prompt = u64>> Run<'a, D> {
    fn new(script: Script<'a>, rng: Option<Rng>) -> Self {
        Self {
            engine: Engine::new(script.case.table, CONFIG),
            script,
            rng,
            now: Time::default(),
            running: BTreeMap::new(),
            launched: BTreeSet::new(),
            to_restart: BTreeMap::new(),
            restarted: Vec::new(),
            answers: 0,
            sent_answers: BTreeMap::new(),
            read_answers: BTreeSet::new(),
            actions: Vec::new(),
            is_over: false,
            coverage: Coverage::default(),
        }
    }

    /// A run from its start to its end with all its crash points, unless it is a long one.
    pub(super) fn complete(script: Script<'a>) -> Option<(Self, Vec<CrashPoint>)> {
        let mut run = Self::new(script, None);
        run.tick(&RecordedTick::Start(Token { slot: script.case.start, id: 0 }, None));
        let mut crash_points = vec![run.crash_point()];
        while crash_points.len() < MAX_TICKS && run.turn() {
            crash_points.push(run.crash_point());
        }
        (crash_points.len() < MAX_TICKS).then_some((run, crash_points))
    }

    pub(super) fn crash_point(&mut self) -> CrashPoint {
        let has_requeued = |queue: &Queue<_>| queue.has_requeued();
        let state = state(&self.engine);
        CrashPoint {
            serialized: serialize(&state),
            has_requeued: state.queues.iter().any(has_requeued),
            actions: self.actions.len(),
            done: self.running.values().map(ScriptedExecution::effects).sum(),
            waiting: self.running.values().map(|execution| number(execution.waiting.len())).map(u32::from).sum(),
            sent_answers: self.sent_answers.clone(),
            read_answers: self.read_answers.clone(),
            running: self
                .running
                .iter()
                .map(|(id, execution)| (*id, execution.step))
                .chain(self.to_restart.clone())
                .collect(),
            launched: self.launched.clone(),
            answers: self.answers,
            now: self.now,
        }
    }

    pub(super) fn resumed(script: Script<'a>, crash_point: &CrashPoint, away: Duration, rng: Option<Rng>) -> Self {
        let mut run = Self::new(script, rng);
        run.engine.restore(deserialize::<D>(&crash_point.serialized, script.case.table), away);
        run.now = crash_point.now;
        run.answers = crash_point.answers;
        run.sent_answers = crash_point.sent_answers.clone();
        run.read_answers = crash_point.read_answers.clone();
        run.launched = crash_point.launched.clone();
        run.to_restart = crash_point.running.clone();
        run.coverage.crashes += 1;
        run.coverage.duplicates += crash_point.done;
        run.coverage.waits_at_crash += crash_point.waiting;
        run.tick(&RecordedTick::Resume);
        run
    }

    /// Applies the next tick. Returns whether the run has not ended.
    pub(super) fn turn(&mut self) -> bool {
        if self.is_over {
            return false;
        }
        let tick = self.next();
        self.tick(&tick);
        !self.is_over
    }

    fn next(&mut self) -> RecordedTick {
        if let Some((id, _)) = self.running.iter().find(|(_, execution)| execution.is_asking()) {
            return self.advance(*id);
        }
        let ready: Vec<_> =
            self.running.iter().filter(|(_, execution)| execution.is_ready()).map(|(id, _)| *id).collect();
        if let Some(answer) = self.next_answer(ready.is_empty()) {
            return answer;
        }
        if let Some(first) = ready.first() {
            let id = self.rng.as_mut().map_or(*first, |rng| ready[rng.usize(..ready.len())]);
            return self.advance(id);
        }
        if self.engine.is_replaying() {
            return RecordedTick::Quiet;
        }
        if let Some(due) = self.engine.deadline() {
            self.now = self.now.max(due);
            return RecordedTick::Time;
        }
        assert!(self.engine.is_idle() && self.running.is_empty(), "the engine waits for nothing");
        self.answers += 1;
        self.script.event(self.answers).map_or(RecordedTick::Stalled, RecordedTick::External)
    }

    /// A response for some wait: when every execution is stuck, and sometimes earlier.
    fn next_answer(&mut self, is_stuck: bool) -> Option<RecordedTick> {
        let is_early = self.rng.as_mut().is_some_and(|rng| rng.u8(..4) == 0);
        let mut open = self.unread_answers();
        let mut wanted = Vec::new();
        for (id, execution) in &self.running {
            let to_come = execution.script.iter().filter(|_| is_early).flat_map(ScriptAction::waits);
            let asked: BTreeSet<u64> =
                to_come.chain(execution.waiting.values()).filter_map(ScriptedWait::answered).collect();
            // Two executions may have the same script.
            let missing = asked.into_iter().filter(|answer| !self.read_answers.contains(&(*answer, id.serial)));
            wanted.extend(missing.filter(|answer| {
                let is_there = open.get_mut(answer).filter(|count| **count > 0);
                is_there.map(|count| *count -= 1).is_none()
            }));
        }
        if wanted.is_empty() || !is_stuck && !is_early {
            return None;
        }
        let answer = wanted[self.rng.as_mut().map_or(0, |rng| rng.usize(..wanted.len()))];
        *self.sent_answers.entry(answer).or_default() += 1;
        self.coverage.answers += 1;
        self.coverage.early_answers += u32::from(!is_stuck);
        Some(RecordedTick::External(Token { slot: self.script.wait_slot()?, id: answer }))
    }

    /// The number of copies of each response that were sent and not read.
    fn unread_answers(&self) -> BTreeMap<u64, usize> {
        let mut open = self.sent_answers.clone();
        for (answer, _) in &self.read_answers {
            let count = open.get_mut(answer).expect("a response is read after it was sent");
            *count = count.checked_sub(1).expect("a response is read by one wait");
        }
        open
    }

    /// Makes the next wait of the execution, if that is its next action.
    fn wait(&mut self, id: ExecutionId) -> Option<RecordedTick> {
        let execution = self.running.get_mut(&id)?;
        let ScriptAction::Wait(all) = &execution.script[execution.done] else { return None };
        let asked = all[execution.asked].clone();
        execution.asked += 1;
        let slot = self.script.wait_slot()?;
        let tick = RecordedTick::Wait(id, asked.wanted(slot));
        let Tick::Wait { matcher, timeout, .. } = to_tick::<D>(&tick) else { unreachable!("it is a wait") };
        let wait =
            self.engine.next_wait(id, slot, matcher.as_ref(), timeout.is_some()).expect("the execution is running");
        assert!(execution.waiting.insert(wait, asked).is_none(), "two waits have the same number");
        Some(tick)
    }

    fn advance(&mut self, id: ExecutionId) -> RecordedTick {
        if let Some(tick) = self.wait(id) {
            return tick;
        }
        let recovers = self.recovers(id);
        let execution = self.running.get_mut(&id).expect("the execution is ready");
        let action = execution.script[execution.done].clone();
        execution.done += 1;
        if let ScriptAction::Send(event) = action {
            return RecordedTick::Sent(id, event);
        } else if let ScriptAction::Ask(prompt) = action {
            return RecordedTick::Asked(id, prompt);
        }
        let step = execution.step;
        self.running.remove(&id);
        match action {
            ScriptAction::Fail(retry_after)
                if retry_after.is_some() && self.script.case.table.steps[step as usize].retries =>
            {
                RecordedTick::Failed(id, retry_after)
            }
            // In random order, no failure may end the run: the other executions would not finish.
            ScriptAction::Fail(_) if !self.script.is_ordered && !recovers => RecordedTick::Done(id, Vec::new()),
            ScriptAction::Fail(retry_after) => RecordedTick::Failed(id, retry_after),
            ScriptAction::Done(output) => RecordedTick::Done(id, output),
            ScriptAction::Send(_) | ScriptAction::Ask(_) | ScriptAction::Wait(_) | ScriptAction::Hang => {
                unreachable!("these do not end an attempt")
            }
        }
    }

    /// Whether a handler would take a failure that is not retried.
    fn recovers(&mut self, id: ExecutionId) -> bool {
        let case = self.script.case;
        let state = state(&self.engine);
        let execution = &state.executions[id.slot];
        // A handler receives the first event, which depends on the order if there are several.
        let has_event = match &execution.input {
            Some(input) if input.events().len() > 1 => self.script.is_ordered,
            Some(input) => !input.events().is_empty(),
            None => false,
        };
        let Some(handler) = case.handler(execution.step) else { return false };
        let catches = case.table.steps[handler as usize].catches.expect("the step is a handler");
        has_event && state.recovery_budgets.count(execution.place.lineage, handler) < catches.max_recoveries
    }

    fn tick(&mut self, tick: &RecordedTick) {
        apply(&mut self.engine, tick, self.now);
        while let Some(action) = next_action(&mut self.engine) {
            if let RecordedAction::Launch(id, ..) = &action {
                apply(&mut self.engine, &RecordedTick::Queued(*id), self.now);
                apply(&mut self.engine, &RecordedTick::Began(*id), self.now);
            }
            if let RecordedAction::Drop(id) = &action {
                apply(&mut self.engine, &RecordedTick::Vacated(*id), self.now);
            }
            self.observe(action);
        }
    }

    fn observe(&mut self, action: RecordedAction) {
        match &action {
            RecordedAction::Launch(id, step, events, before) => {
                let is_timed_out = before.as_ref().is_some_and(|(text, _)| text.starts_with("took longer"));
                let mut script = self.script.of(*step, events, id.attempt);
                if let Some(ScriptAction::Hang) = script.last()
                    && !self.survives_timeout(*id, *step)
                {
                    script.pop();
                    script.push(ScriptAction::Done(Vec::new()));
                }
                self.running.insert(*id, ScriptedExecution::new(*step, script));
                self.check_workers(*step);
                if !self.launched.insert(*id) {
                    assert_eq!(self.to_restart.remove(id), Some(*step), "an execution restarts unexpectedly");
                    let before = self.restarted.iter().rfind(|(of, _)| of == step);
                    assert!(before.is_none_or(|(_, before)| before < id), "executions restart out of order");
                    self.restarted.push((*step, *id));
                    self.coverage.restarted += 1;
                    return;
                }
                let must_restart_first = self.to_restart.values().any(|of| of == step);
                assert!(!must_restart_first || id.attempt > 1, "a queued input precedes a restart");
                self.coverage.retries += u32::from(id.attempt > 1);
                self.coverage.timeouts += u32::from(is_timed_out);
                self.coverage.recoveries += u32::from(self.script.case.table.steps[*step as usize].catches.is_some());
            }
            RecordedAction::Drop(id) => {
                self.running.remove(id);
                self.to_restart.remove(id);
            }
            RecordedAction::Wake(id, wait, answer) => {
                let execution = self.running.get_mut(id).expect("only running executions are woken");
                let asked = execution.waiting.remove(wait).expect("the woken wait is pending");
                assert_eq!(*answer, asked.answered());
                self.read_answers.extend(answer.map(|answer| (answer, id.serial)));
                if execution.waiting.is_empty() && !execution.is_ready() {
                    execution.asked = 0;
                    execution.done += 1;
                }
                let step = execution.step;
                self.coverage.waits_timed_out += u32::from(answer.is_none());
                return self.check_workers(step);
            }
            RecordedAction::Finish(_) => self.is_over = true,
            _ => {}
        }
        self.actions.push(action);
    }

    /// Checks that every execution that does not wait has a worker.
    fn check_workers(&self, step: u16) {
        let busy =
            self.running.values().filter(|execution| execution.step == step && execution.waiting.is_empty()).count();
        assert!(busy <= self.script.case.table.steps[step as usize].workers as usize, "too many workers of {step}");
    }

    /// Whether the run continues if this execution times out.
    fn survives_timeout(&mut self, id: ExecutionId, step: u16) -> bool {
        let step = &self.script.case.table.steps[step as usize];
        let Some(timeout) = step.timeout else { return false };
        let retry_after = after_timeout(timeout, id.attempt);
        step.retries && retry_after.is_some() || self.recovers(id)
    }
}

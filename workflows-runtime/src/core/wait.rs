//! Executions that wait for the outside. What becomes of the answers: [`super::answer`].

use super::{
    Action, Core, Execution, ExecutionId, Graph, Stage, Time, Timer,
    answer::Kept,
    execution::History,
    timer::{TimerKey, pairs},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::Arc,
    time::Duration,
};

/// Which answers a wait wants.
pub(crate) type Matcher<E> = Arc<dyn Fn(&E) -> bool + Send + Sync>;

/// One wait of one execution.
#[derive(Clone, Serialize, Deserialize)]
#[serde(bound(deserialize = "E: Deserialize<'de>"))]
pub(super) struct Wait<E> {
    pub(super) slot: u16,
    /// Its place among all waits of the run.
    pub(super) number: u64,
    pub(super) timer: Option<TimerKey>,
    pub(super) outcome: Outcome<E>,
    /// The body is there to be woken; not so after a failure or a resume, until it comes here again.
    pub(super) live: bool,
    #[serde(skip)]
    pub(super) matcher: Option<Matcher<E>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Outcome<E> {
    Pending,
    Answered(E),
    TimedOut,
    /// The body gave up on it.
    Dropped,
}

impl<E: fmt::Debug> fmt::Debug for Wait<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("slot", &self.slot).field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

impl<E> Wait<E> {
    pub(super) fn is_pending(&self) -> bool {
        matches!(self.outcome, Outcome::Pending)
    }

    pub(super) fn timer_moved(&mut self, to: TimerKey) {
        self.timer = Some(to);
    }
}

impl<E> History<E> {
    /// How many of its waits keep the body from going on.
    pub(super) fn pending(&self) -> usize {
        self.open.iter().filter(|wait| self.waits[**wait].is_pending()).count()
    }
}

/// A wait, by its execution's slot and its place in the execution.
pub(super) type WaitKey = (u32, usize);

/// All that is waited for in a run, and what has come too soon.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "E: Serialize", deserialize = "E: Deserialize<'de>"))]
pub(super) struct Waits<E> {
    /// How many there have been.
    made: u64,
    /// Those without an answer, by slot, in the order in which they were made.
    #[serde(with = "pairs")]
    pub(super) pending: BTreeMap<(u16, u64), WaitKey>,
    /// Answers that nothing takes yet, by slot.
    #[serde(with = "pairs")]
    pub(super) kept: BTreeMap<u16, VecDeque<Kept<E>>>,
}

impl<E> Default for Waits<E> {
    fn default() -> Self {
        Self { made: 0, pending: BTreeMap::new(), kept: BTreeMap::new() }
    }
}

impl<G: Graph> Core<G> {
    /// An execution waits for an event that goes into this slot.
    pub(super) fn wait(
        &mut self,
        id: ExecutionId,
        slot: u16,
        prompt: Option<G::Prompt>,
        matcher: Option<Matcher<G::Event>>,
        timeout: Option<Duration>,
        now: Time,
    ) {
        if self.execution(id).is_none() {
            return;
        }
        if let Some(Action::Idle) = self.actions.back() {
            // It waits for two things at once: idle only once both are asked for.
            self.actions.pop_back();
        }
        let history = self.state.executions[id.slot].history();
        let wait = history.reached;
        history.reached += 1;
        // A body that does something else than the last time begins anew here.
        let differs = history.waits.get(wait).is_some_and(|known| known.slot != slot);
        let stale = if differs { history.waits.split_off(wait) } else { Vec::new() };
        match history.waits.get_mut(wait) {
            Some(known @ Wait { outcome: Outcome::Answered(_) | Outcome::TimedOut, .. }) => {
                known.live = true;
                self.wake(id.slot, wait);
            }
            Some(known @ Wait { outcome: Outcome::Pending, .. }) => {
                (known.live, known.matcher) = (true, matcher);
                history.open.push(wait);
            }
            known => {
                // What a body gave up on and waits for again it has asked for already.
                let prompt = if known.is_none() { prompt } else { None };
                let waits = self.state.waits.get_or_insert_default();
                let number = waits.made;
                waits.made += 1;
                waits.pending.insert((slot, number), (id.slot, wait));
                let timer =
                    timeout.map(|after| self.state.timers.set(now + after, Timer::Wait { execution: id, wait }));
                let anew = Wait { slot, number, timer, outcome: Outcome::Pending, live: true, matcher };
                match known {
                    Some(known) => *known = anew,
                    None => history.waits.push(anew),
                }
                history.open.push(wait);
                self.actions.extend(prompt.map(Action::Prompt));
            }
        }
        self.unlist(&stale);
        self.hand_on(stale, &[], now);
        // What has come too soon is there without a pause.
        self.hand_out_kept(slot, now);
        self.suspend(id, now);
        self.settle(now);
    }

    /// Nobody has answered in time.
    pub(super) fn wait_timed_out(&mut self, execution: ExecutionId, wait: usize, now: Time) {
        if let Some(history) = self.any_attempt(execution).and_then(|execution| execution.history.as_ref())
            && let Some(slot) = history.waits.get(wait).filter(|wait| wait.is_pending()).map(|wait| wait.slot)
        {
            self.resolve(execution.slot, wait, Outcome::TimedOut, now);
            self.hand_out_kept(slot, now);
        }
    }

    /// A body waits no more: it has dropped what it waited with.
    pub(super) fn unwait(&mut self, id: ExecutionId, wait: usize, now: Time) {
        if self.execution(id).is_none() {
            return;
        }
        let Some(history) = self.state.executions[id.slot].history.as_mut() else { return };
        let Some(known) = history.waits.get_mut(wait) else { return };
        let (slot, number, timer) = (known.slot, known.number, known.timer.take());
        let outcome = std::mem::replace(&mut known.outcome, Outcome::Dropped);
        history.open.retain(|open| *open != wait);
        self.waits().pending.remove(&(slot, number));
        if let Some(timer) = timer {
            self.state.timers.clear(timer);
        }
        self.resume_by_itself(id, now);
        if let Outcome::Answered(event) = outcome {
            // It was there already, and nobody has looked at it.
            self.keep(slot, event, true);
            self.hand_out_kept(slot, now);
        }
    }

    pub(super) fn resolve(&mut self, at: u32, wait: usize, outcome: Outcome<G::Event>, now: Time) {
        let Some(history) = self.state.executions[at].history.as_mut() else { return };
        let known = &mut history.waits[wait];
        known.outcome = outcome;
        let (slot, number, timer, live) = (known.slot, known.number, known.timer.take(), known.live);
        let pending = history.pending();
        self.waits().pending.remove(&(slot, number));
        if let Some(timer) = timer {
            self.state.timers.clear(timer);
        }
        if !live {
            // The body will find it there when it comes to this place again.
            return;
        }
        let execution = &mut self.state.executions[at];
        if execution.stage == Stage::Suspended && pending == 0 {
            execution.stage = Stage::Woken;
            let (id, step) = (execution.id(at), execution.step);
            self.state.suspended -= 1;
            self.state.queues[step as usize].push_again(id);
        }
        if self.state.executions[at].stage != Stage::Woken {
            return self.wake(at, wait);
        }
        let step = self.state.executions[at].step;
        self.launch_queued(step, now);
    }

    /// Lets a body have what it waited for.
    fn wake(&mut self, at: u32, wait: usize) {
        let execution = &mut self.state.executions[at];
        let id = execution.id(at);
        let Some(history) = execution.history.as_mut() else { return };
        history.open.retain(|open| *open != wait);
        let answer = match &history.waits[wait].outcome {
            Outcome::Answered(event) => Some(event.clone()),
            _ => None,
        };
        self.actions.push_back(Action::Wake { execution: id, wait, answer });
    }

    /// A woken execution has a worker again.
    pub(super) fn go_on(&mut self, id: ExecutionId, now: Time) {
        self.go_on_timing(id, now);
        self.wake_resolved(id);
    }

    /// Lets a body have all that has come.
    fn wake_resolved(&mut self, id: ExecutionId) {
        let Some(history) = &self.state.executions[id.slot].history else { return };
        let resolved = history.open.iter().copied().filter(|wait| !history.waits[*wait].is_pending());
        for wait in resolved.collect::<Vec<_>>() {
            self.wake(id.slot, wait);
        }
    }

    /// The time of a step goes on where it stood still.
    fn go_on_timing(&mut self, id: ExecutionId, now: Time) {
        let execution = &mut self.state.executions[id.slot];
        if let Some(left) = execution.history.as_mut().and_then(|history| history.left.take()) {
            let after = self.table.steps[execution.step as usize].timeout.unwrap_or(left);
            execution.timer = Some(self.state.timers.set(now + left, Timer::Step { execution: id, after }));
        }
    }

    /// An execution that waits gives its worker to others; its own time stands still.
    fn suspend(&mut self, id: ExecutionId, now: Time) {
        let Some(stage) = self.execution(id).filter(|execution| execution.pending() > 0).map(|e| e.stage) else {
            return;
        };
        let execution = &mut self.state.executions[id.slot];
        let step = execution.step;
        match stage {
            Stage::Running => {
                if let Some(timer) = execution.timer.take() {
                    execution.history().left = Some(timer.0 - now);
                    self.state.timers.clear(timer);
                }
                self.state.queues[step as usize].running -= 1;
            }
            // It stood in line to go on, and waits for something else now.
            Stage::Woken => self.state.queues[step as usize].leave_line(id),
            Stage::Suspended | Stage::Again | Stage::Backoff => return,
        }
        self.state.executions[id.slot].stage = Stage::Suspended;
        self.state.suspended += 1;
        self.wake_resolved(id);
        self.launch_queued(step, now);
    }

    /// An execution that has given up all of its waits goes on, with a worker or without.
    fn resume_by_itself(&mut self, id: ExecutionId, now: Time) {
        let execution = &mut self.state.executions[id.slot];
        let (step, stage) = (execution.step, execution.stage);
        if execution.history.as_ref().is_some_and(|history| !history.open.is_empty()) {
            return;
        }
        match stage {
            Stage::Suspended => self.state.suspended -= 1,
            Stage::Woken => self.state.queues[step as usize].leave_line(id),
            Stage::Running | Stage::Again | Stage::Backoff => return,
        }
        self.take_worker(id, step);
        self.go_on_timing(id, now);
    }

    /// The steps that wait for an answer, in declaration order.
    pub(super) fn waiting(&self) -> Vec<String> {
        let mut steps: Vec<u16> = self.suspended().map(|execution| execution.step).collect();
        steps.sort_unstable();
        steps.dedup();
        steps.into_iter().map(|step| self.table.steps[step as usize].name.to_owned()).collect()
    }

    fn suspended(&self) -> impl Iterator<Item = &Execution<G::Event>> {
        self.state.executions.iter().filter(|execution| execution.stage == Stage::Suspended)
    }

    /// The number of the next wait that an execution comes to.
    pub(crate) fn next_wait(&self, id: ExecutionId) -> Option<usize> {
        Some(self.execution(id)?.history.as_ref().map_or(0, |history| history.reached))
    }
}

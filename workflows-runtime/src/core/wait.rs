//! Executions that wait for the outside, and the answers that come.
//!
//! An answer goes to the wait that has waited longest and that it matches, and to no other one.
//! Where no step takes it either, it is kept until such a wait comes.

use super::{
    Action, Core, Execution, ExecutionId, Graph, Place, Stage, Time, Timer,
    execution::History,
    timer::{TimerKey, pairs},
};
use crate::graph::NONE;
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
    number: u64,
    timer: Option<TimerKey>,
    outcome: Outcome<E>,
    /// The body is there to be woken; not so after a failure or a resume, until it comes here again.
    pub(super) live: bool,
    #[serde(skip)]
    matcher: Option<Matcher<E>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Outcome<E> {
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
    fn pending(&self) -> usize {
        self.open.iter().filter(|wait| self.waits[**wait].is_pending()).count()
    }
}

/// A wait, by its execution's slot and its place in the execution.
type WaitKey = (u32, usize);

/// All that is waited for in a run, and what has come too soon.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "E: Serialize", deserialize = "E: Deserialize<'de>"))]
pub(super) struct Waits<E> {
    /// How many there have been.
    made: u64,
    /// Those without an answer, by slot, in the order in which they were made.
    #[serde(with = "pairs")]
    pending: BTreeMap<(u16, u64), WaitKey>,
    /// Answers that nothing takes yet, by slot.
    #[serde(with = "pairs")]
    kept: BTreeMap<u16, VecDeque<E>>,
}

impl<E> Default for Waits<E> {
    fn default() -> Self {
        Self { made: 0, pending: BTreeMap::new(), kept: BTreeMap::new() }
    }
}

/// To whom an answer goes.
enum Claim {
    /// This wait of this execution.
    Wait(u32, usize),
    /// It is not known yet: an earlier wait has not said yet what it wants.
    Unknown,
    Nobody,
}

impl<G: Graph> Core<G> {
    /// Brings an event from outside to who waits for it, and to the steps that take it.
    pub(super) fn external(&mut self, event: G::Event, now: Time) {
        let slot = G::slot(&event);
        let (mut waited_for, mut taken, mut leaf) = (false, false, slot);
        while leaf != NONE {
            let port = self.table.leaves[leaf as usize].port;
            waited_for |= port == NONE;
            taken |= port != NONE;
            leaf = self.table.next[leaf as usize];
        }
        if !waited_for {
            return self.bring(event, self.root(), now);
        }
        match self.claim(slot, &event) {
            Claim::Wait(at, wait) => {
                // The step that has waited for it is not started with it as well.
                let except = self.state.executions[at].step;
                if taken {
                    self.bring_except(event.clone(), self.root(), except, now);
                }
                self.resolve(at, wait, Outcome::Answered(event), now);
            }
            Claim::Nobody if taken => self.bring(event, self.root(), now),
            Claim::Nobody | Claim::Unknown => self.waits().kept.entry(slot).or_default().push_back(event),
        }
    }

    fn claim(&self, slot: u16, event: &G::Event) -> Claim {
        let Some(waits) = &self.state.waits else { return Claim::Nobody };
        for (at, wait) in waits.pending.range((slot, 0)..=(slot, u64::MAX)).map(|(_, key)| *key) {
            let Some(wanted) = self.state.executions[at].history.as_ref().map(|history| &history.waits[wait]) else {
                continue;
            };
            if !wanted.live {
                return Claim::Unknown;
            }
            if wanted.matcher.as_ref().is_none_or(|matches| matches(event)) {
                return Claim::Wait(at, wait);
            }
        }
        Claim::Nobody
    }

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
        if history.waits.get(wait).is_some_and(|known| known.slot != slot || known.live) {
            let stale = history.waits.split_off(wait);
            self.forget(stale, now);
        }
        let history = self.state.executions[id.slot].history();
        match history.waits.get_mut(wait) {
            None => {
                let waits = self.state.waits.get_or_insert_default();
                let number = waits.made;
                waits.made += 1;
                waits.pending.insert((slot, number), (id.slot, wait));
                let timer =
                    timeout.map(|after| self.state.timers.set(now + after, Timer::Wait { execution: id, wait }));
                history.waits.push(Wait { slot, number, timer, outcome: Outcome::Pending, live: true, matcher });
                self.actions.extend(prompt.map(Action::Prompt));
            }
            Some(known) => {
                known.live = true;
                known.matcher = matcher;
                if !known.is_pending() {
                    return self.wake(id.slot, wait);
                }
            }
        }
        history.open.push(wait);
        self.suspend(id, now);
        self.hand_out_kept(slot, now);
        self.settle(now);
    }

    /// Gives what was kept to the waits that have come since.
    fn hand_out_kept(&mut self, slot: u16, now: Time) {
        let mut at = 0;
        while let Some(event) = self.kept(slot).and_then(|kept| kept.get(at)) {
            match self.claim(slot, event) {
                Claim::Unknown => return,
                Claim::Nobody => at += 1,
                Claim::Wait(execution, wait) => {
                    let kept = self.waits().kept.get_mut(&slot).and_then(|kept| kept.remove(at));
                    let Some(event) = kept else { return };
                    self.resolve(execution, wait, Outcome::Answered(event), now);
                }
            }
        }
        if self.kept(slot).is_some_and(VecDeque::is_empty) {
            self.waits().kept.remove(&slot);
        }
    }

    fn kept(&self, slot: u16) -> Option<&VecDeque<G::Event>> {
        self.state.waits.as_ref()?.kept.get(&slot)
    }

    fn waits(&mut self) -> &mut Waits<G::Event> {
        self.state.waits.get_or_insert_default()
    }

    /// Nobody has answered in time.
    pub(super) fn wait_timed_out(&mut self, execution: ExecutionId, wait: usize, now: Time) {
        if let Some(history) = self.any_attempt(execution).and_then(|execution| execution.history.as_ref())
            && history.waits.get(wait).is_some_and(Wait::is_pending)
        {
            self.resolve(execution.slot, wait, Outcome::TimedOut, now);
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
        self.resume_by_itself(id.slot);
        match outcome {
            // It was there already, and nobody has looked at it.
            Outcome::Answered(event) => self.external(event, now),
            Outcome::Pending => self.hand_out_kept(slot, now),
            _ => {}
        }
    }

    fn resolve(&mut self, at: u32, wait: usize, outcome: Outcome<G::Event>, now: Time) {
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
        let execution = &mut self.state.executions[id.slot];
        let left = execution.history.as_mut().and_then(|history| history.left.take());
        if let Some(after) = left {
            execution.timer = Some(self.state.timers.set(now + after, Timer::Step { execution: id, after }));
        }
        let open = execution.history.as_ref().map_or_else(Vec::new, |history| history.open.clone());
        for wait in open {
            self.wake(id.slot, wait);
        }
    }

    /// An execution gives its worker to others while it waits; its own time stands still.
    fn suspend(&mut self, id: ExecutionId, now: Time) {
        let execution = &mut self.state.executions[id.slot];
        if execution.stage != Stage::Running {
            return;
        }
        execution.stage = Stage::Suspended;
        let (step, timer) = (execution.step, execution.timer.take());
        if let Some(timer) = timer {
            execution.history().left = Some(timer.0 - now);
            self.state.timers.clear(timer);
        }
        self.state.suspended += 1;
        self.state.queues[step as usize].running -= 1;
        self.launch_queued(step, now);
    }

    /// An execution that has given up all of its waits goes on, with a worker or without.
    fn resume_by_itself(&mut self, at: u32) {
        let execution = &mut self.state.executions[at];
        let pending = execution.history.as_ref().map_or(0, |history| history.pending());
        if execution.stage == Stage::Suspended && pending == 0 {
            execution.stage = Stage::Running;
            self.state.suspended -= 1;
            self.state.queues[execution.step as usize].running += 1;
        }
    }

    /// Drops the waits of an execution that is over.
    pub(super) fn forget(&mut self, waits: Vec<Wait<G::Event>>, now: Time) {
        let mut slots = Vec::new();
        for wait in waits.into_iter().filter(Wait::is_pending) {
            self.waits().pending.remove(&(wait.slot, wait.number));
            if let Some(timer) = wait.timer {
                self.state.timers.clear(timer);
            }
            slots.push(wait.slot);
        }
        // What an earlier wait kept from the later ones.
        for slot in slots {
            self.hand_out_kept(slot, now);
        }
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

    fn bring_except(&mut self, event: G::Event, place: Place, except: u16, now: Time) {
        self.hold(place.batch);
        self.route(event, place, except, now);
        self.release(place.batch, 1, now);
    }
}

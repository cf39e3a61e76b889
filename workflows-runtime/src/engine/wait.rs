//! Executions that wait for the outside. What becomes of the answers: [`super::response`].

use super::{
    action::Action,
    definition::Definition,
    execution::{Execution, ExecutionId, Stage},
    history::{Wait, WaitOutcome},
    machine::Machine,
    timer::{Time, Timer},
    waiters::WaiterKey,
};
use std::{sync::Arc, time::Duration};

/// Which answers a wait wants.
pub(crate) type Matcher<E> = Arc<dyn Fn(&E) -> bool + Send + Sync>;

/// What a body waits for: an event that goes into this slot.
pub(super) struct Wanted<D: Definition> {
    pub(super) slot: u16,
    pub(super) prompt: Option<D::Prompt>,
    pub(super) matcher: Option<Matcher<D::Event>>,
    pub(super) timeout: Option<Duration>,
}

impl<D: Definition> Machine<D> {
    /// An execution waits for an answer.
    pub(super) fn wait(&mut self, id: ExecutionId, wanted: Wanted<D>, now: Time) {
        if self.execution(id).is_none() {
            return;
        }
        if let Some(Action::Idle) = self.actions.back() {
            // It waits for two things at once: idle only once both are asked for.
            self.actions.pop_back();
        }
        let history = self.state.executions[id.slot].history();
        let wait = history.next(wanted.slot, wanted.matcher.as_ref(), wanted.timeout.is_some());
        if let Some(at) = history.unreplayed.iter().position(|unreplayed| *unreplayed == wait) {
            history.unreplayed.remove(at);
        }
        if history.waits.get(wait).is_some_and(Wait::is_over) {
            history.waits[wait].live = true;
            history.supersede(wait);
            self.wake(id.slot, wait);
            self.unblock_replayed(id, now);
        } else {
            self.register(id, wait, wanted, now);
        }
        self.suspend(id, now);
        self.drain_if_idle(now);
    }

    /// Has a body stand in the line with its `wait`, where it has stood before if it has.
    fn register(&mut self, id: ExecutionId, wait: usize, wanted: Wanted<D>, now: Time) {
        let Wanted { slot, prompt, matcher, timeout } = wanted;
        let history = self.state.executions[id.slot].history();
        let (is_replaying, known) = (history.is_replaying(), history.waits.get_mut(wait));
        let waits = self.state.waits.get_or_insert_default();
        let given_up = known.as_ref().and_then(|known| known.given_up);
        let (is_new, was_there) = (known.is_none(), known.as_ref().is_some_and(|known| known.is_pending()));
        let number = known.as_ref().map_or_else(|| waits.next_number(), |known| known.number);
        // Its time goes on, if it had one and still has.
        let mut timer = known.as_ref().and_then(|known| known.timer);
        match (timer, timeout) {
            (Some(key), None) => {
                self.state.timers.clear(key);
                timer = None;
            }
            (None, Some(after)) => {
                timer = Some(self.state.timers.set(now + after, Timer::Wait { execution: id, wait }));
            }
            _ => {}
        }
        let anew = Wait {
            slot,
            number,
            timer,
            outcome: WaitOutcome::Pending,
            live: true,
            lost_race: false,
            given_up,
            matcher,
        };
        match known {
            Some(known) => *known = anew,
            None => history.waits.push(anew),
        }
        history.open.push(wait);
        waits.join((slot, number), (id.slot, wait), is_replaying);
        // What it waits for again it has asked for already.
        self.actions.extend(prompt.filter(|_| is_new).map(Action::Prompt));
        if !is_replaying {
            // What has come too soon is there without a pause. Only who has kept it from others
            // before lets them have it now.
            let last = if was_there { u64::MAX } else { number };
            self.deliver_buffered(slot, &(number..=last), now);
        }
    }

    /// A body that has come to all that it had takes new answers.
    fn unblock_replayed(&mut self, id: ExecutionId, now: Time) {
        let Some(waits) = self.state.waits.as_ref().filter(|waits| !waits.replaying.is_empty()) else { return };
        let Some(history) = self.state.executions[id.slot].history.as_ref().filter(|history| !history.is_replaying())
        else {
            return;
        };
        let spots = history.open.iter().map(|wait| history.waits[*wait].waiter());
        let mut replaying: Vec<WaiterKey> = spots.filter(|waiter| waits.replaying.contains(waiter)).collect();
        replaying.sort_unstable();
        self.unblock(replaying, now);
    }

    fn unblock(&mut self, replaying: Vec<WaiterKey>, now: Time) {
        for (slot, number) in replaying {
            self.waits().unblock((slot, number));
            self.deliver_buffered(slot, &(number..=u64::MAX), now);
        }
    }

    /// Whether a wait takes nothing for the moment, since its body may come to what it has had.
    pub(super) fn is_replaying(&self) -> bool {
        self.state.waits.as_ref().is_some_and(|waits| !waits.replaying.is_empty())
    }

    /// What a body has not come to by now it may not come to for long, or never.
    pub(super) fn quiet(&mut self, now: Time) {
        if self.is_replaying() {
            let replaying = self.waits().replaying.iter().copied().collect();
            self.unblock(replaying, now);
            self.drain_if_idle(now);
        }
    }

    /// A body is gone, and begins again: what it wants is not known until it comes there.
    pub(super) fn detach_waits(&mut self, at: u32) {
        let Some(history) = &self.state.executions[at].history else { return };
        let Some(waits) = &mut self.state.waits else { return };
        for wait in history.waits.iter().filter(|wait| wait.is_pending()) {
            waits.block(wait.waiter());
        }
    }

    /// Nobody has answered in time.
    pub(super) fn wait_timed_out(&mut self, execution: ExecutionId, wait: usize, now: Time) {
        let history = self.any_attempt(execution).and_then(|execution| execution.history.as_ref());
        if history.and_then(|history| history.waits.get(wait)).is_some_and(Wait::is_pending) {
            self.resolve(execution.slot, wait, WaitOutcome::TimedOut, now);
        }
    }

    /// A body waits no more: it has dropped what it waited with.
    pub(super) fn unwait(&mut self, id: ExecutionId, wait: usize, now: Time) {
        if self.execution(id).is_none() {
            return;
        }
        let Some(history) = self.state.executions[id.slot].history.as_mut() else { return };
        let made = history.replayed_len();
        let Some(known) = history.waits.get_mut(wait) else { return };
        let (waiter, timer) = (known.waiter(), known.timer.take());
        // What was there and was not looked at has lost, too.
        known.lost_race |= known.is_over();
        known.given_up = Some(made);
        let outcome = std::mem::replace(&mut known.outcome, WaitOutcome::Dropped);
        history.open.retain(|open| *open != wait);
        if let Some(timer) = timer {
            self.state.timers.clear(timer);
        }
        let kept_from_others = self.waits().leave(waiter);
        self.resume_without_answer(id, now);
        if let WaitOutcome::Answered(event) = outcome {
            // It was there already, and nobody has looked at it.
            self.requeue(vec![(waiter.0, event)], now);
        }
        self.left(waiter, kept_from_others, now);
    }

    /// Who stood behind a wait that is out of the line may have what it kept from them.
    fn left(&mut self, (slot, number): WaiterKey, kept_from_others: bool, now: Time) {
        if kept_from_others {
            self.deliver_buffered(slot, &(number..=u64::MAX), now);
            self.drain_if_idle(now);
        }
    }

    pub(super) fn resolve(&mut self, at: u32, wait: usize, outcome: WaitOutcome<D::Event>, now: Time) {
        let Some(history) = self.state.executions[at].history.as_mut() else { return };
        let known = &mut history.waits[wait];
        known.outcome = outcome;
        let (waiter, timer, live) = (known.waiter(), known.timer.take(), known.live);
        let pending = history.pending();
        if live {
            // From here on it comes to nothing that it has asked before.
            history.supersede(wait);
        }
        if let Some(timer) = timer {
            self.state.timers.clear(timer);
        }
        let kept_from_others = self.waits().leave(waiter);
        // The body will find it there when it comes to this place again, if it is not there now.
        if live {
            self.wake_or_queue(at, wait, pending, now);
        }
        self.left(waiter, kept_from_others, now);
    }

    /// Wakes a body, which has to wait for a worker if it has come to its last answer.
    fn wake_or_queue(&mut self, at: u32, wait: usize, pending: usize, now: Time) {
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
            WaitOutcome::Answered(event) => Some(event.clone()),
            _ => None,
        };
        self.actions.push_back(Action::Wake { execution: id, wait, answer });
    }

    /// A body is let have what it waited for, in place of all else that it waits for.
    pub(super) fn mark_woken(&mut self, id: ExecutionId, wait: usize) {
        let Some(history) = self.state.executions[id.slot].history.as_mut() else { return };
        if history.waits[wait].is_over() {
            history.open.iter().for_each(|open| history.waits[*open].lost_race = true);
        }
    }

    /// A woken execution has a worker again.
    pub(super) fn resume(&mut self, id: ExecutionId, now: Time) {
        self.resume_timer(id, now);
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
    fn resume_timer(&mut self, id: ExecutionId, now: Time) {
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
    fn resume_without_answer(&mut self, id: ExecutionId, now: Time) {
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
        self.resume_timer(id, now);
    }

    /// The steps that wait for an answer, in declaration order.
    pub(super) fn waiting(&self) -> Vec<String> {
        let mut steps: Vec<u16> = self.suspended().map(|execution| execution.step).collect();
        steps.sort_unstable();
        steps.dedup();
        steps.into_iter().map(|step| self.table.steps[step as usize].name.to_owned()).collect()
    }

    fn suspended(&self) -> impl Iterator<Item = &Execution<D::Event>> {
        self.state.executions.iter().filter(|execution| execution.stage == Stage::Suspended)
    }

    /// Which of its waits an execution comes to that waits for this now.
    pub(super) fn next_wait(
        &self,
        id: ExecutionId,
        slot: u16,
        matcher: Option<&Matcher<D::Event>>,
        has_timeout: bool,
    ) -> Option<usize> {
        let history = self.execution(id)?.history.as_ref();
        Some(history.map_or(0, |history| history.next(slot, matcher, has_timeout)))
    }
}

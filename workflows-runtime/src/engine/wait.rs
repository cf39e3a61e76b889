//! The life of a wait: registered, resolved or dropped, replayed by a later attempt.
//!
//! A step waits by sending [`Tick::Wait`](super::tick::Tick::Wait). If an earlier attempt has already
//! resolved that wait, the step continues at once. Otherwise the wait joins the
//! [registry](super::waiters), and the execution is suspended: it returns its worker, and its step
//! timeout stops. Which wait receives a response is decided in [`super::response`].
//!
//! After a failure or a resume, a wait is *detached*: its step has not reached it again, so its matcher
//! is unknown and it blocks the waits behind it. While its attempt is still *replaying*, a reached wait
//! remains blocked: the step may yet reach another wait that was resolved first, and drop this one.

#[cfg(feature = "durable")]
use super::decisions::Decision;
use super::{
    action::Action,
    definition::Definition,
    history::{Matcher, NextWait, RecordedWait, WaitOutcome},
    id::ExecutionId,
    machine::Machine,
    prompt::PromptedBy,
    tick::WaitRequest,
    timer::{Time, Timer, TimerKey},
    waiters::{Addressee, WaiterKey},
};
use crate::error::Waiting;
use std::{collections::BTreeSet, time::Duration};

impl<D: Definition> Machine<D> {
    /// Handles [`Tick::Wait`](super::tick::Tick::Wait).
    pub(super) fn wait(&mut self, id: ExecutionId, request: WaitRequest<D>, now: Time) {
        if !D::WAITS {
            return;
        }
        if self.execution(id).is_none() {
            return;
        }
        if let Some(Action::Idle) = self.actions.back() {
            // The step makes two waits in one poll: the run is idle only after the second.
            self.actions.pop_back();
            #[cfg(feature = "durable")]
            self.shorten_gate();
        }
        self.began(id, now);
        let next = self.next_of(id, &request);
        let wait = next.at;
        let history = self.state.executions[id.slot].history_mut();
        history.replay(wait);
        let mut is_rejected = false;
        if !next.is_new && history.waits[wait].is_unchecked() {
            is_rejected = !self.accepts_unchecked(id, wait, &request);
            self.state.executions[id.slot].history_mut().waits[wait].check(!is_rejected);
        }
        let history = self.state.executions[id.slot].history_mut();
        let is_resolved = !next.is_new && history.waits[wait].is_resolved();
        if is_resolved {
            history.waits[wait].attached = true;
            history.supersede(wait);
            self.wake(id.slot, wait);
            self.unblock_replayed(id, now);
        } else {
            self.register(id, next, request, now);
            if is_rejected {
                // Once it is registered: it may take what the waits before it leave.
                self.unblock_replayed(id, now);
            }
        }
        self.suspend(id, now);
        self.drain_if_idle(now);
    }

    /// The recorded wait that a step has reached, or a new one.
    fn next_of(&mut self, id: ExecutionId, request: &WaitRequest<D>) -> NextWait {
        #[cfg(feature = "durable")]
        if self.replays_decisions() {
            return self.replayed_next(id, request);
        }
        let history = self.state.executions[id.slot].history_mut();
        let next = history.next(request.slot, request.matcher.as_ref(), request.timeout.is_some());
        #[cfg(feature = "durable")]
        self.decided(if next.is_new { Decision::New } else { Decision::Recorded(next.at) });
        next
    }

    /// Whether a wait that its step has reached accepts the answer that came before.
    fn accepts_unchecked(&mut self, id: ExecutionId, wait: usize, request: &WaitRequest<D>) -> bool {
        #[cfg(feature = "durable")]
        if self.replays_decisions() {
            return self.replayed_check() == Decision::Accepted;
        }
        let history = self.state.executions[id.slot].history_mut();
        let accepts = match (&history.waits[wait].outcome, &request.matcher) {
            (WaitOutcome::Answered(event), Some(accepts)) => accepts(event),
            _ => true,
        };
        #[cfg(feature = "durable")]
        self.decided(if accepts { Decision::Accepted } else { Decision::Rejected });
        accepts
    }

    /// Adds a wait to the registry, in its old position if it is recorded.
    pub(super) fn register(&mut self, id: ExecutionId, next: NextWait, request: WaitRequest<D>, now: Time) {
        let NextWait { at: wait, is_new } = next;
        let history = self.state.executions[id.slot].history_mut();
        let is_replaying = history.is_replaying();
        let was_pending;
        let sequence;
        let old_timer;
        let dropped_at;
        let mut prompt;
        if is_new {
            was_pending = false;
            sequence = self.state.waits.get_or_insert_default().next_sequence();
            old_timer = None;
            dropped_at = None;
            prompt = None;
        } else {
            let recorded = &history.waits[wait];
            was_pending = recorded.is_pending();
            sequence = recorded.sequence;
            old_timer = recorded.timer;
            dropped_at = recorded.dropped_at;
            prompt = recorded.prompt;
        }
        let is_published = prompt.is_some();
        if request.prompt.is_some() && !is_published {
            self.record_asked(self.state.executions[id.slot].step);
            prompt = Some(self.next_prompt());
        }
        let timer = self.update_wait_timer(old_timer, id, wait, request.timeout, now);
        // Whether its matcher, elsewhere, has yet to decide on a response.
        #[cfg(feature = "engine")]
        let is_offered = matches!(&request.remote, Some(remote) if remote.is_offered());
        #[cfg(not(feature = "engine"))]
        let is_offered = false;
        let recorded = RecordedWait {
            slot: request.slot,
            sequence,
            timer,
            outcome: WaitOutcome::Pending,
            attached: true,
            lost_race: false,
            dropped_at,
            prompt,
            addressee: Addressee::Anyone,
            offered: None,
            matcher: request.matcher,
            #[cfg(feature = "engine")]
            remote: request.remote,
        };
        let history = self.state.executions[id.slot].history_mut();
        if is_new {
            history.insert(wait, recorded);
        } else {
            history.waits[wait] = recorded;
        }
        history.open.push(wait);
        self.waits_mut().register((request.slot, sequence), (id.slot, wait), is_replaying);
        if is_offered {
            // It receives no other response before its matcher has decided.
            self.waits_mut().block((request.slot, sequence));
        }
        let execution = id.slot;
        if let (Some(id), Some(prompt)) = (prompt, request.prompt) {
            let wait = self.prompt_wait(execution, wait);
            self.actions.push_back(if is_published {
                // An earlier attempt has published the prompt.
                Action::ReopenPrompt { id, prompt, wait, is_blocked: is_replaying }
            } else {
                Action::Prompt { id, prompt, by: PromptedBy::Wait(Box::new(wait)) }
            });
        }
        if !is_replaying && !is_offered {
            // A response that arrived early resolves the wait before the execution is suspended. A wait
            // that was pending has blocked those behind it until now.
            let last = if was_pending { u64::MAX } else { sequence };
            self.deliver_buffered(request.slot, &(sequence..=last), now);
        }
    }

    /// Sets or clears the timer of a wait that is registered; a running timer continues.
    fn update_wait_timer(
        &mut self,
        timer: Option<TimerKey>,
        execution: ExecutionId,
        wait: usize,
        timeout: Option<Duration>,
        now: Time,
    ) -> Option<TimerKey> {
        match (timer, timeout) {
            (Some(timer), Some(_)) => Some(timer),
            (Some(timer), None) => {
                self.state.timers.clear(timer);
                None
            }
            (None, Some(timeout)) => Some(self.state.timers.set(now + timeout, Timer::WaitTimeout { execution, wait })),
            (None, None) => None,
        }
    }

    /// Unblocks the waits of an attempt that has replayed all resolved waits: they may receive new
    /// responses from now on.
    pub(super) fn unblock_replayed(&mut self, id: ExecutionId, now: Time) {
        let Some(waits) = &self.state.waits else { return };
        let Some(history) = &self.state.executions[id.slot].history else { return };
        if waits.replaying.is_empty() || history.is_replaying() {
            return;
        }
        let mut replayed = Vec::new();
        for wait in &history.open {
            let waiter = history.waits[*wait].waiter();
            if waits.replaying.contains(&waiter) {
                replayed.push(waiter);
            }
        }
        replayed.sort_unstable();
        self.unblock(replayed, now);
    }

    pub(super) fn unblock(&mut self, waiters: Vec<WaiterKey>, now: Time) {
        for (slot, sequence) in waiters {
            if let Some((execution, wait)) = self.waits_mut().pending.get(&(slot, sequence)).copied()
                && let Some(history) = &self.state.executions[execution].history
                && let Some(id) = history.waits[wait].prompt
            {
                self.actions.push_back(Action::UnblockPrompt { id, is_rejected: false });
            }
            self.waits_mut().unblock((slot, sequence));
            self.deliver_buffered(slot, &(sequence..=u64::MAX), now);
        }
    }

    /// See [`Engine::is_replaying`](super::Engine::is_replaying).
    pub(super) fn is_replaying(&self) -> bool {
        match &self.state.waits {
            Some(waits) => !waits.replaying.is_empty(),
            None => false,
        }
    }

    /// All step futures are pending: recorded waits that were not replayed by now are treated as
    /// abandoned, and the reached waits are unblocked.
    pub(super) fn quiet(&mut self, now: Time) {
        if !D::WAITS {
            return;
        }
        if self.is_replaying() {
            let replaying = self.waits_mut().replaying.iter().copied().collect();
            self.unblock(replaying, now);
            self.drain_if_idle(now);
        }
    }

    /// Blocks the pending waits of an execution whose future was dropped and will start again: their
    /// matchers are unknown until they are replayed.
    pub(super) fn detach_waits(&mut self, slot: u32) {
        if !D::WAITS {
            return;
        }
        let Some(history) = &self.state.executions[slot].history else { return };
        let Some(waits) = &mut self.state.waits else { return };
        for wait in &history.waits {
            if wait.is_pending() {
                waits.block(wait.waiter());
            }
        }
    }

    /// The timer of a wait has expired.
    pub(super) fn wait_timed_out(&mut self, execution: ExecutionId, wait: usize, now: Time) {
        if !D::WAITS {
            return;
        }
        let Some(history) = self.any_attempt(execution).and_then(|execution| execution.history.as_ref()) else {
            return;
        };
        let Some(recorded) = history.waits.get(wait) else { return };
        if recorded.is_pending() {
            self.resolve(execution.slot, wait, WaitOutcome::TimedOut, now);
        }
    }

    /// Handles [`Tick::Unwait`](super::tick::Tick::Unwait).
    pub(super) fn unwait(&mut self, id: ExecutionId, wait: usize, now: Time) {
        if !D::WAITS {
            return;
        }
        if self.execution(id).is_none() {
            return;
        }
        #[cfg(feature = "engine")]
        self.take_back_from(id.slot, wait);
        let created = self.waits_mut().created();
        let Some(history) = &mut self.state.executions[id.slot].history else { return };
        let reached = history.first_unreached(created);
        let Some(recorded) = history.waits.get_mut(wait) else { return };
        // A wait that was resolved but not read has lost, too.
        recorded.lost_race |= recorded.is_resolved();
        recorded.dropped_at = Some(reached);
        let outcome = std::mem::replace(&mut recorded.outcome, WaitOutcome::Dropped);
        let waiter = recorded.waiter();
        let timer = recorded.timer.take();
        let addressee = recorded.addressee;
        if matches!(outcome, WaitOutcome::Pending)
            && let Some(id) = recorded.prompt
        {
            self.actions.push_back(Action::ClosePrompt { id });
        }
        history.open.retain(|open| *open != wait);
        history.add_vacant(wait);
        if let Some(timer) = timer {
            self.state.timers.clear(timer);
        }
        let was_blocked = self.waits_mut().remove(waiter);
        self.continue_without_waits(id, now);
        if let WaitOutcome::Answered(event) = outcome {
            self.requeue_responses(vec![(waiter.0, event, addressee)], now);
        }
        self.deliver_behind(waiter, was_blocked, now);
    }

    /// Delivers the buffered responses to the waits behind one that was removed, if it blocked them.
    fn deliver_behind(&mut self, (slot, sequence): WaiterKey, was_blocked: bool, now: Time) {
        if was_blocked {
            self.deliver_buffered(slot, &(sequence..=u64::MAX), now);
            self.drain_if_idle(now);
        }
    }

    /// Ends a pending wait with an answer or a timeout.
    pub(super) fn resolve(&mut self, slot: u32, wait: usize, outcome: WaitOutcome<D::Event>, now: Time) {
        #[cfg(feature = "engine")]
        self.take_back_from(slot, wait);
        let Some(history) = &mut self.state.executions[slot].history else { return };
        let recorded = &mut history.waits[wait];
        let is_answered = matches!(outcome, WaitOutcome::Answered(_));
        recorded.outcome = outcome;
        let waiter = recorded.waiter();
        let timer = recorded.timer.take();
        let attached = recorded.attached;
        if let Some(id) = recorded.prompt {
            self.actions.push_back(Action::ClosePrompt { id });
        }
        let pending = history.pending();
        if attached {
            history.supersede(wait);
        }
        if let Some(timer) = timer {
            self.state.timers.clear(timer);
        }
        if is_answered {
            self.record_answered(self.state.executions[slot].step, waiter.0);
        }
        let was_blocked = self.waits_mut().remove(waiter);
        // A detached wait is resolved now, and wakes its step when that reaches it again.
        if attached {
            self.wake_or_queue(slot, wait, pending, now);
        }
        self.deliver_behind(waiter, was_blocked, now);
    }

    /// The steps that wait and the types that they wait for, in declaration order.
    pub(super) fn waiting(&self) -> Vec<Waiting> {
        if !D::WAITS {
            return Vec::new();
        }
        let mut found = BTreeSet::new();
        for execution in self.state.executions.iter() {
            let Some(history) = &execution.history else { continue };
            for wait in &history.open {
                let wait = &history.waits[*wait];
                if wait.is_pending() {
                    found.insert((execution.step, wait.slot));
                }
            }
        }
        let mut waiting = Vec::new();
        for (step, slot) in found {
            let step = self.table.steps[step as usize].name.to_owned();
            waiting.push(Waiting { step, missing: self.table.inputs[slot as usize].key.name() });
        }
        waiting
    }

    /// See [`Engine::has_waits`](super::Engine::has_waits).
    pub(super) fn has_waits(&self) -> bool {
        match &self.state.waits {
            Some(waits) => !waits.pending.is_empty(),
            None => false,
        }
    }

    /// See [`Engine::next_wait`](super::Engine::next_wait).
    pub(super) fn next_wait(
        &self,
        id: ExecutionId,
        slot: u16,
        matcher: Option<&Matcher<D::Event>>,
        has_timeout: bool,
    ) -> Option<usize> {
        match &self.execution(id)?.history {
            Some(history) => Some(history.next(slot, matcher, has_timeout).at),
            None => Some(0),
        }
    }
}

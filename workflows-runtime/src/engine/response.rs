//! Matching responses to waits.
//!
//! A response is an external event that some step waits for. It goes to the first wait that matches
//! it, in the order of [`super::waiters`], and to no other one; the steps that take its type receive
//! copies. Without a wait and without a step, it is buffered until a matching wait is made.
//!
//! Delivering a response may launch steps, decide a race, and so remove waits and deliver further
//! responses. Every loop here therefore re-reads the registry after each delivery.

#[cfg(feature = "durable")]
use super::decisions::{Decision, Delivered};
use super::{
    action::Action,
    definition::Definition,
    execution::Execution,
    history::{RecordedWait, WaitOutcome},
    machine::Machine,
    timer::Time,
    waiters::{ALL, Addressee, BufferedResponse, WaitId, WaitRegistry},
};
use crate::graph::NONE;
use std::{collections::VecDeque, ops::RangeInclusive};

/// The recipient of a response among the waits.
#[derive(Clone, Copy)]
enum Delivery {
    /// The wait `wait` of the execution in `slot`.
    Wait { slot: u32, wait: usize },
    /// Unknown: a blocked wait comes first.
    Blocked,
    /// No wait matches.
    NoWait,
}

/// What takes the events of a slot, by the graph.
pub(super) struct Takers {
    pub(super) waits: bool,
    pub(super) steps: bool,
}

impl<D: Definition> Machine<D> {
    /// Handles [`Tick::External`](super::tick::Tick::External).
    pub(super) fn external(&mut self, event: D::Event, now: Time) {
        self.respond(event, Addressee::Anyone, now);
    }

    /// Delivers a response to the first wait that matches, or to the steps that take it, or buffers it.
    pub(super) fn respond(&mut self, event: D::Event, addressee: Addressee, now: Time) {
        if !D::WAITS {
            return self.respond_to_steps(event, addressee, now);
        }
        let slot = D::slot(&event);
        let takers = self.takers(slot);
        #[cfg_attr(not(feature = "engine"), allow(unused_mut, reason = "it is numbered"))]
        let mut response = BufferedResponse::new(event, false, addressee);
        #[cfg(feature = "engine")]
        if let Some(waits) = &mut self.state.waits {
            waits.received += 1;
            response.received = waits.received;
        }
        let delivery = if takers.waits { self.find_wait(slot, &response) } else { Delivery::NoWait };
        match delivery {
            Delivery::Blocked => self.buffer(slot, response),
            Delivery::NoWait if !takers.steps => self.buffer(slot, response),
            Delivery::NoWait | Delivery::Wait { .. } => self.deliver_response(response, delivery, takers.steps, now),
        }
    }

    /// Delivers a response to the steps that take it.
    fn respond_to_steps(&mut self, event: D::Event, addressee: Addressee, now: Time) {
        if addressee == Addressee::Anyone && self.state.prompts > 0 {
            self.actions.push_back(Action::Responded { execution: None });
        }
        self.bring(event, self.root_place(), NONE, now);
    }

    pub(super) fn takers(&self, slot: u16) -> Takers {
        let mut takers = Takers { waits: false, steps: false };
        let mut leaf = slot;
        while leaf != NONE {
            if self.table.inputs[leaf as usize].port == NONE {
                takers.waits = true;
            } else {
                takers.steps = true;
            }
            leaf = self.table.next[leaf as usize];
        }
        takers
    }

    /// Finds the recipient of a response.
    fn find_wait(&mut self, slot: u16, response: &BufferedResponse<D::Event>) -> Delivery {
        #[cfg(feature = "durable")]
        let found = if self.replays_decisions() {
            self.replayed_wait(slot)
        } else {
            let found = self.first_that_takes(slot, response);
            self.decided(found.map_or(Decision::NoWait, |wait| Decision::Wait(self.sequence_of(wait))));
            found
        };
        #[cfg(not(feature = "durable"))]
        let found = self.first_that_takes(slot, response);
        match found {
            Some((slot, wait)) => Delivery::Wait { slot, wait },
            None => self.without_wait(slot),
        }
    }

    /// The first wait ahead of the blocked ones that takes a response.
    fn first_that_takes(&self, slot: u16, response: &BufferedResponse<D::Event>) -> Option<WaitId> {
        let mut unblocked = self.state.waits.as_ref()?.unblocked(slot, &ALL);
        let (_, wait) = unblocked.find(|(_, wait)| self.takes(*wait, response))?;
        Some(wait)
    }

    /// The delivery of a response that no unblocked wait takes.
    fn without_wait(&self, slot: u16) -> Delivery {
        match self.state.waits.as_ref().and_then(|waits| waits.first_blocked(slot)) {
            Some(_) => Delivery::Blocked,
            None => Delivery::NoWait,
        }
    }

    /// Delivers a response to its wait, and to the steps if `to_steps`.
    fn deliver_response(
        &mut self,
        response: BufferedResponse<D::Event>,
        delivery: Delivery,
        to_steps: bool,
        now: Time,
    ) {
        #[cfg(feature = "engine")]
        if let Delivery::Wait { slot, wait } = delivery
            && self.is_matched_elsewhere(slot, wait)
        {
            return self.offer(slot, wait, response, now);
        }
        let BufferedResponse { event, requeued, addressee, .. } = response;
        let is_new_response = addressee == Addressee::Anyone && !requeued && self.state.prompts > 0;
        let Delivery::Wait { slot, wait } = delivery else {
            if is_new_response {
                self.actions.push_back(Action::Responded { execution: None });
            }
            return self.bring(event, self.root_place(), NONE, now);
        };
        let execution = &mut self.state.executions[slot];
        if let Some(history) = &mut execution.history {
            let recorded = &mut history.waits[wait];
            recorded.addressee = addressee;
            if is_new_response && recorded.prompt.is_none() {
                self.actions.push_back(Action::Responded { execution: Some(execution.serial) });
            }
        }
        let copy = if to_steps { Some(event.clone()) } else { None };
        // The waiting step is not launched with the response that it waited for.
        let except = self.state.executions[slot].step;
        // The wait comes first, since the copy may decide a race that cancels its execution.
        self.resolve(slot, wait, WaitOutcome::Answered(event), now);
        if let Some(event) = copy {
            self.bring(event, self.root_place(), except, now);
        }
    }

    /// Buffers a response that no wait ahead of the first blocked one takes.
    fn buffer(&mut self, slot: u16, mut response: BufferedResponse<D::Event>) {
        let waits = self.waits_mut();
        waits.arrivals += 1;
        response.arrival = waits.arrivals;
        self.mark_rejected(slot, response.arrival);
        let buffered = self.waits_mut().buffered_mut(slot);
        // A requeued response arrived before all that are buffered.
        if response.requeued {
            buffered.push_front(response);
        } else {
            buffered.push_back(response);
        }
    }

    /// Delivers the buffered responses of a slot to the waits with these sequence numbers, up to the
    /// first blocked one.
    ///
    /// By the invariant of [`WaitRegistry`], no other wait needs to be examined.
    pub(super) fn deliver_buffered(&mut self, slot: u16, sequences: &RangeInclusive<u64>, now: Time) {
        let Some(waits) = &self.state.waits else { return };
        if waits.buffered(slot).is_none() {
            return;
        }
        if let Some(blocked) = waits.first_blocked(slot)
            && blocked < *sequences.start()
        {
            return;
        }
        let takers = self.takers(slot);
        #[cfg(feature = "durable")]
        if self.replays_decisions() {
            return self.deliver_as_decided(slot, takers.steps, now);
        }
        let mut offers = self.offers(slot, sequences);
        let mut at = 0;
        while !self.state.ended && (takers.steps || !offers.is_empty()) {
            let Some(response) = self.buffered(slot).and_then(|buffered| buffered.get(at)) else { break };
            let to_steps = takers.steps && !response.requeued;
            let delivery = match self.take_offer(&mut offers, slot, response) {
                Some((slot, wait)) => Delivery::Wait { slot, wait },
                None => self.without_wait(slot),
            };
            let remains = match delivery {
                Delivery::Wait { .. } => false,
                Delivery::Blocked => true,
                Delivery::NoWait => !to_steps,
            };
            if remains {
                at += 1;
                continue;
            }
            let buffered = self.waits_mut().buffered_mut(slot);
            let Some(response) = buffered.remove(at) else { return };
            let before = (buffered.len(), self.arrivals());
            #[cfg(feature = "durable")]
            self.decided(Decision::Buffered(at, self.sequence_of_delivery(delivery)));
            self.deliver_response(response, delivery, to_steps, now);
            let after = (self.buffered(slot).map_or(0, VecDeque::len), self.arrivals());
            if before != after {
                // A race that the response has decided has delivered or requeued other responses of this slot.
                at = 0;
            }
        }
        #[cfg(feature = "durable")]
        self.decided(Decision::End);
        self.mark_offered(&offers, slot);
        self.remove_empty_buffer(slot);
    }

    fn remove_empty_buffer(&mut self, slot: u16) {
        if let Some(buffered) = self.buffered(slot)
            && buffered.is_empty()
        {
            self.waits_mut().buffered.retain(|(of, _)| *of != slot);
        }
    }

    /// As [`Self::deliver_buffered`], in a replay.
    #[cfg(feature = "durable")]
    fn deliver_as_decided(&mut self, slot: u16, to_steps: bool, now: Time) {
        while !self.state.ended
            && let Some(Delivered { at, wait }) = self.replayed_delivery(slot)
            && let Some(response) = self.waits_mut().buffered_mut(slot).remove(at)
        {
            let to_steps = to_steps && !response.requeued;
            let delivery = match wait {
                Some((slot, wait)) => Delivery::Wait { slot, wait },
                None => Delivery::NoWait,
            };
            self.deliver_response(response, delivery, to_steps, now);
        }
        self.remove_empty_buffer(slot);
    }

    /// The number of the wait that receives a response.
    #[cfg(feature = "durable")]
    fn sequence_of_delivery(&self, delivery: Delivery) -> Option<u64> {
        match delivery {
            Delivery::Wait { slot, wait } => Some(self.sequence_of((slot, wait))),
            Delivery::Blocked | Delivery::NoWait => None,
        }
    }

    /// The number of responses buffered so far.
    fn arrivals(&self) -> u64 {
        match &self.state.waits {
            Some(waits) => waits.arrivals,
            None => 0,
        }
    }

    pub(super) fn buffered(&self, slot: u16) -> Option<&VecDeque<BufferedResponse<D::Event>>> {
        self.state.waits.as_ref()?.buffered(slot)
    }

    /// The registry, created on first use.
    pub(super) fn waits_mut(&mut self) -> &mut WaitRegistry<D::Event> {
        self.state.waits.get_or_insert_default()
    }

    /// Removes the waits of an execution that has ended from the registry.
    pub(super) fn deregister(&mut self, waits: &[RecordedWait<D::Event>]) {
        if !D::WAITS {
            return;
        }
        for wait in waits {
            if !wait.is_pending() {
                continue;
            }
            self.waits_mut().remove(wait.waiter());
            if let Some(id) = wait.prompt {
                self.actions.push_back(Action::ClosePrompt { id });
            }
            if let Some(timer) = wait.timer {
                self.state.timers.clear(timer);
            }
        }
    }

    /// Passes on what an execution that has ended leaves: the responses that it has not read, and those
    /// that its waits blocked.
    ///
    /// Invariant: its waits are [deregistered](Self::deregister).
    pub(super) fn release_waits(&mut self, mut execution: Execution<D::Event>, now: Time) {
        if !D::WAITS {
            return;
        }
        let Some(history) = execution.history.take() else { return };
        #[cfg(feature = "engine")]
        self.take_back_offered(&history.waits);
        let mut removed = Vec::new();
        let mut unread = Vec::new();
        for (at, wait) in history.waits.into_iter().enumerate() {
            let waiter = wait.waiter();
            let addressee = wait.addressee;
            match wait.outcome {
                WaitOutcome::Pending => removed.push(waiter),
                WaitOutcome::Answered(event) if history.open.contains(&at) || history.unreplayed.contains(&at) => {
                    unread.push((wait.slot, event, addressee));
                }
                WaitOutcome::Answered(_) | WaitOutcome::TimedOut | WaitOutcome::Dropped => {}
            }
        }
        self.requeue_responses(unread, now);
        for (slot, sequence) in removed {
            self.deliver_buffered(slot, &(sequence..=u64::MAX), now);
        }
    }

    /// Delivers responses that were received but not read to the next waits that match, or buffers them
    /// again. One that answers a prompt is dropped with its wait.
    pub(super) fn requeue_responses(&mut self, unread: Vec<(u16, D::Event, Addressee)>, now: Time) {
        let mut remaining = Vec::new();
        for (slot, event, addressee) in unread {
            if addressee.is_prompt() {
                continue;
            }
            let response = BufferedResponse::new(event, true, addressee);
            let delivery = self.find_wait(slot, &response);
            match delivery {
                Delivery::Wait { .. } => self.deliver_response(response, delivery, false, now),
                Delivery::Blocked | Delivery::NoWait => remaining.push((slot, response)),
            }
        }
        for (slot, response) in remaining.into_iter().rev() {
            self.buffer(slot, response);
        }
    }
}

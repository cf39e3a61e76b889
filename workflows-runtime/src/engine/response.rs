//! Answers from outside, and who gets them.
//!
//! An answer goes to the wait that has waited longest and that it matches, and to no other one.
//! Where no step takes it either, it is kept until such a wait comes.
//!
//! Handing something out may launch steps and decide races: whoever does it looks again what is
//! still there.

use super::{
    execution::{Execution, Place},
    graph::Graph,
    history::{Wait, WaitOutcome},
    machine::Machine,
    timer::Time,
    waiters::{ALL, BufferedResponse, WaitRegistry},
};
use crate::graph::NONE;
use std::{collections::VecDeque, ops::RangeInclusive};

/// To whom an answer goes.
#[derive(Clone, Copy)]
enum Delivery {
    /// This wait of this execution.
    Wait(u32, usize),
    /// It is not known yet: an earlier wait has not said yet what it wants.
    Unknown,
    Nobody,
}

impl<G: Graph> Machine<G> {
    /// Brings an event from outside to who waits for it, and to the steps that take it.
    pub(super) fn external(&mut self, event: G::Event, now: Time) {
        let slot = G::slot(&event);
        let (waited_for, taken) = self.takers(slot);
        if !waited_for {
            return self.bring(event, self.root(), now);
        }
        match self.claim(slot, &ALL, &event) {
            Delivery::Unknown => self.keep(slot, event, false),
            Delivery::Nobody if !taken => self.keep(slot, event, false),
            claim => self.deliver_response(event, claim, taken, now),
        }
    }

    /// Whether waits, and whether steps, take what goes into this slot.
    fn takers(&self, slot: u16) -> (bool, bool) {
        let (mut waited_for, mut taken, mut leaf) = (false, false, slot);
        while leaf != NONE {
            let port = self.table.inputs[leaf as usize].port;
            waited_for |= port == NONE;
            taken |= port != NONE;
            leaf = self.table.next[leaf as usize];
        }
        (waited_for, taken)
    }

    /// Who in this part of the line takes an answer.
    fn claim(&self, slot: u16, part: &RangeInclusive<u64>, event: &G::Event) -> Delivery {
        let Some(waits) = &self.state.waits else { return Delivery::Nobody };
        let blocked = waits.first_blocked(slot);
        let sure = waits.within(slot, part).take_while(|(number, _)| blocked.is_none_or(|blocked| *number < blocked));
        for (_, (at, wait)) in sure {
            let history = self.state.executions[at].history.as_ref();
            let Some(matcher) = history.map(|history| &history.waits[wait].matcher) else { continue };
            if matcher.as_ref().is_none_or(|matches| matches(event)) {
                return Delivery::Wait(at, wait);
            }
        }
        if blocked.is_some() { Delivery::Unknown } else { Delivery::Nobody }
    }

    /// Gives an answer to the wait that it is for, and to the steps, if they are to have it.
    fn deliver_response(&mut self, event: G::Event, claim: Delivery, to_steps: bool, now: Time) {
        let Delivery::Wait(at, wait) = claim else { return self.bring(event, self.root(), now) };
        let copy = to_steps.then(|| event.clone());
        // The step that has waited for it is not started with it as well.
        let except = self.state.executions[at].step;
        // First, since the copy may decide a race, which drops who waits.
        self.resolve(at, wait, WaitOutcome::Answered(event), now);
        if let Some(event) = copy {
            self.bring_except(event, self.root(), except, now);
        }
    }

    fn keep(&mut self, slot: u16, event: G::Event, returned: bool) {
        let buffered = self.waits().buffered.entry(slot).or_default();
        // It has been here before, and so before the others.
        if returned {
            buffered.push_front(BufferedResponse { event, returned })
        } else {
            buffered.push_back(BufferedResponse { event, returned })
        }
    }

    /// Hands out what was kept to this part of a line, as far as it is known now who takes it. Who
    /// stands elsewhere has been asked before.
    pub(super) fn deliver_buffered(&mut self, slot: u16, part: &RangeInclusive<u64>, now: Time) {
        if self.buffered(slot).is_none() {
            return;
        }
        let blocked = self.state.waits.as_ref().and_then(|waits| waits.first_blocked(slot));
        if blocked.is_some_and(|blocked| blocked < *part.start()) {
            return;
        }
        let (_, taken) = self.takers(slot);
        let mut at = 0;
        while !self.state.ended
            && (taken || self.is_waited_for(slot, part))
            && let Some(buffered) = self.buffered(slot).and_then(|buffered| buffered.get(at))
        {
            let (claim, to_steps) = (self.claim(slot, part, &buffered.event), taken && !buffered.returned);
            let stays = matches!(claim, Delivery::Unknown) || matches!(claim, Delivery::Nobody) && !to_steps;
            if stays {
                at += 1;
                continue;
            }
            let buffered = self.waits().buffered.get_mut(&slot).and_then(|buffered| buffered.remove(at));
            let Some(BufferedResponse { event, .. }) = buffered else { return };
            self.deliver_response(event, claim, to_steps, now);
            if to_steps {
                // That may have handed out others.
                at = 0;
            }
        }
        if self.buffered(slot).is_some_and(VecDeque::is_empty) {
            self.waits().buffered.remove(&slot);
        }
    }

    fn buffered(&self, slot: u16) -> Option<&VecDeque<BufferedResponse<G::Event>>> {
        self.state.waits.as_ref()?.buffered.get(&slot)
    }

    pub(super) fn waits(&mut self) -> &mut WaitRegistry<G::Event> {
        self.state.waits.get_or_insert_default()
    }

    fn is_waited_for(&self, slot: u16, part: &RangeInclusive<u64>) -> bool {
        self.state.waits.as_ref().is_some_and(|waits| waits.within(slot, part).next().is_some())
    }

    /// Takes the waits of an execution that is over out of the line.
    pub(super) fn unlist(&mut self, waits: &[Wait<G::Event>]) {
        for wait in waits.iter().filter(|wait| wait.is_pending()) {
            self.waits().leave(wait.waiter());
            if let Some(timer) = wait.timer {
                self.state.timers.clear(timer);
            }
        }
    }

    /// Hands on what an execution that is over has not looked at, and what it kept from others.
    pub(super) fn release_waits(&mut self, mut execution: Execution<G::Event>, now: Time) {
        let Some(history) = execution.history.take() else { return };
        let (mut left, mut unseen) = (Vec::new(), Vec::new());
        for (at, wait) in history.waits.into_iter().enumerate() {
            let (slot, number) = wait.waiter();
            match wait.outcome {
                WaitOutcome::Pending => left.push((slot, number)),
                WaitOutcome::Answered(event) if history.open.contains(&at) || history.unreplayed.contains(&at) => {
                    unseen.push((slot, event));
                }
                _ => {}
            }
        }
        self.requeue(unseen, now);
        for (slot, number) in left {
            self.deliver_buffered(slot, &(number..=u64::MAX), now);
        }
    }

    /// Has answers that nobody has looked at go to the next who want them.
    pub(super) fn requeue(&mut self, unseen: Vec<(u16, G::Event)>, now: Time) {
        let mut stay = Vec::new();
        for (slot, event) in unseen {
            match self.claim(slot, &ALL, &event) {
                claim @ Delivery::Wait(..) => self.deliver_response(event, claim, false, now),
                Delivery::Unknown | Delivery::Nobody => stay.push((slot, event)),
            }
        }
        for (slot, event) in stay.into_iter().rev() {
            self.keep(slot, event, true);
        }
    }

    fn bring_except(&mut self, event: G::Event, place: Place, except: u16, now: Time) {
        self.hold(place.batch);
        self.route(event, place, except, now);
        self.release(place.batch, 1, now);
    }
}

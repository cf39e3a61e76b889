//! Answers from outside, and who gets them.
//!
//! An answer goes to the wait that has waited longest and that it matches, and to no other one.
//! Where no step takes it either, it is kept until such a wait comes.
//!
//! Handing something out may launch steps and decide races: whoever does it looks again what is
//! still there.

use super::{
    Core, Execution, Graph, Place, Time,
    wait::{Outcome, Wait, Waits},
};
use crate::graph::NONE;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// An answer that nothing takes yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept<E> {
    pub(super) event: E,
    /// A wait has had it and did not look at it; the steps that take it have theirs.
    pub(super) returned: bool,
}

/// To whom an answer goes.
#[derive(Clone, Copy)]
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
        let (waited_for, taken) = self.takers(slot);
        if !waited_for {
            return self.bring(event, self.root(), now);
        }
        match self.claim(slot, &event) {
            Claim::Unknown => self.keep(slot, event, false),
            Claim::Nobody if !taken => self.keep(slot, event, false),
            claim => self.give(event, claim, taken, now),
        }
    }

    /// Whether waits, and whether steps, take what goes into this slot.
    fn takers(&self, slot: u16) -> (bool, bool) {
        let (mut waited_for, mut taken, mut leaf) = (false, false, slot);
        while leaf != NONE {
            let port = self.table.leaves[leaf as usize].port;
            waited_for |= port == NONE;
            taken |= port != NONE;
            leaf = self.table.next[leaf as usize];
        }
        (waited_for, taken)
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

    /// Gives an answer to the wait that it is for, and to the steps, if they are to have it.
    fn give(&mut self, event: G::Event, claim: Claim, to_steps: bool, now: Time) {
        let Claim::Wait(at, wait) = claim else { return self.bring(event, self.root(), now) };
        let copy = to_steps.then(|| event.clone());
        // The step that has waited for it is not started with it as well.
        let except = self.state.executions[at].step;
        // First, since the copy may decide a race, which drops who waits.
        self.resolve(at, wait, Outcome::Answered(event), now);
        if let Some(event) = copy {
            self.bring_except(event, self.root(), except, now);
        }
    }

    pub(super) fn keep(&mut self, slot: u16, event: G::Event, returned: bool) {
        let kept = self.waits().kept.entry(slot).or_default();
        // It has been here before, and so before the others.
        if returned { kept.push_front(Kept { event, returned }) } else { kept.push_back(Kept { event, returned }) }
    }

    /// Hands out what was kept as far as it is known now who takes it.
    pub(super) fn hand_out_kept(&mut self, slot: u16, now: Time) {
        let (_, taken) = self.takers(slot);
        let mut at = 0;
        while !self.state.ended
            && (taken || self.is_waited_for(slot))
            && let Some(kept) = self.kept(slot).and_then(|kept| kept.get(at))
        {
            let (claim, to_steps) = (self.claim(slot, &kept.event), taken && !kept.returned);
            let stays = matches!(claim, Claim::Unknown) || matches!(claim, Claim::Nobody) && !to_steps;
            if stays {
                at += 1;
                continue;
            }
            let kept = self.waits().kept.get_mut(&slot).and_then(|kept| kept.remove(at));
            let Some(Kept { event, .. }) = kept else { return };
            self.give(event, claim, to_steps, now);
        }
        if self.kept(slot).is_some_and(VecDeque::is_empty) {
            self.waits().kept.remove(&slot);
        }
    }

    fn kept(&self, slot: u16) -> Option<&VecDeque<Kept<G::Event>>> {
        self.state.waits.as_ref()?.kept.get(&slot)
    }

    pub(super) fn waits(&mut self) -> &mut Waits<G::Event> {
        self.state.waits.get_or_insert_default()
    }

    fn is_waited_for(&self, slot: u16) -> bool {
        let waits = self.state.waits.as_ref();
        waits.is_some_and(|waits| waits.pending.range((slot, 0)..=(slot, u64::MAX)).next().is_some())
    }

    /// Takes the waits of an execution that is over out of the line.
    pub(super) fn unlist(&mut self, waits: &[Wait<G::Event>]) {
        for wait in waits.iter().filter(|wait| wait.is_pending()) {
            self.waits().pending.remove(&(wait.slot, wait.number));
            if let Some(timer) = wait.timer {
                self.state.timers.clear(timer);
            }
        }
    }

    /// Hands on what an execution that is over has not looked at, and what it kept from others.
    pub(super) fn let_go(&mut self, mut execution: Execution<G::Event>, now: Time) {
        if let Some(history) = execution.history.take() {
            self.hand_on(history.waits, &history.open, now);
        }
    }

    /// Hands on what the waits of an execution that is over kept from others: what nobody has
    /// looked at in those that are `open`, and what came after.
    pub(super) fn hand_on(&mut self, waits: Vec<Wait<G::Event>>, open: &[usize], now: Time) {
        let mut slots: Vec<u16> = waits.iter().filter(|wait| wait.is_pending()).map(|wait| wait.slot).collect();
        for (at, wait) in waits.into_iter().enumerate().rev() {
            if let Outcome::Answered(event) = wait.outcome
                && open.contains(&at)
            {
                self.keep(wait.slot, event, true);
                slots.push(wait.slot);
            }
        }
        for slot in slots {
            self.hand_out_kept(slot, now);
        }
    }

    fn bring_except(&mut self, event: G::Event, place: Place, except: u16, now: Time) {
        self.hold(place.batch);
        self.route(event, place, except, now);
        self.release(place.batch, 1, now);
    }
}

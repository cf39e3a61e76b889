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
    history::{Outcome, Wait},
    machine::Machine,
    timer::Time,
    waiters::{ALL, Kept, Waits},
};
use crate::graph::NONE;
use std::{collections::VecDeque, ops::RangeInclusive};

/// To whom an answer goes.
#[derive(Clone, Copy)]
enum Claim {
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

    /// Who in this part of the line takes an answer.
    fn claim(&self, slot: u16, part: &RangeInclusive<u64>, event: &G::Event) -> Claim {
        let Some(waits) = &self.state.waits else { return Claim::Nobody };
        let unsure = waits.first_unsure(slot);
        let sure = waits.within(slot, part).take_while(|(number, _)| unsure.is_none_or(|unsure| *number < unsure));
        for (_, (at, wait)) in sure {
            let history = self.state.executions[at].history.as_ref();
            let Some(matcher) = history.map(|history| &history.waits[wait].matcher) else { continue };
            if matcher.as_ref().is_none_or(|matches| matches(event)) {
                return Claim::Wait(at, wait);
            }
        }
        if unsure.is_some() { Claim::Unknown } else { Claim::Nobody }
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

    fn keep(&mut self, slot: u16, event: G::Event, returned: bool) {
        let kept = self.waits().kept.entry(slot).or_default();
        // It has been here before, and so before the others.
        if returned { kept.push_front(Kept { event, returned }) } else { kept.push_back(Kept { event, returned }) }
    }

    /// Hands out what was kept to this part of a line, as far as it is known now who takes it. Who
    /// stands elsewhere has been asked before.
    pub(super) fn hand_out_kept(&mut self, slot: u16, part: &RangeInclusive<u64>, now: Time) {
        if self.kept(slot).is_none() {
            return;
        }
        let unsure = self.state.waits.as_ref().and_then(|waits| waits.first_unsure(slot));
        if unsure.is_some_and(|unsure| unsure < *part.start()) {
            return;
        }
        let (_, taken) = self.takers(slot);
        let mut at = 0;
        while !self.state.ended
            && (taken || self.is_waited_for(slot, part))
            && let Some(kept) = self.kept(slot).and_then(|kept| kept.get(at))
        {
            let (claim, to_steps) = (self.claim(slot, part, &kept.event), taken && !kept.returned);
            let stays = matches!(claim, Claim::Unknown) || matches!(claim, Claim::Nobody) && !to_steps;
            if stays {
                at += 1;
                continue;
            }
            let kept = self.waits().kept.get_mut(&slot).and_then(|kept| kept.remove(at));
            let Some(Kept { event, .. }) = kept else { return };
            self.give(event, claim, to_steps, now);
            if to_steps {
                // That may have handed out others.
                at = 0;
            }
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

    fn is_waited_for(&self, slot: u16, part: &RangeInclusive<u64>) -> bool {
        self.state.waits.as_ref().is_some_and(|waits| waits.within(slot, part).next().is_some())
    }

    /// Takes the waits of an execution that is over out of the line.
    pub(super) fn unlist(&mut self, waits: &[Wait<G::Event>]) {
        for wait in waits.iter().filter(|wait| wait.is_pending()) {
            self.waits().leave(wait.spot());
            if let Some(timer) = wait.timer {
                self.state.timers.clear(timer);
            }
        }
    }

    /// Hands on what an execution that is over has not looked at, and what it kept from others.
    pub(super) fn let_go(&mut self, mut execution: Execution<G::Event>, now: Time) {
        let Some(history) = execution.history.take() else { return };
        let (mut left, mut unseen) = (Vec::new(), Vec::new());
        for (at, wait) in history.waits.into_iter().enumerate() {
            let (slot, number) = wait.spot();
            match wait.outcome {
                Outcome::Pending => left.push((slot, number)),
                Outcome::Answered(event) if history.open.contains(&at) || history.ahead.contains(&at) => {
                    unseen.push((slot, event));
                }
                _ => {}
            }
        }
        self.take_back(unseen, now);
        for (slot, number) in left {
            self.hand_out_kept(slot, &(number..=u64::MAX), now);
        }
    }

    /// Has answers that nobody has looked at go to the next who want them.
    pub(super) fn take_back(&mut self, unseen: Vec<(u16, G::Event)>, now: Time) {
        let mut stay = Vec::new();
        for (slot, event) in unseen {
            match self.claim(slot, &ALL, &event) {
                claim @ Claim::Wait(..) => self.give(event, claim, false, now),
                Claim::Unknown | Claim::Nobody => stay.push((slot, event)),
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

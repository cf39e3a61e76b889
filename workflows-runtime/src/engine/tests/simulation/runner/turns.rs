//! The random ticks of a run.

use super::Runner;
use crate::{
    engine::{
        definition::Definition,
        id::ExecutionId,
        tests::simulation::{
            graph::{Token, number},
            trace::{RecordedEffect, RecordedTick},
        },
        timer::Time,
    },
    graph::{InputKey, Shape},
};

impl<D: Definition<Event = Token, Output = u64, Prompt = u64>> Runner<D> {
    /// Applies one random tick.
    pub(super) fn turn(&mut self, may_end: bool) {
        let happens = self.rng.u16(..1000);
        let tick = match happens {
            0..=4 if may_end => RecordedTick::Cancel,
            5..=9 if may_end && !self.running.is_empty() => {
                let (id, _) = self.random_running();
                self.fails(id, None)
            }
            10..=39 => return self.pass_time(may_end),
            40..=44 => return self.send_late_ticks(),
            45..=49 => return self.round_trip(),
            50..=59 if self.fuel > 0 => self.random_external(),
            60..=69 if self.crashes => return self.crash(),
            70..=79 if !self.running.is_empty() => RecordedTick::Asked(self.random_running().0, self.rng.u64(..1000)),
            80..=189 if self.fuel > 0 && !self.running.is_empty() => {
                let (from, step) = self.random_running();
                let Shape::Any(members) = self.table.steps[step as usize].sends else { return };
                let Some(Shape::Event(key)) = self.rng.choice(members.iter()) else { return };
                let slot = self.model.slot(key);
                RecordedTick::Sent(from, self.event(slot))
            }
            190..=209 if !self.running.is_empty() => RecordedTick::Queued(self.random_running().0),
            210..=239 if !self.running.is_empty() => RecordedTick::Began(self.random_running().0),
            240..=269 if !self.outliving.is_empty() => self.vacates(),
            270..=409 if !self.running.is_empty() => match self.random_failure() {
                Some(tick) => tick,
                None => return,
            },
            _ if !self.running.is_empty() => self.random_output(),
            _ if !self.outliving.is_empty() && (!self.engine.is_idle() || self.rng.bool()) => self.vacates(),
            _ if self.engine.waiting_actions() == 0 => {
                assert!(self.model.only_backoffs_are_left(), "nothing runs, and so nothing is queued");
                assert_eq!(self.engine.is_idle(), self.model.work.is_empty());
                if !self.engine.is_idle() {
                    return self.pass_until_due();
                }
                if self.fuel > 0 && self.rng.u8(..8) > 0 { self.random_external() } else { RecordedTick::Stalled }
            }
            _ => return,
        };
        let is_sent = matches!(tick, RecordedTick::Sent(..) | RecordedTick::Asked(..));
        self.tick(&tick);
        if is_sent && self.crashes && self.rng.u8(..3) == 0 {
            self.crash();
        }
    }

    fn random_running(&mut self) -> (ExecutionId, u16) {
        let at = self.rng.usize(..self.running.len());
        self.running[at]
    }

    /// An external event of any type that a step takes.
    fn random_external(&mut self) -> RecordedTick {
        let leaf = self.rng.usize(..self.table.inputs.len());
        let slot = match self.table.inputs[leaf].key {
            // A failure is no external event.
            InputKey::Failed => self.start,
            InputKey::Event(key) => self.model.slot(&key),
            _ => number(leaf),
        };
        RecordedTick::External(self.event(slot))
    }

    fn random_output(&mut self) -> RecordedTick {
        let at = self.rng.usize(..self.running.len());
        let (id, step) = self.running.remove(at);
        self.past.push(id);
        let mut output = Vec::new();
        self.make(self.table.steps[step as usize].emits, 0, &mut output);
        RecordedTick::Done(id, output)
    }

    /// A failure of some attempt, which rarely ends the run.
    fn random_failure(&mut self) -> Option<RecordedTick> {
        let (id, step) = self.random_running();
        let retry_after = [Some(0), Some(self.rng.u64(1..20)), None][self.rng.usize(..3)];
        let is_tried_again = retry_after.is_some() && self.table.steps[step as usize].retries;
        if !is_tried_again && !self.model.would_recover(id) && self.rng.u8(..40) > 0 {
            return None;
        }
        Some(self.fails(id, retry_after))
    }

    /// The code of a dropped execution ends.
    fn vacates(&mut self) -> RecordedTick {
        let at = self.rng.usize(..self.outliving.len());
        let (id, _) = self.outliving.remove(at);
        RecordedTick::Vacated(id)
    }

    fn fails(&mut self, id: ExecutionId, retry_after: Option<u64>) -> RecordedTick {
        if self.rng.u8(..8) == 0 {
            // The driver has dropped its future.
            self.tick(&RecordedTick::Outlived(id));
            self.outliving.extend(self.running.iter().filter(|(running, _)| *running == id));
        }
        self.running.retain(|(running, _)| *running != id);
        self.past.push(id);
        RecordedTick::Failed(id, retry_after)
    }

    pub(super) fn event(&mut self, slot: u16) -> Token {
        self.events += 1;
        self.fuel = self.fuel.saturating_sub(1);
        Token { slot, id: self.events }
    }

    /// A random output of this shape. `opener` is the number of its first batch.
    fn make(&mut self, shape: &Shape, opener: u16, output: &mut Vec<RecordedEffect>) {
        match shape {
            Shape::Event(key) => {
                let slot = self.model.slot(key);
                if self.fuel > 0 && self.rng.u8(..10) > 0 {
                    output.push(RecordedEffect::Event(self.event(slot)));
                }
            }
            // Otherwise a loop could open empty batches forever.
            Shape::Batch(_) if self.fuel == 0 => {}
            Shape::Batch(of) => {
                self.fuel -= 1;
                output.push(RecordedEffect::Open(opener));
                for _ in 0..self.rng.u64(..6).min(self.fuel) {
                    output.push(RecordedEffect::Branch);
                    self.make(of, opener + 1, output);
                }
                output.push(RecordedEffect::Close);
            }
            Shape::Any(members) => {
                let mut opener = opener;
                for member in *members {
                    if self.rng.u8(..5) > 0 {
                        self.make(member, opener, output);
                    }
                    opener += number(member.batches());
                }
            }
            Shape::OneOf(members) => {
                let one = self.rng.usize(..members.len());
                let before: usize = members[..one].iter().map(|member| member.batches()).sum();
                self.make(members[one], opener + number(before), output);
            }
            Shape::Prompt(_) => output.push(RecordedEffect::Prompt(self.rng.u64(..1000))),
            Shape::Stop(_) if self.rng.u8(..4) == 0 => output.push(RecordedEffect::Stop(self.rng.u64(..1000))),
            _ => {}
        }
    }

    /// Time passes, mostly without an expired timer.
    fn pass_time(&mut self, may_end: bool) {
        let at = Time(self.now.0 + self.rng.u64(..200_000));
        let continues = may_end || self.model.end.is_none() && self.model.survives_next();
        match self.engine.deadline() {
            Some(_) if continues && self.engine.waiting_actions() == 0 && self.rng.bool() => {
                return self.pass_until_due();
            }
            Some(due) if due <= at => return,
            _ => self.now = at,
        }
        self.tick(&RecordedTick::Time);
    }

    /// Time passes until a timer expires, or a little longer.
    fn pass_until_due(&mut self) {
        let due = self.engine.deadline().expect("a timer is set");
        let longer = if self.rng.bool() { 0 } else { self.rng.u64(..5_000_000) };
        self.now = Time(self.now.max(due).0 + longer);
        self.tick(&RecordedTick::Time);
    }
}

//! What may happen to a run.

use super::World;
use crate::{
    engine::{
        execution::ExecutionId,
        graph::Graph,
        tests::simulation::{
            graph::{Token, number},
            trace::{Made, Told},
        },
        timer::Time,
    },
    graph::{InputKey, Shape},
};

impl<G: Graph<Event = Token, Output = u64, Prompt = u64>> World<G> {
    /// One random thing that may happen to a run.
    pub(super) fn turn(&mut self, deadly: bool) {
        let happens = self.rng.u16(..1000);
        let told = match happens {
            0..=4 if deadly => Told::Cancel,
            5..=9 if deadly && !self.running.is_empty() => {
                let (id, _) = self.any_running();
                self.fails(id, None)
            }
            10..=39 => return self.pass_time(deadly),
            40..=44 => return self.repeat(),
            45..=49 => return self.freeze(),
            50..=59 if self.fuel > 0 => self.any_external(),
            60..=69 if self.crashes => return self.crash(),
            70..=79 if !self.running.is_empty() => Told::Asked(self.any_running().0, self.rng.u64(..1000)),
            80..=189 if self.fuel > 0 && !self.running.is_empty() => {
                let (from, step) = self.any_running();
                let Shape::Any(members) = self.table.steps[step as usize].sends else { return };
                let Some(Shape::Event(key)) = self.rng.choice(members.iter()) else { return };
                let slot = self.model.slot(key);
                Told::Sent(from, self.event(slot))
            }
            190..=349 if !self.running.is_empty() => match self.any_failure() {
                Some(told) => told,
                None => return,
            },
            _ if !self.running.is_empty() => self.any_output(),
            _ if self.engine.waiting_actions() == 0 => {
                assert!(self.model.only_backs_off(), "nothing runs, so nothing is queued");
                assert_eq!(self.engine.is_idle(), self.model.work.is_empty());
                if !self.engine.is_idle() {
                    return self.pass_until_due();
                }
                if self.fuel > 0 && self.rng.u8(..8) > 0 { self.any_external() } else { Told::Stalled }
            }
            _ => return,
        };
        let is_told = matches!(told, Told::Sent(..) | Told::Asked(..));
        self.tick(&told);
        if is_told && self.crashes && self.rng.u8(..3) == 0 {
            self.crash();
        }
    }

    fn any_running(&mut self) -> (ExecutionId, u16) {
        let at = self.rng.usize(..self.running.len());
        self.running[at]
    }

    /// Something that a step takes comes from outside, be it meant to or not.
    fn any_external(&mut self) -> Told {
        let leaf = self.rng.usize(..self.table.inputs.len());
        let slot = match self.table.inputs[leaf].key {
            // What has failed does not come from outside.
            InputKey::Failed => self.start,
            InputKey::Event(key) => self.model.slot(&key),
            _ => number(leaf),
        };
        Told::External(self.event(slot))
    }

    fn any_output(&mut self) -> Told {
        let at = self.rng.usize(..self.running.len());
        let (id, step) = self.running.remove(at);
        self.past.push(id);
        let mut output = Vec::new();
        self.make(self.table.steps[step as usize].emits, 0, &mut output);
        Told::Done(id, output)
    }

    /// Some attempt fails, but seldom so that the run is over.
    fn any_failure(&mut self) -> Option<Told> {
        let (id, step) = self.any_running();
        let again = [Some(0), Some(self.rng.u64(1..20)), None][self.rng.usize(..3)];
        let is_tried_again = again.is_some() && self.table.steps[step as usize].retries;
        if !is_tried_again && !self.model.would_recover(id) && self.rng.u8(..40) > 0 {
            return None;
        }
        Some(self.fails(id, again))
    }

    fn fails(&mut self, id: ExecutionId, again: Option<u64>) -> Told {
        self.running.retain(|(running, _)| *running != id);
        self.past.push(id);
        Told::Failed(id, again)
    }

    pub(super) fn event(&mut self, slot: u16) -> Token {
        self.events += 1;
        self.fuel = self.fuel.saturating_sub(1);
        Token { slot, id: self.events }
    }

    /// A random output of this shape; `opener` is the number of its first batch.
    fn make(&mut self, shape: &Shape, opener: u16, output: &mut Vec<Made>) {
        match shape {
            Shape::Event(key) => {
                let slot = self.model.slot(key);
                if self.fuel > 0 && self.rng.u8(..10) > 0 {
                    output.push(Made::Event(self.event(slot)));
                }
            }
            // A loop may go on opening empty batches for ever.
            Shape::Batch(_) if self.fuel == 0 => {}
            Shape::Batch(of) => {
                self.fuel -= 1;
                output.push(Made::Open(opener));
                for _ in 0..self.rng.u64(..6).min(self.fuel) {
                    output.push(Made::Branch);
                    self.make(of, opener + 1, output);
                }
                output.push(Made::Close);
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
            Shape::Prompt(_) => output.push(Made::Prompt(self.rng.u64(..1000))),
            Shape::Stop(_) if self.rng.u8(..4) == 0 => output.push(Made::Stop(self.rng.u64(..1000))),
            _ => {}
        }
    }

    /// Time goes on, mostly not far enough for anything to be due.
    fn pass_time(&mut self, deadly: bool) {
        let at = Time(self.now.0 + self.rng.u64(..200_000));
        let goes_on = deadly || self.model.end.is_none() && self.model.survives_next();
        match self.engine.deadline() {
            Some(_) if goes_on && self.engine.waiting_actions() == 0 && self.rng.bool() => {
                return self.pass_until_due();
            }
            Some(due) if due <= at => return,
            _ => self.now = at,
        }
        self.tick(&Told::Time);
    }

    /// Time goes on until something is due, or a little longer.
    fn pass_until_due(&mut self) {
        let due = self.engine.deadline().expect("time brings something");
        let longer = if self.rng.bool() { 0 } else { self.rng.u64(..5_000_000) };
        self.now = Time(self.now.max(due).0 + longer);
        self.tick(&Told::Time);
    }
}

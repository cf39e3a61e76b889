//! The actions of an execution, derived from the step, its events, and its attempt.

use crate::{
    engine::tests::simulation::{
        graph::{Case, Token, number},
        trace::{RecordedEffect, Wanted},
    },
    graph::{EventInput, InputKey, Shape},
};
use fastrand::Rng;
use std::time::Duration;

/// One action of an execution.
#[derive(Debug, Clone)]
pub(super) enum ScriptAction {
    Send(Token),
    Ask(u64),
    /// Waits for all of these at once.
    Wait(Vec<ScriptedWait>),
    Fail(Option<u64>),
    /// Runs until its timeout.
    Hang,
    Done(Vec<RecordedEffect>),
}

impl ScriptAction {
    /// The waits of this action.
    pub(super) fn waits(&self) -> &[ScriptedWait] {
        if let Self::Wait(all) = self { all } else { &[] }
    }
}

/// One wait of an execution.
#[derive(Debug, Clone)]
pub(super) struct ScriptedWait {
    /// The only response that it accepts.
    answer: u64,
    prompt: Option<u64>,
    /// If set, the response is never sent.
    timeout: Option<Duration>,
}

impl ScriptedWait {
    /// The response, if it is sent.
    pub(super) fn answered(&self) -> Option<u64> {
        self.timeout.is_none().then_some(self.answer)
    }

    pub(super) fn wanted(&self, slot: u16) -> Wanted {
        let Self { answer, prompt, timeout } = *self;
        Wanted { slot, prompt, timeout, answer: Some(answer), ..Wanted::default() }
    }
}

/// The script of all executions of a run.
#[derive(Clone, Copy)]
pub(super) struct Script<'a> {
    pub(super) case: &'a Case,
    pub(super) seed: u64,
    /// Whether the result of the run may depend on the order of executions.
    pub(super) is_ordered: bool,
}

/// The lowest bits of an event's number are its distance from the start.
const DEPTH: u64 = 0b111;
const DEEPEST: u64 = 4;

/// A source of random events.
struct Source {
    rng: Rng,
    depth: u64,
}

impl Source {
    fn event(&mut self, slot: u16) -> Token {
        Token { slot, id: self.rng.u64(..1 << 40) & !DEPTH | self.depth }
    }
}

impl Script<'_> {
    /// Returns the same source for the same words.
    fn source(&self, depth: u64, words: &[u64]) -> Source {
        let seed = words.iter().fold(self.seed, |seed, word| Rng::with_seed(seed ^ word).u64(..));
        Source { rng: Rng::with_seed(seed), depth }
    }

    /// The `nth` unsolicited external event.
    pub(super) fn event(&self, nth: u64) -> Option<Token> {
        let mut source = self.source(1, &[nth]);
        let leaf = source.rng.usize(..self.case.table.inputs.len());
        let slot = match self.case.table.inputs[leaf].key {
            InputKey::Event(key) => self.case.slot(&key),
            InputKey::Failed => self.case.start,
            _ if Some(number(leaf)) == self.wait_slot() => self.case.start,
            _ => number(leaf),
        };
        (nth < 3).then(|| source.event(slot))
    }

    /// The slot of the responses for which steps wait, if any do.
    pub(super) fn wait_slot(&self) -> Option<u16> {
        self.case.table.inputs.iter().position(|leaf| leaf.port == EventInput::WAIT).map(number)
    }

    /// The waits of an execution, the same in each attempt.
    fn waits(&self, words: &[u64]) -> Vec<ScriptAction> {
        let mut source = self.source(0, words);
        let mut asked = |_| ScriptedWait {
            answer: source.rng.u64(..1 << 40),
            prompt: source.rng.bool().then(|| source.rng.u64(..1000)),
            timeout: (source.rng.u8(..4) == 0).then(|| Duration::from_millis(source.rng.u64(1..50))),
        };
        let all: Vec<_> = (0..6).map(&mut asked).collect();
        let counts = [source.rng.usize(..3), source.rng.usize(..4)];
        let (first, second) = all.split_at(3);
        let waits =
            [first, second].into_iter().zip(counts).map(|(all, count)| ScriptAction::Wait(all[..count].to_vec()));
        waits.filter(|action| self.wait_slot().is_some() && !action.waits().is_empty()).collect()
    }

    /// The actions of one attempt.
    pub(super) fn of(&self, step: u16, events: &[u64], attempt: u32) -> Vec<ScriptAction> {
        let mut events = events.to_vec();
        // Independent of the order of arrival.
        events.sort_unstable();
        // An execution without events emits none; otherwise the run would not end.
        let depth = events.iter().map(|id| id & DEPTH).max().unwrap_or(DEEPEST);
        events.extend([u64::from(step), u64::from(attempt)]);
        let mut source = self.source(depth + 1, &events);
        let declared = &self.case.table.steps[step as usize];
        events.pop();
        let mut waits = self.waits(&events);
        let mut script: Vec<_> = waits.pop().into_iter().collect();
        if let Shape::Any(members) = declared.sends {
            for member in *members {
                if let Shape::Event(key) = member
                    && depth < DEEPEST
                    && source.rng.u8(..3) == 0
                {
                    script.push(ScriptAction::Send(source.event(self.case.slot(key))));
                }
            }
        }
        if source.rng.u8(..4) == 0 {
            script.push(ScriptAction::Ask(source.rng.u64(..1000)));
        }
        script.append(&mut waits);
        script.push(match source.rng.u8(..16) {
            0..=3 if attempt < 3 => ScriptAction::Fail(Some([0, source.rng.u64(1..20)][source.rng.usize(..2)])),
            4..=6 => ScriptAction::Fail(None),
            7..=9 if !self.is_ordered => ScriptAction::Hang,
            _ => {
                let mut output = Vec::new();
                if depth < DEEPEST {
                    self.make(&mut source, declared.emits, 0, &mut output);
                }
                ScriptAction::Done(output)
            }
        });
        script
    }

    fn make(&self, source: &mut Source, shape: &Shape, opener: u16, output: &mut Vec<RecordedEffect>) {
        match shape {
            Shape::Event(key) => output.push(RecordedEffect::Event(source.event(self.case.slot(key)))),
            Shape::Batch(of) => {
                output.push(RecordedEffect::Open(opener));
                for _ in 0..source.rng.u8(..4) {
                    output.push(RecordedEffect::Branch);
                    self.make(source, of, opener + 1, output);
                }
                output.push(RecordedEffect::Close);
            }
            Shape::Any(members) | Shape::OneOf(members) => {
                let one = matches!(shape, Shape::OneOf(_)).then(|| source.rng.usize(..members.len()));
                let mut opener = opener;
                for (at, member) in members.iter().enumerate() {
                    if one.is_none_or(|one| one == at) {
                        self.make(source, member, opener, output);
                    }
                    opener += number(member.batches());
                }
            }
            Shape::Prompt(_) => output.push(RecordedEffect::Prompt(source.rng.u64(..1000))),
            Shape::Stop(_) if self.is_ordered && source.rng.u8(..4) == 0 => {
                output.push(RecordedEffect::Stop(source.rng.u64(..1000)));
            }
            _ => {}
        }
    }
}

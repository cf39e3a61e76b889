//! What executions do: it follows from the step, the events, and the attempt.

use crate::{
    engine::tests::simulation::{
        graph::{Case, Token, number},
        trace::{Made, Wanted},
    },
    graph::{EventInput, InputKey, Shape},
};
use fastrand::Rng;
use std::time::Duration;

/// One thing that an execution does.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Send(Token),
    Ask(u64),
    /// It waits for all of these at once.
    Wait(Vec<Asked>),
    Fail(Option<u64>),
    /// It goes on until it has taken too long.
    Hang,
    Done(Vec<Made>),
}

impl Deed {
    /// What is waited for.
    pub(super) fn waits(&self) -> &[Asked] {
        if let Self::Wait(all) = self { all } else { &[] }
    }
}

/// An answer that an execution waits for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Only this one will do.
    answer: u64,
    prompt: Option<u64>,
    /// After which it waits no more: then nobody answers.
    timeout: Option<Duration>,
}

impl Asked {
    /// The answer, if it comes.
    pub(super) fn answered(&self) -> Option<u64> {
        self.timeout.is_none().then_some(self.answer)
    }

    pub(super) fn wanted(&self, slot: u16) -> Wanted {
        let Self { answer, prompt, timeout } = *self;
        Wanted { slot, prompt, timeout, answer: Some(answer), ..Wanted::default() }
    }
}

/// What all executions of a run do.
#[derive(Clone, Copy)]
pub(super) struct Deeds<'a> {
    pub(super) case: &'a Case,
    pub(super) seed: u64,
    /// Whether it may depend on who comes first how the run ends.
    pub(super) is_ordered: bool,
}

/// How many steps an event is from the start stands in the lowest bits of its number.
const DEPTH: u64 = 0b111;
const DEEPEST: u64 = 4;

/// What an execution draws on.
struct Source {
    rng: Rng,
    depth: u64,
}

impl Source {
    fn event(&mut self, slot: u16) -> Token {
        Token { slot, id: self.rng.u64(..1 << 40) & !DEPTH | self.depth }
    }
}

impl Deeds<'_> {
    /// The same for the same words.
    fn source(&self, depth: u64, words: &[u64]) -> Source {
        let seed = words.iter().fold(self.seed, |seed, word| Rng::with_seed(seed ^ word).u64(..));
        Source { rng: Rng::with_seed(seed), depth }
    }

    /// What comes from outside as the `nth`.
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

    /// The slot of the answers for which bodies wait, if any do.
    pub(super) fn wait_slot(&self) -> Option<u16> {
        self.case.table.inputs.iter().position(|leaf| leaf.port == EventInput::WAIT).map(number)
    }

    /// What an execution waits for, in each attempt.
    fn waits(&self, words: &[u64]) -> Vec<Deed> {
        let mut source = self.source(0, words);
        let mut asked = |_| Asked {
            answer: source.rng.u64(..1 << 40),
            prompt: source.rng.bool().then(|| source.rng.u64(..1000)),
            timeout: (source.rng.u8(..4) == 0).then(|| Duration::from_millis(source.rng.u64(1..50))),
        };
        let all: Vec<_> = (0..6).map(&mut asked).collect();
        let counts = [source.rng.usize(..3), source.rng.usize(..4)];
        let (first, second) = all.split_at(3);
        let waits = [first, second].into_iter().zip(counts).map(|(all, count)| Deed::Wait(all[..count].to_vec()));
        waits.filter(|deed| self.wait_slot().is_some() && !deed.waits().is_empty()).collect()
    }

    /// All that one attempt does.
    pub(super) fn of(&self, step: u16, events: &[u64], attempt: u32) -> Vec<Deed> {
        let mut events = events.to_vec();
        // In which order a batch has come is another matter.
        events.sort_unstable();
        // Who is launched with nothing leads to nothing: else there would be no end.
        let depth = events.iter().map(|id| id & DEPTH).max().unwrap_or(DEEPEST);
        events.extend([u64::from(step), u64::from(attempt)]);
        let mut source = self.source(depth + 1, &events);
        let declared = &self.case.table.steps[step as usize];
        events.pop();
        let mut waits = self.waits(&events);
        let mut deeds: Vec<_> = waits.pop().into_iter().collect();
        if let Shape::Any(members) = declared.sends {
            for member in *members {
                if let Shape::Event(key) = member
                    && depth < DEEPEST
                    && source.rng.u8(..3) == 0
                {
                    deeds.push(Deed::Send(source.event(self.case.slot(key))));
                }
            }
        }
        if source.rng.u8(..4) == 0 {
            deeds.push(Deed::Ask(source.rng.u64(..1000)));
        }
        deeds.append(&mut waits);
        deeds.push(match source.rng.u8(..16) {
            0..=3 if attempt < 3 => Deed::Fail(Some([0, source.rng.u64(1..20)][source.rng.usize(..2)])),
            4..=6 => Deed::Fail(None),
            7..=9 if !self.is_ordered => Deed::Hang,
            _ => {
                let mut output = Vec::new();
                if depth < DEEPEST {
                    self.make(&mut source, declared.emits, 0, &mut output);
                }
                Deed::Done(output)
            }
        });
        deeds
    }

    fn make(&self, source: &mut Source, shape: &Shape, opener: u16, output: &mut Vec<Made>) {
        match shape {
            Shape::Event(key) => output.push(Made::Event(source.event(self.case.slot(key)))),
            Shape::Batch(of) => {
                output.push(Made::Open(opener));
                for _ in 0..source.rng.u8(..4) {
                    output.push(Made::Branch);
                    self.make(source, of, opener + 1, output);
                }
                output.push(Made::Close);
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
            Shape::Prompt(_) => output.push(Made::Prompt(source.rng.u64(..1000))),
            Shape::Stop(_) if self.is_ordered && source.rng.u8(..4) == 0 => {
                output.push(Made::Stop(source.rng.u64(..1000)));
            }
            _ => {}
        }
    }
}

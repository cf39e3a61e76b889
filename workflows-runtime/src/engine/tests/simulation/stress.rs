//! Large runs: a cost that grew with the amount of queued work would make these tests slow.

use super::{
    flow::Flow,
    graph::{Sim, Token},
    trace::begin,
};
use crate::engine::{
    Config, Engine,
    action::{Action, Ending, Launch},
    effects::{Effect, Effects},
    execution::Input,
    id::ExecutionId,
    tick::Tick,
    timer::Time,
};
use std::collections::VecDeque;

/// One run, driven in launch order.
struct Run<const BATCHED: bool, const RACES: bool> {
    engine: Engine<Sim<BATCHED, RACES>>,
    launched: u64,
    dropped: u64,
}

type Output<const BATCHED: bool, const RACES: bool> = Effects<Sim<BATCHED, RACES>>;

impl<const BATCHED: bool, const RACES: bool> Run<BATCHED, RACES> {
    fn new(flow: &Flow) -> Self {
        Self { engine: Engine::new(flow.table(), Config::default()), launched: 0, dropped: 0 }
    }

    /// Finishes executions in the order of their launch until one ends the run. `output` returns the
    /// output of a step for its events.
    fn finish(&mut self, output: impl Fn(u16, &[Token]) -> Output<BATCHED, RACES>) -> u64 {
        let start = Token { slot: 0, id: 0 };
        begin(&mut self.engine, start, None, Time::default());
        let mut running = VecDeque::<(ExecutionId, Output<BATCHED, RACES>)>::new();
        loop {
            while let Some(action) = self.engine.action() {
                match action {
                    Action::Launch(Launch { execution, step, input, .. }) => {
                        self.launched += 1;
                        let effects = match input {
                            Input::One(event) => output(step, &[event]),
                            Input::Many(events) => output(step, &events),
                        };
                        running.push_back((execution, effects));
                    }
                    Action::Drop { .. } => self.dropped += 1,
                    Action::Finish(Ending::Completed(result)) => return result,
                    _ => panic!("the run only launches and drops until it ends"),
                }
            }
            let (execution, effects) = running.pop_front().expect("the run has not ended");
            self.engine.apply(Tick::Done { execution, effects }, Time::default());
        }
    }
}

fn effects<const B: bool, const R: bool>(all: impl IntoIterator<Item = Effect<Sim<B, R>>>) -> Output<B, R> {
    let mut effects = Effects::new();
    all.into_iter().for_each(|effect| effects.push(effect));
    effects
}

/// A batch with one event per branch.
fn batch<const B: bool, const R: bool>(slot: u16, opener: u16, events: u64) -> Output<B, R> {
    let branch = |id| [Effect::Branch, Effect::Event(Token { slot, id })];
    let inside = (0..events).flat_map(branch);
    effects([Effect::Open(opener)].into_iter().chain(inside).chain([Effect::Close]))
}

const MANY: u64 = 1_000_000;

#[test]
fn long_queue_is_processed() {
    let flow = Flow::new(&[("plan", 1, "start", "[A]"), ("work", 2, "A", "!")]);
    let mut run = Run::<false, false>::new(&flow);
    let result = run.finish(|step, events| match step {
        0 => batch(1, 0, MANY),
        _ if events[0].id == MANY - 1 => effects([Effect::Stop(events[0].id)]),
        _ => effects([]),
    });
    assert_eq!((result, run.launched), (MANY - 1, MANY + 1));
}

#[test]
fn long_loop_is_processed() {
    let flow = Flow::new(&[("plan", 1, "start", "A"), ("turn", 1, "A", "A !")]);
    let mut run = Run::<false, false>::new(&flow);
    let result = run.finish(|_, events| match events[0].id {
        MANY => effects([Effect::Stop(MANY)]),
        id => effects([Effect::Event(Token { slot: 1, id: id + 1 })]),
    });
    assert_eq!((result, run.launched), (MANY, MANY + 1));
}

#[test]
fn large_batch_is_gathered() {
    let flow = Flow::new(&[("plan", 1, "start", "[A]"), ("work", 8, "A", "B"), ("gather", 1, "Vec<B>", "!")]);
    let mut run = Run::<true, false>::new(&flow);
    let result = run.finish(|step, events| match step {
        0 => batch(1, 0, MANY / 2),
        1 => effects([Effect::Event(Token { slot: 2, id: events[0].id })]),
        _ => {
            assert!(events.is_sorted_by_key(|event| event.id));
            effects([Effect::Stop(events.len() as u64)])
        }
    });
    assert_eq!(result, MANY / 2);
}

#[test]
fn deeply_nested_batches_are_gathered() {
    const DEEP: u64 = 100_000;
    let flow = Flow::new(&[("plan", 1, "start", "[A]"), ("turn", 1, "A", "[A]"), ("gather", 1, "Vec<A>", "!")]);
    let mut run = Run::<true, true>::new(&flow);
    let result = run.finish(|step, events| match (step, events) {
        (0, _) => batch(1, 0, 1),
        (1, [event]) if event.id < DEEP => effects([
            Effect::Open(0),
            Effect::Branch,
            Effect::Event(Token { slot: 1, id: event.id + 1 }),
            Effect::Close,
        ]),
        (1, _) => effects([]),
        // The outermost batch is gathered last.
        (_, [event]) if event.id == 0 => effects([Effect::Stop(event.id)]),
        _ => effects([]),
    });
    assert_eq!(result, 0);
    assert_eq!(run.launched, 1 + 2 * (DEEP + 1));
}

#[test]
fn many_races_are_decided() {
    const RACES: u64 = 20_000;
    let flow = Flow::new(&[
        ("plan", 1, "start", "[A]"),
        ("split", 1, "A", "[B]"),
        ("ask", 100_000, "B", "C"),
        ("first", 1, "First<C,1>", "D"),
        ("gather", 1, "Vec<D>", "!"),
    ]);
    let mut run = Run::<true, true>::new(&flow);
    let result = run.finish(|step, events| match step {
        0 => batch(1, 0, RACES),
        1 => batch(2, 0, 4),
        2 => effects([Effect::Event(Token { slot: 3, id: events[0].id })]),
        3 => effects([Effect::Event(Token { slot: 4, id: events[0].id })]),
        _ => effects([Effect::Stop(events.len() as u64)]),
    });
    assert_eq!((result, run.dropped), (RACES, 3 * RACES));
}

#[test]
fn race_with_many_entrants_is_decided() {
    let flow = Flow::new(&[("plan", 1, "start", "[A]"), ("ask", 100_000, "A", "B"), ("first", 1, "First<B,1>", "!")]);
    let mut run = Run::<true, true>::new(&flow);
    let result = run.finish(|step, events| match step {
        0 => batch(1, 0, 200_000),
        1 => effects([Effect::Event(Token { slot: 2, id: events[0].id })]),
        _ => effects([Effect::Stop(events[0].id)]),
    });
    assert_eq!((result, run.dropped, run.launched), (0, 99_999, 100_002));
}

//! One random run: applies random ticks to the engine and to the model, and compares each action.

use super::{
    execution::{Execution, Stage},
    model::{Expected, Model},
    wait::{KINDS, Outcome, ScriptedWait},
};
#[cfg(feature = "durable")]
use crate::engine::{EngineState, tests::simulation::tails::Tail};
use crate::{
    engine::{
        Action, Config, Engine, PromptWait, PromptedBy, Tick, WaitAt,
        definition::Definition,
        history::Matcher,
        id::ExecutionId,
        tests::simulation::{
            coverage::PromptCoverage,
            graph::Token,
            trace::{RecordedTick, deserialize, numbers, serialize, state, to_tick},
        },
        timer::Time,
    },
    graph::{InputKey, Table},
};
use fastrand::Rng;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

/// Ticks can only be replayed by an engine that is `machine_only`.
const fn config(machine_only: bool) -> Config {
    Config {
        keeps: true,
        internal: false,
        machine_only,
        #[cfg(feature = "durable")]
        gated: false,
        #[cfg(feature = "durable")]
        opens_at_once: false,
        seed: 0,
    }
}

/// The prompt of a wait, as the driver stores it while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Open,
    /// Its answer is on its way.
    Answered,
    Blocked,
}

pub(super) struct Runner<D: Definition<Event = Token, Output = u64, Prompt = u64>> {
    engine: Engine<D>,
    config: Config,
    #[cfg(feature = "durable")]
    tail: Tail<D>,
    model: Model,
    table: &'static Table,
    rng: Rng,
    now: Time,
    events: u64,
    /// The current attempt of each execution, by the number of its event.
    attempts: BTreeMap<u64, ExecutionId>,
    /// The prompts of waits: where they are, and those that are open.
    published: BTreeMap<u32, WaitAt>,
    open: BTreeMap<u32, Status>,
    /// The prompts without a wait that were not answered.
    asked: Vec<u32>,
    /// The tick was an external event that launches `work`, which may count as a response.
    is_launching: bool,
    /// The answers that were sent, and not delivered yet.
    mailbox: VecDeque<(u32, u64)>,
    /// Print each tick, and the actions that follow.
    is_verbose: bool,
}

impl<D: Definition<Event = Token, Output = u64, Prompt = u64>> Runner<D> {
    pub(super) fn new(table: &'static Table, has_log: bool, machine_only: bool, rng: Rng, is_verbose: bool) -> Self {
        let config = config(machine_only);
        Self {
            engine: Engine::new(table, config),
            config,
            #[cfg(feature = "durable")]
            tail: Tail::new(table),
            model: Model::new(has_log),
            table,
            rng,
            now: Time::default(),
            events: 0,
            attempts: BTreeMap::new(),
            published: BTreeMap::new(),
            open: BTreeMap::new(),
            asked: Vec::new(),
            is_launching: false,
            mailbox: VecDeque::new(),
            is_verbose,
        }
    }

    pub(super) fn run(mut self) -> PromptCoverage {
        self.launch();
        self.perform();
        for _ in 0..self.rng.usize(20..300) {
            self.turn();
            self.perform();
            self.check_prompts();
        }
        #[cfg(feature = "durable")]
        {
            self.model.coverage.replayed_ticks = self.tail.replayed;
            self.model.coverage.replayed_decisions = self.tail.decided;
        }
        self.model.coverage
    }

    fn slot(&self, is_wanted: impl Fn(&InputKey) -> bool) -> u16 {
        let slot = self.table.inputs.iter().position(|leaf| is_wanted(&leaf.key)).expect("some step takes it");
        u16::try_from(slot).expect("a small number")
    }

    fn response(&self, id: u64) -> Token {
        Token { slot: self.slot(|key| matches!(key, InputKey::Human(_))), id }
    }

    /// A response of this kind, or of any.
    fn new_response(&mut self, kind: Option<u64>) -> u64 {
        self.events += 1;
        self.events * KINDS + kind.unwrap_or_else(|| self.rng.u64(..KINDS))
    }

    fn tick(&mut self, tick: &RecordedTick) {
        self.print(tick);
        self.apply(|| to_tick(tick));
    }

    fn apply(&mut self, tick: impl Fn() -> Tick<D>) {
        #[cfg(feature = "durable")]
        if self.config.machine_only {
            let recorded = Tail::recorded(&mut self.engine, tick(), self.now);
            self.engine.apply(tick(), self.now);
            return self.tail.replay(&mut self.engine, recorded, self.now);
        }
        self.engine.apply(tick(), self.now);
    }

    fn print(&self, text: impl std::fmt::Debug) {
        if self.is_verbose {
            eprintln!("{text:?}");
        }
    }

    fn turn(&mut self) {
        let running: Vec<usize> = (0..self.model.executions.len()).filter(|of| self.is_running(*of)).collect();
        let one = self.rng.choice(running.iter().copied());
        match (self.rng.u8(..100), one) {
            (0..=4, _) if running.len() < 8 => self.launch(),
            (5..=19, _) => self.send_answer(),
            (20..=34, _) => self.deliver_answer(),
            (35..=38, _) => {
                let id = self.new_response(None);
                self.tick(&RecordedTick::External(self.response(id)));
                self.model.respond(id);
            }
            (39..=42, _) => self.answer_twice(),
            (43..=44, _) => self.answer_without_wait(),
            (50..=57, _) => {
                self.now = self.now + Duration::from_millis(self.rng.u64(..6));
                self.tick(&RecordedTick::Time);
                self.model.time(self.now);
            }
            (58..=60, _) if self.engine.is_replaying() => {
                self.tick(&RecordedTick::Quiet);
                self.model.quiet();
            }
            (61..=62, _) => self.crash(),
            (63..=64, Some(of)) => {
                self.tick(&RecordedTick::Asked(self.id(of), 0));
                self.model.ask(of);
            }
            (65..=68, Some(of)) if self.model.executions[of].attempt < 4 => {
                let delay = self.rng.u64(..6);
                self.tick(&RecordedTick::Failed(self.id(of), Some(delay)));
                self.model.fail(of, Duration::from_millis(delay), self.now);
            }
            (69..=71, Some(of)) => self.drop_waits(of),
            (72..=73, Some(of)) => {
                self.tick(&RecordedTick::Done(self.id(of), Vec::new()));
                self.model.end(of);
            }
            (_, Some(of)) if self.model.executions[of].can_wait(&self.model.waits) => self.wait(of),
            _ => {}
        }
    }

    fn is_running(&self, of: usize) -> bool {
        self.model.executions[of].stage == Stage::Running
    }

    fn id(&self, of: usize) -> ExecutionId {
        self.attempts[&self.model.executions[of].event]
    }

    /// Launches `work` with a random script.
    fn launch(&mut self) {
        self.events += 1;
        let mut kinds: Vec<u64> = (0..KINDS).collect();
        self.rng.shuffle(&mut kinds);
        let mut script: Vec<ScriptedWait> = Vec::new();
        for kind in kinds.into_iter().take(self.rng.usize(1..5)) {
            let is_concurrent = self.rng.u8(..3) == 0 && script.last().is_some_and(|last| last.kind.is_some());
            // A replay distinguishes concurrent waits by their kinds.
            let is_any = !is_concurrent && self.rng.u8(..4) == 0;
            let timeout = Duration::from_millis(self.rng.u64(1..20));
            script.push(ScriptedWait {
                kind: if is_any { None } else { Some(kind) },
                has_prompt: self.rng.u8(..4) > 0,
                timeout: if self.rng.u8(..3) == 0 { Some(timeout) } else { None },
                is_concurrent,
            });
        }
        let slot = self.slot(|key| matches!(key, InputKey::Event(_)));
        self.tick(&RecordedTick::External(Token { slot, id: self.events }));
        self.model.add(self.events, script);
        self.is_launching = true;
    }

    fn wait(&mut self, of: usize) {
        let Execution { script, reached, .. } = &self.model.executions[of];
        let ScriptedWait { kind, has_prompt, timeout, .. } = script[*reached];
        let matcher: Option<Matcher<Token>> = match kind {
            Some(kind) => Some(Arc::new(move |event: &Token| event.id % KINDS == kind)),
            None => None,
        };
        let prompt = if has_prompt { Some(0) } else { None };
        let slot = self.response(0).slot;
        let from = self.id(of);
        self.print((from, &self.model.executions[of].script[*reached]));
        self.apply(|| Tick::Wait { from, slot, prompt, matcher: matcher.clone(), timeout });
        self.model.wait(of, self.now);
    }

    /// The execution drops all waits of a group: a replay would mistake a dropped one for a pending one.
    fn drop_waits(&mut self, of: usize) {
        let Execution { script, reached, .. } = &self.model.executions[of];
        if script.get(*reached).is_some_and(|next| next.is_concurrent) {
            return;
        }
        for at in 0..self.model.waits.len() {
            let wait = &self.model.waits[at];
            if wait.of == of && wait.is_pending() && wait.is_reached() {
                self.tick(&RecordedTick::Unwait(self.id(of), wait.number));
                self.model.drop_wait(at);
            }
        }
    }

    /// The caller answers a prompt that was published, as [`RunHandle::answer`](crate::RunHandle::answer).
    fn send_answer(&mut self) {
        let Some(prompt) = self.rng.choice(self.published.keys().copied()) else { return };
        if self.open.get(&prompt) == Some(&Status::Open) {
            let wait = &self.model.waits[self.wait_of(prompt)];
            let scripted = wait.scripted;
            let may_mismatch = self.rng.u8(..if wait.is_known() { 8 } else { 3 }) == 0;
            let kind = if may_mismatch { None } else { scripted.kind };
            let response = self.new_response(kind);
            self.mailbox.push_back((prompt, response));
            self.open.insert(prompt, Status::Answered);
        }
    }

    fn wait_of(&self, prompt: u32) -> usize {
        self.model
            .waits
            .iter()
            .position(|wait| wait.prompt == Some(prompt) || wait.rejected.contains(&prompt))
            .expect("the prompt was published")
    }

    fn deliver_answer(&mut self) {
        let Some((prompt, response)) = self.mailbox.pop_front() else { return };
        let wait = self.wait_of(prompt);
        self.model.coverage.timed_out += u32::from(self.model.waits[wait].outcome == Outcome::TimedOut);
        self.model.coverage.dropped += u32::from(self.model.waits[wait].outcome == Outcome::Dropped);
        self.answer(prompt, response);
    }

    fn answer(&mut self, prompt: u32, response: u64) {
        let wait = Some(self.published[&prompt]);
        self.print(("answer to", prompt, response));
        let event = self.response(response);
        self.apply(|| Tick::Answer { prompt, wait, event: event.clone() });
        self.model.answer(self.wait_of(prompt), response);
    }

    /// An answer to a prompt that is not open, or not any more.
    fn answer_twice(&mut self) {
        let closed: Vec<u32> =
            self.published.keys().copied().filter(|prompt| !self.open.contains_key(prompt)).collect();
        let Some(prompt) = self.rng.choice(closed) else { return };
        // A dropped wait may be open again after a resume, and its prompt with it.
        if self.model.waits[self.wait_of(prompt)].is_pending() {
            return;
        }
        let is_answered = matches!(self.model.waits[self.wait_of(prompt)].outcome, Outcome::Answered(_));
        self.model.coverage.repeated += u32::from(is_answered);
        let response = self.new_response(None);
        self.answer(prompt, response);
    }

    fn answer_without_wait(&mut self) {
        if self.asked.is_empty() {
            return;
        }
        let prompt = self.asked.remove(self.rng.usize(..self.asked.len()));
        let response = self.new_response(None);
        self.print(("answer without a wait to", prompt, response));
        let event = self.response(response);
        self.apply(|| Tick::Answer { prompt, wait: None, event: event.clone() });
        self.model.answer_without_wait(response);
    }

    /// Loses the run, and resumes it from its serialized state. The answers on their way are lost.
    fn crash(&mut self) {
        let serialized = serialize(&state(&self.engine));
        let restored = deserialize::<D>(&serialized, self.table);
        #[cfg(feature = "durable")]
        let restored = self.restored_from_tail(restored);
        let away = Duration::from_millis(self.rng.u64(..4));
        self.engine = Engine::new(self.table, self.config);
        self.engine.restore(restored, away);
        #[cfg(feature = "durable")]
        self.tail.restored(away);
        self.mailbox.clear();
        self.open.retain(|_, status| *status != Status::Blocked);
        for status in self.open.values_mut() {
            *status = Status::Open;
        }
        self.model.resume(away);
        self.tick(&RecordedTick::Resume);
    }

    /// What the ticks have led to, if there are any: the run continues from that.
    #[cfg(feature = "durable")]
    fn restored_from_tail(&mut self, restored: EngineState<Token>) -> EngineState<Token> {
        let Some(replayed) = self.tail.compare(&self.engine) else { return restored };
        self.model.coverage.restored_tails += 1;
        replayed
    }

    /// Takes all actions, and compares them with those that the model expects.
    fn perform(&mut self) {
        let mut actions = Vec::new();
        while let Some(action) = self.engine.action() {
            #[cfg(feature = "durable")]
            self.tail.acted(&mut self.engine);
            match action {
                Action::Launch(launch) => {
                    let event = numbers(&launch.input)[0];
                    if self.table.steps[launch.step as usize].name == "log" {
                        actions.push(Expected::Log(event));
                        self.tick(&RecordedTick::Done(launch.execution, Vec::new()));
                        continue;
                    }
                    actions.push(Expected::Work(event, launch.execution.attempt));
                    self.attempts.insert(event, launch.execution);
                    let launched = self.model.executions.iter_mut().find(|execution| execution.event == event);
                    launched.expect("the event was sent").serial = launch.execution.serial;
                }
                Action::Wake { execution, wait, answer } => {
                    actions.push(Expected::Wake(execution.serial, wait, answer.map(|event| event.id)));
                }
                Action::Prompt { id, by, .. } => {
                    actions.push(Expected::Prompt(id));
                    match by {
                        PromptedBy::Step { .. } => self.asked.push(id),
                        PromptedBy::Wait(wait) => {
                            self.published.insert(id, wait.at);
                            self.open.insert(id, Status::Open);
                        }
                    }
                }
                Action::ReopenPrompt { id, is_blocked, wait: PromptWait { at, .. }, .. } => {
                    assert_eq!(self.published[&id], at, "a prompt belongs to one wait");
                    self.open.entry(id).or_insert(if is_blocked { Status::Blocked } else { Status::Open });
                }
                Action::UnblockPrompt { id, is_rejected } => {
                    let before = if is_rejected { Status::Answered } else { Status::Blocked };
                    if let Some(status) = self.open.get_mut(&id)
                        && *status == before
                    {
                        *status = Status::Open;
                    }
                }
                Action::ClosePrompt { id } => _ = self.open.remove(&id),
                Action::ClosePromptsOf { execution } => actions.push(Expected::ClosePromptsOf(execution)),
                Action::Responded { .. } if self.is_launching => {}
                Action::Responded { execution } => actions.push(Expected::Responded(execution)),
                Action::Idle => {}
                Action::Drop { .. } | Action::Phase(_) | Action::Finish(_) => unreachable!("no step is dropped"),
            }
        }
        self.is_launching = false;
        actions.sort();
        self.print(&actions);
        let mut expected = std::mem::take(&mut self.model.expected);
        expected.sort();
        assert_eq!(actions, expected);
    }

    /// The prompts that are open are those of the pending waits.
    fn check_prompts(&self) {
        let open: Vec<u32> =
            self.open.iter().filter(|(_, status)| **status != Status::Blocked).map(|(id, _)| *id).collect();
        let mut expected: Vec<u32> =
            self.model.waits.iter().filter(|wait| wait.is_open()).filter_map(|wait| wait.prompt).collect();
        expected.sort_unstable();
        assert_eq!(open, expected);
        // An answer on its way has its prompt to itself, unless that is closed.
        for (prompt, status) in &self.open {
            let is_sent = self.mailbox.iter().any(|(of, _)| of == prompt);
            assert!(is_sent || *status != Status::Answered, "prompt {prompt} is never open again");
        }
    }
}

//! A reference model of waits: which wait receives a response or an answer, and which prompts are open.
//!
//! The waits of an execution are made in the order of its script, so the model knows which recorded wait a replay
//! reaches. It searches all waits and all buffered responses for each response.

use super::{
    execution::{Execution, Stage},
    responses::Buffered,
    wait::{Outcome, ScriptedWait, Timer, Wait, WaitFuture},
};
use crate::engine::{
    tests::simulation::coverage::PromptCoverage,
    timer::Time,
    waiters::Addressee::{Anyone, Prompt},
};
use std::time::Duration;

/// The actions that the engine must return for one tick, in any order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Expected {
    /// `work` with this event, in this attempt.
    Work(u64, u32),
    Log(u64),
    /// An execution, the number of its wait, and the response, unless it timed out.
    Wake(u64, usize, Option<u64>),
    Prompt(u32),
    /// A response may have answered a prompt without a wait.
    Responded(Option<u64>),
    ClosePromptsOf(u64),
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) has_log: bool,
    pub(super) executions: Vec<Execution>,
    pub(super) waits: Vec<Wait>,
    pub(super) buffered: Vec<Buffered>,
    pub(super) prompts: u32,
    timers: usize,
    pub(super) expected: Vec<Expected>,
    pub(super) coverage: PromptCoverage,
}

impl Model {
    pub(super) fn new(has_log: bool) -> Self {
        Self {
            has_log,
            executions: Vec::new(),
            waits: Vec::new(),
            buffered: Vec::new(),
            prompts: 0,
            timers: 0,
            expected: Vec::new(),
            coverage: PromptCoverage::default(),
        }
    }

    pub(super) fn add(&mut self, event: u64, script: Vec<ScriptedWait>) {
        self.expected.push(Expected::Work(event, 1));
        self.executions.push(Execution {
            event,
            serial: 0,
            attempt: 1,
            stage: Stage::Running,
            script,
            made: Vec::new(),
            reached: 0,
            recorded: 0,
            is_leaving: false,
            sent: 0,
            duplicates: 0,
        });
    }

    fn launch(&mut self, of: usize) {
        let execution = &mut self.executions[of];
        execution.stage = Stage::Running;
        self.expected.push(Expected::Work(execution.event, execution.attempt));
    }

    fn timer(&mut self, at: Time) -> Timer {
        self.timers += 1;
        (at, self.timers)
    }

    fn next_prompt(&mut self) -> u32 {
        self.prompts += 1;
        self.expected.push(Expected::Prompt(self.prompts));
        self.prompts
    }

    /// Whether the attempt may still reach a wait that is resolved.
    fn is_replaying(&self, of: usize) -> bool {
        let execution = &self.executions[of];
        let unreached = execution.made.get(execution.reached..).unwrap_or_default();
        unreached.iter().any(|wait| self.waits[*wait].is_resolved())
    }

    /// An execution makes the next wait of its script.
    pub(super) fn wait(&mut self, of: usize, now: Time) {
        let execution = &mut self.executions[of];
        let position = execution.reached;
        execution.reached += 1;
        let scripted = execution.script[position];
        if let Some(&at) = execution.made.get(position) {
            let wait = &mut self.waits[at];
            wait.future = WaitFuture::Attached;
            if matches!(wait.outcome, Outcome::Answered(response) if !scripted.accepts(response)) {
                // It was answered while its condition was unknown. The question is asked again.
                self.ask_again(at, now);
            } else {
                self.reach(at, now);
            }
            return;
        }
        let prompt = if scripted.has_prompt { Some(self.next_prompt()) } else { None };
        let is_blocked = self.is_replaying(of);
        let timer = scripted.timeout.map(|timeout| self.timer(now + timeout));
        let execution = &mut self.executions[of];
        execution.made.push(self.waits.len());
        self.waits.push(Wait {
            of,
            number: execution.recorded,
            scripted,
            prompt,
            outcome: Outcome::Pending,
            timer,
            future: WaitFuture::Attached,
            is_blocked,
            is_hidden: false,
            addressee: Anyone,
            rejected: Vec::new(),
        });
        execution.recorded += 1;
        self.settle();
    }

    /// An attempt reaches a wait that was made before.
    fn reach(&mut self, at: usize, now: Time) {
        let of = self.waits[at].of;
        let is_replaying = self.is_replaying(of);
        let wait = &mut self.waits[at];
        if wait.is_resolved() {
            self.wake(at);
            if !is_replaying {
                self.unblock_reached(of);
            }
        } else {
            wait.is_hidden = is_replaying && (wait.is_hidden || !wait.is_pending());
            wait.outcome = Outcome::Pending;
            wait.is_blocked = is_replaying;
            self.coverage.blocked += u32::from(is_replaying);
            if wait.timer.is_none() {
                let timeout = wait.scripted.timeout;
                self.waits[at].timer = timeout.map(|timeout| self.timer(now + timeout));
            }
        }
        self.settle();
    }

    fn ask_again(&mut self, at: usize, now: Time) {
        self.coverage.mismatched += 1;
        let prompt = self.next_prompt();
        let of = self.waits[at].of;
        let wait = &mut self.waits[at];
        wait.outcome = Outcome::Pending;
        wait.addressee = Anyone;
        wait.rejected.extend(wait.prompt.replace(prompt));
        let is_replaying = self.is_replaying(of);
        self.waits[at].is_blocked = is_replaying;
        if !is_replaying {
            self.unblock_reached(of);
        }
        let timeout = self.waits[at].scripted.timeout;
        self.waits[at].timer = timeout.map(|timeout| self.timer(now + timeout));
        self.settle();
    }

    fn unblock_reached(&mut self, of: usize) {
        let reached = self.executions[of].reached;
        for position in 0..reached {
            self.unblock(self.executions[of].made[position]);
        }
    }

    fn unblock(&mut self, at: usize) {
        self.waits[at].is_blocked = false;
        self.waits[at].is_hidden = false;
    }

    /// All step futures are pending.
    pub(super) fn quiet(&mut self) {
        for at in 0..self.waits.len() {
            if self.waits[at].is_reached() {
                self.unblock(at);
            }
        }
        self.settle();
    }

    /// An execution asks without waiting for the answer.
    pub(super) fn ask(&mut self, of: usize) {
        let execution = &mut self.executions[of];
        if execution.duplicates > 0 {
            execution.duplicates -= 1;
        } else {
            execution.sent += 1;
            self.next_prompt();
        }
    }

    pub(super) fn drop_wait(&mut self, at: usize) {
        let wait = &mut self.waits[at];
        wait.outcome = Outcome::Dropped;
        wait.timer = None;
        let of = wait.of;
        self.unblock(at);
        self.executions[of].is_leaving = true;
        self.settle();
    }

    pub(super) fn fail(&mut self, of: usize, delay: Duration, now: Time) {
        let execution = &mut self.executions[of];
        if execution.sent > 0 {
            self.expected.push(Expected::ClosePromptsOf(execution.serial));
        }
        execution.sent = 0;
        execution.duplicates = 0;
        execution.attempt += 1;
        self.detach(of);
        if delay.is_zero() {
            self.launch(of);
        } else {
            self.executions[of].stage = Stage::Backoff(self.timer(now + delay));
        }
    }

    /// The future of an execution is lost.
    fn detach(&mut self, of: usize) {
        self.executions[of].reached = 0;
        self.executions[of].is_leaving = false;
        for wait in self.waits.iter_mut().filter(|wait| wait.of == of) {
            if wait.is_reached() {
                wait.future = WaitFuture::Detached;
            }
            wait.is_blocked = wait.is_pending();
        }
    }

    pub(super) fn end(&mut self, of: usize) {
        self.executions[of].stage = Stage::Over;
        let mut unread = Vec::new();
        for wait in self.waits.iter_mut().filter(|wait| wait.of == of) {
            match wait.outcome {
                Outcome::Answered(response) if !wait.is_reached() && wait.addressee != Prompt => {
                    unread.push(Buffered { response, addressee: wait.addressee, requeued: true });
                }
                Outcome::Pending => wait.outcome = Outcome::Dropped,
                _ => {}
            }
            wait.is_blocked = false;
        }
        self.coverage.unread += u32::try_from(unread.len()).expect("a small number");
        let mut remaining = Vec::new();
        for response in unread {
            match self.find(&response) {
                Ok(wait) => self.deliver(&response, Some(wait)),
                Err(_) => remaining.push(response),
            }
        }
        self.buffered.splice(0..0, remaining);
        self.settle();
    }

    /// The run is lost, and resumed after this time.
    pub(super) fn resume(&mut self, away: Duration) {
        let away = u64::try_from(away.as_nanos()).expect("a short time");
        let earlier = |(at, number): Timer| (Time(at.0.saturating_sub(away)), number);
        for wait in &mut self.waits {
            wait.future = WaitFuture::Lost;
            wait.timer = wait.timer.map(earlier);
        }
        for of in 0..self.executions.len() {
            match self.executions[of].stage {
                Stage::Running => {
                    self.executions[of].duplicates = self.executions[of].sent;
                    self.detach(of);
                    self.launch(of);
                }
                Stage::Backoff(until) => self.executions[of].stage = Stage::Backoff(earlier(until)),
                Stage::Over => {}
            }
        }
    }

    pub(super) fn time(&mut self, now: Time) {
        loop {
            let waits = (0..self.waits.len()).filter(|at| self.waits[*at].is_pending());
            let wait = waits.filter_map(|at| Some((self.waits[at].timer?, at))).min();
            let backoff = self.executions.iter().enumerate().filter_map(|(of, execution)| match execution.stage {
                Stage::Backoff(timer) => Some((timer, of)),
                Stage::Running | Stage::Over => None,
            });
            let backoff = backoff.min();
            let is_wait = wait.is_some_and(|(timer, _)| backoff.is_none_or(|(until, _)| timer < until));
            let next = if is_wait { wait } else { backoff };
            let Some((_, at)) = next.filter(|((due, _), _)| *due <= now) else { return };
            if is_wait {
                self.resolve(at, Outcome::TimedOut);
                self.settle();
            } else {
                self.launch(at);
            }
        }
    }

    pub(super) fn resolve(&mut self, at: usize, outcome: Outcome) {
        let wait = &mut self.waits[at];
        wait.outcome = outcome;
        wait.timer = None;
        let is_reached = wait.is_reached();
        self.unblock(at);
        if is_reached {
            self.wake(at);
        }
    }

    fn wake(&mut self, at: usize) {
        let wait = &self.waits[at];
        let response = if let Outcome::Answered(response) = wait.outcome { Some(response) } else { None };
        self.expected.push(Expected::Wake(self.executions[wait.of].serial, wait.number, response));
    }
}

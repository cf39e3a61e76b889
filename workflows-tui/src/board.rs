//! `Board`: what is shown of a run.

use std::{
    collections::{HashMap, VecDeque},
    fmt::Debug,
    time::Duration,
};
use workflows_runtime::{
    PoolMetrics, RunEvent, RunOutcome, StepEvent, StepLoad, StepPhase, Workflow,
    graph::{ExecutorKind, WorkflowGraph},
};

/// How many events are shown.
const RECENT: usize = 8;
/// How many executions of a step the percentiles are of.
const TIMES: usize = 1_000;
/// How many characters of an item or a prompt are shown.
const LONGEST: usize = 160;

/// What is shown of a run: counts and times of its steps, the last events, the open prompts and the executors.
///
/// [`watch`](crate::watch()) fills one and draws it. A program with a display of its own fills it with the events of a
/// run, each with the time at which it arrived.
///
/// ```
/// use std::time::Duration;
/// use workflows_runtime::prelude::*;
/// use workflows_tui::Board;
///
/// # #[workflow] struct Double;
/// #[workflow]
/// impl Double {
///     #[step]
///     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
///         Stop(n * 2)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (run, mut events) = Double.run(21).step_events(true).start_with_events();
/// let mut board = Board::new(&Double::graph());
/// while let Some(event) = events.next().await {
///     board.add(Duration::from_millis(5), &event);
/// }
/// assert_eq!(board.steps()[0].done, 1);
/// assert_eq!(board.outcome(), Some("completed"));
/// # drop(run);
/// # }
/// ```
#[derive(Debug)]
pub struct Board {
    name: String,
    steps: Vec<StepRow>,
    /// The executions that have started and not ended, by number.
    open: HashMap<u64, Open>,
    recent: VecDeque<String>,
    prompts: Vec<String>,
    pools: Vec<PoolMetrics>,
    elapsed: Duration,
    has_step_events: bool,
    has_loads: bool,
    outcome: Option<String>,
}

/// A step of a [`Board`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepRow {
    /// Its name.
    pub name: String,
    /// Where it runs: `async`, `blocking io`, or the name of a pool.
    pub runs_on: String,
    /// The inputs and executions that wait for a worker of the step, and those whose blocking code waits for a thread.
    /// `None` before the first [`set_loads`](Board::set_loads): events do not report them.
    pub queued: Option<usize>,
    /// The executions that run now. Without [`set_loads`](Board::set_loads), with those that wait for a thread, or for a
    /// response while other steps run.
    pub running: usize,
    /// The executions that wait for a response. Without [`set_loads`](Board::set_loads), those that waited when the run
    /// was idle, and have reported nothing since.
    pub waiting: usize,
    /// The executions that have failed and wait for their next attempt.
    pub retrying: usize,
    /// The executions that have returned.
    pub done: u64,
    /// The executions that have failed for good.
    pub failed: u64,
    /// The attempts that have failed and were retried.
    pub retries: u64,
    /// The durations of the last executions, from the start of the first attempt.
    times: VecDeque<Duration>,
    /// The executions that have not ended, by their events.
    open: OpenCounts,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct OpenCounts {
    running: usize,
    waiting: usize,
    retrying: usize,
}

/// An execution that has not ended.
#[derive(Debug)]
struct Open {
    step: usize,
    started: Duration,
    state: OpenState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OpenState {
    Running,
    Waiting,
    Retrying,
}

impl StepRow {
    /// The duration that this share of the last 1,000 executions has not exceeded: `percentile(0.5)` is the median.
    #[must_use]
    pub fn percentile(&self, share: f64) -> Option<Duration> {
        let mut times: Vec<_> = self.times.iter().copied().collect();
        times.sort_unstable();
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small"
        )]
        let rank = (share.clamp(0.0, 1.0) * times.len() as f64).ceil() as usize;
        times.get(rank.saturating_sub(1)).copied()
    }

    fn count(&mut self, state: OpenState) -> &mut usize {
        match state {
            OpenState::Running => &mut self.open.running,
            OpenState::Waiting => &mut self.open.waiting,
            OpenState::Retrying => &mut self.open.retrying,
        }
    }
}

impl Board {
    /// An empty board for the runs of a workflow.
    #[must_use]
    pub fn new(graph: &WorkflowGraph) -> Self {
        let row = |step: &workflows_runtime::graph::StepNode| StepRow {
            name: step.name.clone(),
            runs_on: runs_on(&step.executor),
            queued: None,
            running: 0,
            waiting: 0,
            retrying: 0,
            done: 0,
            failed: 0,
            retries: 0,
            times: VecDeque::new(),
            open: OpenCounts::default(),
        };
        Self {
            name: graph.name.clone(),
            steps: graph.steps.iter().map(row).collect(),
            open: HashMap::new(),
            recent: VecDeque::new(),
            prompts: Vec::new(),
            pools: Vec::new(),
            elapsed: Duration::ZERO,
            has_step_events: false,
            has_loads: false,
            outcome: None,
        }
    }

    /// Adds an event, with the time since the start at which it arrived.
    pub fn add<W>(&mut self, at: Duration, event: &RunEvent<W>)
    where
        W: Workflow<Stream: Debug, Prompt: Debug>,
    {
        self.elapsed = at;
        match event {
            RunEvent::Published(item) => self.note(&format!("{item:?}")),
            RunEvent::InputRequired { id, prompt, .. } => self.note(&format!("prompt {id}: {prompt:?}")),
            RunEvent::Step(event) => self.add_step(at, event),
            RunEvent::Idle => self.set_waiting(),
            RunEvent::Lagged(missed) => self.note(&format!("{missed} events missed: the counts are too low")),
            RunEvent::Ended(RunOutcome::Completed) => self.outcome = Some("completed".to_owned()),
            RunEvent::Ended(RunOutcome::Failed(error)) => self.outcome = Some(printable(&error.to_string())),
            _ => {}
        }
        if !self.has_loads {
            for step in &mut self.steps {
                let OpenCounts { running, waiting, retrying } = step.open;
                step.running = running;
                step.waiting = waiting;
                step.retrying = retrying;
            }
        }
    }

    fn add_step(&mut self, at: Duration, event: &StepEvent) {
        self.has_step_events = true;
        let Some(step) = self.steps.iter().position(|step| step.name == event.step) else { return };
        match event.phase {
            StepPhase::Running => self.enter(event.execution, step, at, OpenState::Running),
            StepPhase::Retrying { after } => {
                self.enter(event.execution, step, at, OpenState::Retrying);
                self.steps[step].retries += 1;
                self.note_failure(event, &format!("retried after {after:?}"));
            }
            StepPhase::Done => {
                self.leave(event.execution, at);
                self.steps[step].done += 1;
            }
            StepPhase::Failed => {
                self.leave(event.execution, at);
                self.steps[step].failed += 1;
                self.note_failure(event, "failed");
            }
            StepPhase::Overrun => self.note(&format!("`{}` blocks the executor", event.step)),
            // Neither done nor failed: its time says nothing about the step.
            StepPhase::Dropped | StepPhase::Abandoned => {
                if let Some(open) = self.open.remove(&event.execution) {
                    *self.steps[open.step].count(open.state) -= 1;
                }
            }
            _ => {}
        }
    }

    fn note_failure(&mut self, event: &StepEvent, what: &str) {
        let error = event.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        self.note(&format!("`{}`, attempt {}, {what}{error}", event.step, event.attempt));
    }

    fn enter(&mut self, execution: u64, step: usize, at: Duration, state: OpenState) {
        let open = self.open.entry(execution).or_insert_with(|| {
            *self.steps[step].count(state) += 1;
            Open { step, started: at, state }
        });
        *self.steps[step].count(open.state) -= 1;
        *self.steps[step].count(state) += 1;
        open.state = state;
    }

    fn leave(&mut self, execution: u64, at: Duration) {
        // Of an execution that began before the reader did, the start is unknown.
        let Some(open) = self.open.remove(&execution) else { return };
        let step = &mut self.steps[open.step];
        *step.count(open.state) -= 1;
        if step.times.len() == TIMES {
            step.times.pop_front();
        }
        step.times.push_back(at.saturating_sub(open.started));
    }

    /// Nothing is running in an idle run, so what has started and not ended waits.
    fn set_waiting(&mut self) {
        for open in self.open.values_mut() {
            if open.state == OpenState::Running {
                let step = &mut self.steps[open.step];
                *step.count(OpenState::Running) -= 1;
                *step.count(OpenState::Waiting) += 1;
                open.state = OpenState::Waiting;
            }
        }
    }

    fn note(&mut self, text: &str) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(format!("{:>7.1} s  {}", self.elapsed.as_secs_f64(), printable(text)));
    }

    /// Sets the work of the steps, from [`RunHandle::step_loads`](workflows_runtime::RunHandle::step_loads). From now on,
    /// events no longer change these counts.
    pub fn set_loads(&mut self, loads: &[StepLoad]) {
        self.has_loads = true;
        for load in loads {
            if let Some(step) = self.steps.iter_mut().find(|step| step.name == load.step) {
                step.queued = Some(load.queued + load.executor_queue);
                step.running = load.running;
                step.waiting = load.waiting;
                step.retrying = load.retrying;
            }
        }
    }

    /// Sets the open prompts, as texts.
    pub fn set_prompts(&mut self, prompts: impl IntoIterator<Item = String>) {
        self.prompts = prompts.into_iter().map(|prompt| printable(&prompt)).collect();
    }

    /// Sets the state of the executors.
    pub fn set_pools(&mut self, pools: Vec<PoolMetrics>) {
        self.pools = pools;
    }

    /// Sets the time since the start, also if nothing has happened.
    pub fn set_elapsed(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
    }

    /// The name of the workflow.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The steps, in declaration order.
    #[must_use]
    pub fn steps(&self) -> &[StepRow] {
        &self.steps
    }

    /// The last events, each with its time: items, prompts and failures.
    pub fn recent(&self) -> impl Iterator<Item = &str> {
        self.recent.iter().map(String::as_str)
    }

    /// The open prompts.
    #[must_use]
    pub fn prompts(&self) -> &[String] {
        &self.prompts
    }

    /// The state of the executors.
    #[must_use]
    pub fn pools(&self) -> &[PoolMetrics] {
        &self.pools
    }

    /// The time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// How the run has ended: `completed`, or its error. `None` before its end.
    #[must_use]
    pub fn outcome(&self) -> Option<&str> {
        self.outcome.as_deref()
    }

    /// Whether the run reports its steps.
    #[must_use]
    pub fn has_step_events(&self) -> bool {
        self.has_step_events
    }
}

fn runs_on(executor: &ExecutorKind) -> String {
    match executor {
        ExecutorKind::BlockingIo => "blocking io".to_owned(),
        ExecutorKind::BlockingCpu { pool: None } => "blocking cpu".to_owned(),
        ExecutorKind::Process { pool: None } => "process".to_owned(),
        ExecutorKind::BlockingCpu { pool: Some(pool) } | ExecutorKind::Process { pool: Some(pool) } => pool.clone(),
        _ => "async".to_owned(),
    }
}

/// One line without control characters, which could command the terminal.
fn printable(text: &str) -> String {
    let mut line: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    if let Some((at, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(at);
        line.push('…');
    }
    line
}

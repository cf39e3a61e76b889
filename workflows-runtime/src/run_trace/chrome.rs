//! The Chrome trace event format.

use super::{
    data::{AttemptError, AttemptTrace, RunTrace, SegmentKind},
    lanes::lanes,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::{collections::HashMap, fmt, time::Duration};

/// A trace in the Chrome trace event format. Returned by [`RunTrace::chrome_trace`].
#[derive(Debug, Clone, Copy)]
pub struct ChromeTrace<'a>(&'a RunTrace);

impl RunTrace {
    /// Renders the trace as JSON in the Chrome trace event format, which [Perfetto](https://ui.perfetto.dev) and
    /// `chrome://tracing` open.
    ///
    /// A run is a process, and a step has a thread for each attempt that runs at the same time. A slice is an attempt
    /// from its start to its end, with slices for its waits inside. Arrows lead from an execution to those that take its
    /// events, to its retries, and to its children. Attempts that have not started are not contained.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Double;
    /// # #[workflow]
    /// # impl Double {
    /// #     #[step]
    /// #     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
    /// #         Stop(n * 2)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let run = Double.run(21).record_trace(1_000).start();
    /// run.result().await?;
    /// let json = run.trace().unwrap().chrome_trace().to_string();
    /// assert!(json.starts_with("{\"displayTimeUnit\":\"ms\",\"traceEvents\":["));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn chrome_trace(&self) -> ChromeTrace<'_> {
        ChromeTrace(self)
    }
}

impl fmt::Display for ChromeTrace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{\"displayTimeUnit\":\"ms\",\"traceEvents\":[")?;
        for (number, event) in events(self.0).iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            let event = serde_json::to_string(event).map_err(|_| fmt::Error)?;
            write!(f, "{comma}\n{event}")?;
        }
        writeln!(f, "\n]}}")
    }
}

/// One event. Names of fields are those of the format.
#[derive(Serialize)]
struct Event {
    name: String,
    cat: &'static str,
    /// `B` and `E` begin and end a slice, `s` and `f` an arrow; `M` names a process or thread.
    ph: &'static str,
    /// In microseconds.
    ts: Value,
    pid: usize,
    tid: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Value>,
}

/// A place for slices.
#[derive(Clone, Copy)]
struct Thread {
    pid: usize,
    tid: usize,
}

/// An event of an attempt, in the order of the file. Readers of the format resolve equal times by this order: each slice
/// is closed before the next one of its thread begins, and each arrow begins before it ends.
struct Placed {
    at: Duration,
    /// The start of the attempt, its process, its execution and its number. Causes have a smaller one than their effects.
    of: (Duration, usize, u64, u32),
    event: Event,
}

/// An arrow that begins in an attempt.
struct Arrow {
    id: usize,
    name: &'static str,
    at: Duration,
}

fn events(root: &RunTrace) -> Vec<Event> {
    let mut events = Vec::new();
    let mut placed = Vec::new();
    let mut arrows = 0;
    // The arrow to the first attempt of a child.
    let mut to_children: HashMap<(String, Duration), usize> = HashMap::new();
    for (number, run) in root.runs().into_iter().enumerate() {
        let pid = number + 1;
        let process = Thread { pid, tid: 0 };
        events.push(metadata(process, "process_name", json!({ "name": format!("{} {}", run.workflow, run.run_id) })));
        events.push(metadata(process, "process_sort_index", json!({ "sort_index": pid })));
        let (mut from, mut to) = arrows_of(run, &mut arrows);
        if let Some(id) = to_children.remove(&(run.run_id.clone(), run.began_at))
            && let Some(first) = first_started(run)
        {
            to.entry((first.execution, first.attempt)).or_default().push((id, "child"));
        }
        for attempt in run.attempts.iter().filter(|attempt| attempt.started_at.is_some()) {
            for child in attempt.children.iter().filter(|child| first_started(child).is_some()) {
                arrows += 1;
                to_children.insert((child.run_id.clone(), child.began_at), arrows);
                let arrow = Arrow { id: arrows, name: "child", at: child.began_at };
                from.entry((attempt.execution, attempt.attempt)).or_default().push(arrow);
            }
        }
        let mut next_tid = 1;
        for step in &run.steps {
            let mut lanes_of_step = 0;
            for (lane, attempt) in lanes(run, &step.step) {
                let thread = Thread { pid, tid: next_tid + lane };
                if lane == lanes_of_step {
                    lanes_of_step += 1;
                    let name = if lane == 0 { step.step.clone() } else { format!("{} {}", step.step, lane + 1) };
                    events.push(metadata(thread, "thread_name", json!({ "name": name })));
                    events.push(metadata(thread, "thread_sort_index", json!({ "sort_index": thread.tid })));
                }
                let id = (attempt.execution, attempt.attempt);
                slices(run, attempt, thread, from.remove(&id), to.remove(&id), &mut placed);
            }
            next_tid += lanes_of_step.max(1);
        }
    }
    placed.sort_by_key(|Placed { at, of, .. }| (*at, *of));
    events.extend(placed.into_iter().map(|Placed { event, .. }| event));
    events
}

type Arrows = (HashMap<(u64, u32), Vec<Arrow>>, HashMap<(u64, u32), Vec<(usize, &'static str)>>);

/// The arrows between the attempts of a run, by the attempts where they begin and end.
fn arrows_of(run: &RunTrace, arrows: &mut usize) -> Arrows {
    let mut last: HashMap<u64, &AttemptTrace> = HashMap::new();
    for attempt in run.attempts.iter().filter(|attempt| attempt.started_at.is_some()) {
        let known = last.entry(attempt.execution).or_insert(attempt);
        if known.attempt < attempt.attempt {
            *known = attempt;
        }
    }
    let (mut from, mut to): Arrows = Default::default();
    let mut connect = |before: &AttemptTrace, name, attempt: &AttemptTrace| {
        let (Some(begins), Some(ends)) = (before.started_at, attempt.started_at) else { return };
        // An event that is sent leaves its execution before the end.
        let at = before.ended_at.unwrap_or(attempt.queued_at).min(attempt.queued_at).max(begins);
        if at > ends {
            return;
        }
        *arrows += 1;
        from.entry((before.execution, before.attempt)).or_default().push(Arrow { id: *arrows, name, at });
        to.entry((attempt.execution, attempt.attempt)).or_default().push((*arrows, name));
    };
    let mut before: HashMap<u64, &AttemptTrace> = HashMap::new();
    for attempt in &run.attempts {
        match before.insert(attempt.execution, attempt) {
            Some(earlier) => connect(earlier, "retry", attempt),
            None => {
                for parent in attempt.parents.iter().filter_map(|parent| last.get(parent)) {
                    connect(parent, "event", attempt);
                }
            }
        }
    }
    (from, to)
}

fn first_started(run: &RunTrace) -> Option<&AttemptTrace> {
    run.attempts.iter().filter(|attempt| attempt.started_at.is_some()).min_by_key(|attempt| attempt.started_at)
}

/// The slices of an attempt, and the arrows that begin or end in it.
fn slices(
    run: &RunTrace,
    attempt: &AttemptTrace,
    thread: Thread,
    from: Option<Vec<Arrow>>,
    to: Option<Vec<(usize, &'static str)>>,
    events: &mut Vec<Placed>,
) {
    let Some(begin) = attempt.started_at else { return };
    let end = attempt.ended_at.unwrap_or(run.taken_at).max(begin);
    let of = (begin, thread.pid, attempt.execution, attempt.attempt);
    let mut add = |at: Duration, event: Event| events.push(Placed { at, of, event });
    let slice = |ph, at, args| event(thread, "step", &attempt.step, ph, at, args);
    add(begin, slice("B", begin, Some(args(attempt))));
    for (id, name) in to.unwrap_or_default() {
        add(begin, Event { id: Some(id), bp: Some("e"), ..event(thread, "flow", name, "f", begin, None) });
    }
    for segment in attempt.segments.iter().filter(|segment| segment.from >= begin) {
        if segment.kind != SegmentKind::Running {
            let name = segment.kind.label();
            add(segment.from, event(thread, "state", name, "B", segment.from, None));
            add(segment.to, event(thread, "state", name, "E", segment.to, None));
        }
    }
    for Arrow { id, name, at } in from.unwrap_or_default() {
        let at = at.min(end);
        add(at, Event { id: Some(id), ..event(thread, "flow", name, "s", at, None) });
    }
    add(end, slice("E", end, None));
}

fn args(attempt: &AttemptTrace) -> Value {
    let mut args = json!({
        "execution": attempt.execution,
        "attempt": attempt.attempt,
        "outcome": attempt.outcome.label(),
        "queue_us": micros(attempt.queue_time),
        "run_us": micros(attempt.run_time),
        "suspended_us": micros(attempt.suspended_time),
        "executor_queue_us": micros(attempt.executor_queue_time),
    });
    if !attempt.parents.is_empty() {
        args["parents"] = json!(attempt.parents);
    }
    if let Some(batch) = attempt.batch {
        args["batch"] = json!(batch.batch);
        args["branch"] = json!(batch.branch);
    }
    if let Some(AttemptError { message, .. }) = &attempt.error {
        args["error"] = json!(message);
    }
    args
}

fn event(thread: Thread, cat: &'static str, name: &str, ph: &'static str, at: Duration, args: Option<Value>) -> Event {
    let Thread { pid, tid } = thread;
    Event { name: name.to_owned(), cat, ph, ts: micros(at), pid, tid, id: None, bp: None, args }
}

fn metadata(thread: Thread, name: &'static str, args: Value) -> Event {
    event(thread, "__metadata", name, "M", Duration::ZERO, Some(args))
}

/// Microseconds: an integer, or with the nanoseconds as a fraction.
#[allow(clippy::cast_precision_loss, reason = "exact for runs of up to a hundred days")]
fn micros(time: Duration) -> Value {
    let nanos = time.as_nanos();
    if nanos.is_multiple_of(1_000) {
        json!(u64::try_from(nanos / 1_000).unwrap_or(u64::MAX))
    } else {
        json!(nanos as f64 / 1e3)
    }
}

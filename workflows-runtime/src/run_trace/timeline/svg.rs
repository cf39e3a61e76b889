//! The timeline as a self-contained SVG.

use super::rows::{Row, RowKind, Rows};
use crate::{
    graph::escape,
    run_trace::{
        data::{AttemptOutcome, AttemptTrace, RunTrace, SegmentKind},
        units::short,
    },
};
use std::{
    fmt::{self, Write as _},
    time::Duration,
};

/// The timeline of a run as a self-contained SVG. Returned by [`RunTrace::timeline_svg`].
#[derive(Debug, Clone, Copy)]
#[cfg_attr(docsrs, doc(cfg(feature = "svg")))]
pub struct TimelineSvg<'a>(&'a RunTrace);

const STYLE: &str = include_str!("timeline.css");

/// Lengths are in pixels.
const LABELS: f64 = 240.0;
const BARS: f64 = 900.0;
const AFTER: f64 = 180.0;
const WIDTH: f64 = LABELS + BARS + AFTER;
/// The mean width of a character of a note.
const CHARACTER: f64 = 6.8;
const HEAD: f64 = 84.0;
const ROW: f64 = 20.0;
const BAR: f64 = 12.0;
/// The most characters of a label or an error.
const MAX_LABEL: usize = 34;
const MAX_ERROR: usize = 90;

impl RunTrace {
    /// Renders the timeline of the run as a self-contained SVG. Needs the feature `svg`.
    ///
    /// Each execution has a row with all of its attempts, and the rows of its children below it. The colors are the
    /// states of an attempt: queued, running, suspended, and in the queue of an executor. A dashed line is the delay
    /// before a retry. Of more than 500 executions the longest are drawn. The picture follows the color scheme of the
    /// reader, light or dark. Equal traces give equal text.
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
    /// let svg = run.trace().unwrap().timeline_svg().to_string();
    /// assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn timeline_svg(&self) -> TimelineSvg<'_> {
        TimelineSvg(self)
    }
}

impl fmt::Display for TimelineSvg<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_timeline(self.0, f)
    }
}

/// From times to positions.
struct Scale {
    from: Duration,
    length: f64,
}

impl Scale {
    fn of(run: &RunTrace) -> Self {
        let from = run.began_at;
        Self { from, length: run.taken_at.saturating_sub(from).as_secs_f64() }
    }

    fn x(&self, at: Duration) -> f64 {
        if self.length <= 0.0 {
            return LABELS;
        }
        let share = at.saturating_sub(self.from).as_secs_f64() / self.length;
        LABELS + BARS * share.clamp(0.0, 1.0)
    }
}

pub(super) fn write_timeline(run: &RunTrace, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Rows { rows, omitted } = Rows::of(run);
    let scale = Scale::of(run);
    #[allow(clippy::cast_precision_loss, reason = "there are few rows")]
    let bottom = HEAD + ROW * rows.len() as f64;
    let height = bottom + 24.0;
    writeln!(
        f,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" width=\"{WIDTH:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\">"
    )?;
    writeln!(f, "<title>{} {}</title>", escape(&run.workflow), escape(&run.run_id))?;
    writeln!(f, "<style>\n{STYLE}</style>")?;
    writeln!(f, "<rect class=\"background\" width=\"100%\" height=\"100%\"/>")?;
    write_head(run, f)?;
    write_axis(run, &scale, bottom, f)?;
    let mut top = HEAD;
    for (number, row) in rows.iter().enumerate() {
        write_row(number, row, &scale, run, top, f)?;
        top += ROW;
    }
    let mut notes = Vec::new();
    if omitted > 0 {
        notes.push(format!("{omitted} shorter executions are not drawn"));
    }
    let discarded: u64 = run.runs().iter().map(|run| run.discarded).sum();
    if discarded > 0 {
        notes.push(format!("{discarded} earlier attempts were discarded"));
    }
    writeln!(f, "<text class=\"soft\" x=\"12\" y=\"{:.0}\">{}</text>", bottom + 16.0, notes.join(", "))?;
    writeln!(f, "</svg>")
}

fn write_head(run: &RunTrace, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let took = short(run.taken_at.saturating_sub(run.began_at));
    let heading = format!("{} {}", run.workflow, run.run_id);
    writeln!(f, "<text class=\"heading\" x=\"12\" y=\"24\">{}</text>", escape(&heading))?;
    let mut status = format!("{} after {took}", run.status.label());
    if let Some(error) = &run.error {
        status = format!("{status}: {}", shortened(error, MAX_ERROR + MAX_ERROR));
    }
    let class = if run.error.is_some() { "error" } else { "soft" };
    writeln!(f, "<text class=\"{class}\" x=\"12\" y=\"43\">{}</text>", escape(&status))?;
    let mut x = WIDTH - 12.0 - 430.0;
    for kind in SegmentKind::ALL {
        writeln!(f, "<rect class=\"{}\" x=\"{x:.0}\" y=\"13\" width=\"12\" height=\"12\" rx=\"2\"/>", class_of(kind))?;
        writeln!(f, "<text class=\"soft\" x=\"{:.0}\" y=\"23\">{}</text>", x + 17.0, kind.label())?;
        x += 105.0;
    }
    Ok(())
}

fn write_axis(run: &RunTrace, scale: &Scale, bottom: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let length = run.taken_at.saturating_sub(run.began_at);
    let tick = tick(length);
    let mut after = Duration::ZERO;
    while after <= length {
        let x = scale.x(run.began_at + after);
        writeln!(f, "<path class=\"grid\" d=\"M{x:.1} {:.0} V{bottom:.0}\"/>", HEAD - 8.0)?;
        let at = short(run.began_at + after);
        writeln!(f, "<text class=\"soft middle\" x=\"{x:.1}\" y=\"{:.0}\">{at}</text>", HEAD - 14.0)?;
        if tick.is_zero() {
            break;
        }
        after += tick;
    }
    Ok(())
}

/// The distance of the lines: 1, 2 or 5 of a unit, for at most ten lines.
fn tick(length: Duration) -> Duration {
    let mut unit: u64 = 1;
    loop {
        for factor in [1, 2, 5] {
            let tick = Duration::from_nanos(unit.saturating_mul(factor));
            if length.as_nanos() <= tick.as_nanos() * 10 {
                return if length.is_zero() { Duration::ZERO } else { tick };
            }
        }
        match unit.checked_mul(10) {
            Some(next) => unit = next,
            None => return length,
        }
    }
}

fn write_row(
    number: usize,
    row: &Row<'_>,
    scale: &Scale,
    root: &RunTrace,
    top: f64,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if number % 2 == 1 {
        writeln!(f, "<rect class=\"stripe\" x=\"0\" y=\"{top:.0}\" width=\"{WIDTH:.0}\" height=\"{ROW:.0}\"/>")?;
    }
    #[allow(clippy::cast_precision_loss, reason = "there are few levels")]
    let indent = 12.0 + 14.0 * row.depth.min(10) as f64;
    let baseline = top + 14.0;
    let characters = MAX_LABEL.saturating_sub(2 * row.depth.min(10));
    match &row.kind {
        RowKind::Run(run) => {
            let label = shortened(&format!("{} {}", run.workflow, run.run_id), characters);
            let end = run.ended_at.unwrap_or(root.taken_at);
            writeln!(f, "<g class=\"child\" data-run=\"{}\">", escape(&run.run_id))?;
            writeln!(f, "<text class=\"soft\" x=\"{indent:.0}\" y=\"{baseline:.0}\">{}</text>", escape(&label))?;
            let (x, to) = (scale.x(run.began_at), scale.x(end));
            let width = (to - x).max(1.5);
            writeln!(
                f,
                "<rect class=\"run\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"4\" rx=\"2\"/>",
                top + 8.0
            )?;
            let note = format!("{} {}", run.status.label(), short(end.saturating_sub(run.began_at)));
            writeln!(f, "<text class=\"soft\" x=\"{:.1}\" y=\"{baseline:.0}\">{note}</text>", x + width + 6.0)?;
        }
        RowKind::Execution(attempts) => {
            let [first, ..] = attempts[..] else { return Ok(()) };
            let label = shortened(&format!("{} #{}", first.step, first.execution), characters);
            let (step, execution) = (escape(&first.step), first.execution);
            writeln!(f, "<g class=\"execution\" data-step=\"{step}\" data-execution=\"{execution}\">")?;
            writeln!(f, "<title>{}</title>", escape(&tooltip(attempts)))?;
            writeln!(f, "<text x=\"{indent:.0}\" y=\"{baseline:.0}\">{}</text>", escape(&label))?;
            write_attempts(attempts, scale, root, top, f)?;
        }
    }
    writeln!(f, "</g>")
}

fn write_attempts(
    attempts: &[&AttemptTrace],
    scale: &Scale,
    root: &RunTrace,
    top: f64,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let y = top + (ROW - BAR) / 2.0;
    let mut right = LABELS;
    let mut ended: Option<f64> = None;
    for attempt in attempts {
        let (from, to) = (scale.x(attempt.queued_at), scale.x(attempt.ended_at.unwrap_or(root.taken_at)));
        if let Some(ended) = ended {
            writeln!(f, "<path class=\"delay\" d=\"M{ended:.1} {:.1} H{from:.1}\"/>", y + BAR / 2.0)?;
        }
        ended = Some(to);
        right = right.max(to.max(from + 1.5));
        if attempt.segments.is_empty() {
            // Too short for any clock, but it has happened.
            writeln!(f, "<rect class=\"running\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"1.5\" height=\"{BAR}\"/>")?;
        }
        for segment in &attempt.segments {
            let (x, end) = (scale.x(segment.from), scale.x(segment.to));
            let class = class_of(segment.kind);
            // Thin while nothing of it runs.
            let (inset, height) = match segment.kind {
                SegmentKind::Queued => (4.0, BAR - 8.0),
                _ => (0.0, BAR),
            };
            writeln!(
                f,
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.0}\" rx=\"1.5\"/>",
                y + inset,
                (end - x).max(1.0)
            )?;
        }
        if let Some(last) = attempt.segments.last()
            && attempt.segments.len() == AttemptTrace::MAX_SEGMENTS
        {
            // The states after the last segment are not known.
            let x = scale.x(last.to);
            let width = (to - x).max(0.0);
            writeln!(f, "<rect class=\"rest\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\"/>")?;
        }
        if let Some(mark) = mark(attempt.outcome) {
            let left = scale.x(attempt.started_at.unwrap_or(attempt.queued_at)) - 0.9;
            let width = (to - left).max(2.4) + 0.9;
            writeln!(
                f,
                "<rect class=\"mark {mark}\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" rx=\"2\"/>",
                y - 0.9,
                BAR + 1.8
            )?;
        }
    }
    let Some(last) = attempts.last() else { return Ok(()) };
    let total: Duration = attempts.iter().map(|attempt| attempt.run_time).sum();
    let mut note = short(total);
    let suspended: Duration = attempts.iter().map(|attempt| attempt.suspended_time).sum();
    if !suspended.is_zero() {
        note = format!("{note}, {} suspended", short(suspended));
    }
    let queued: Duration = attempts.iter().map(|attempt| attempt.queue_time + attempt.executor_queue_time).sum();
    if queued > total {
        note = format!("{note}, {} queued", short(queued));
    }
    if attempts.len() > 1 {
        note = format!("{note}, {} attempts", attempts.len());
    }
    let mut class = "soft";
    if matches!(last.outcome, AttemptOutcome::Failed | AttemptOutcome::Cancelled | AttemptOutcome::Pending) {
        note = format!("{note}, {}", last.outcome.label());
        class = if last.outcome == AttemptOutcome::Failed { "error" } else { "soft" };
    }
    let left = scale.x(attempts.first().map_or(Duration::ZERO, |first| first.queued_at));
    let y = top + 14.0;
    let (class, x) = match place(&note, left, right) {
        Place::Right => (class.to_owned(), right + 6.0),
        Place::Left => (format!("{class} end"), left - 6.0),
        Place::Over => (format!("{class} end over"), WIDTH - 8.0),
    };
    writeln!(f, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.0}\">{note}</text>")
}

/// Where a note is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Right,
    Left,
    /// At the right edge, over the end of the bar.
    Over,
}

/// The place of a note for a bar from `left` to `right`: where it is not cut off.
#[allow(clippy::cast_precision_loss, reason = "notes are short")]
fn place(note: &str, left: f64, right: f64) -> Place {
    let width = note.chars().count() as f64 * CHARACTER + 14.0;
    if right + width <= WIDTH {
        Place::Right
    } else if left - width >= LABELS {
        Place::Left
    } else {
        Place::Over
    }
}

fn class_of(kind: SegmentKind) -> &'static str {
    match kind {
        SegmentKind::Queued => "queued",
        SegmentKind::Running => "running",
        SegmentKind::Suspended => "suspended",
        SegmentKind::ExecutorQueue => "executor_queue",
    }
}

/// The frame of an attempt that has not completed.
fn mark(outcome: AttemptOutcome) -> Option<&'static str> {
    match outcome {
        AttemptOutcome::Completed => None,
        AttemptOutcome::Pending => Some("pending"),
        AttemptOutcome::Retried { .. } => Some("retried"),
        AttemptOutcome::Failed => Some("failed"),
        AttemptOutcome::Cancelled => Some("cancelled"),
    }
}

/// The attempts of an execution, a paragraph each.
fn tooltip(attempts: &[&AttemptTrace]) -> String {
    let mut text = String::new();
    for attempt in attempts {
        let AttemptTrace { step, execution, attempt: number, .. } = attempt;
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        _ = write!(text, "{step}, execution {execution}, attempt {number}: {}", attempt.outcome.label());
        if let Some(error) = &attempt.error {
            _ = write!(text, "\n{}", shortened(&error.message, 500));
        }
        let times = [
            ("queued", attempt.queue_time),
            ("in the executor's queue", attempt.executor_queue_time),
            ("running", attempt.run_time),
            ("suspended", attempt.suspended_time),
        ];
        for (name, time) in times.iter().filter(|(_, time)| !time.is_zero()) {
            _ = write!(text, "\n{name}: {}", short(*time));
        }
        if !attempt.parents.is_empty() {
            let parents: Vec<String> = attempt.parents.iter().map(|parent| format!("#{parent}")).collect();
            _ = write!(text, "\nfrom {}", parents.join(", "));
        }
        if let Some(batch) = attempt.batch {
            _ = write!(text, "\nbatch {}, branch {}", batch.batch, batch.branch);
        }
        if attempt.overruns > 0 {
            _ = write!(text, "\n{} polls exceeded the budget", attempt.overruns);
        }
        if attempt.abandoned {
            text.push_str("\nits blocking code outlived it");
        }
    }
    text
}

/// The first characters of the first line.
fn shortened(text: &str, most: usize) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    if most == usize::MAX || (line.chars().count() <= most && line == text.trim()) {
        return line.to_owned();
    }
    let mut short: String = line.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

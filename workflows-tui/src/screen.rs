//! A board as a picture.

use crate::{
    board::{Board, StepRow},
    columns::{Cell, Column, shortened, table},
};
use ratatui_core::{
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    terminal::Frame,
    text::Line,
};
use ratatui_widgets::paragraph::Paragraph;
use std::time::Duration;

const STEP_COLUMNS: [Column; 11] = [
    text("step", "step", 0),
    text("runs on", "on", 1),
    count("queued", "queue", 8),
    count("running", "run", 0),
    count("waiting", "wait", 4),
    Column { is_shortened_first: false, ..count("retrying", "again", 2) },
    count("done", "done", 0),
    count("failed", "fail", 7),
    count("retries", "retry", 5),
    Column { narrow: 5, ..count("p50", "p50", 3) },
    Column { narrow: 5, ..count("p99", "p99", 6) },
];
const POOL_COLUMNS: [Column; 7] = [
    text("executor", "pool", 0),
    Column { wide: 8, narrow: 8, ..count("running", "running", 0) },
    Column { wide: 8, ..count("queued", "queue", 0) },
    Column { wide: 8, ..count("waiting", "wait", 1) },
    Column { wide: 8, ..count("abandoned", "left", 2) },
    Column { wide: 8, ..count("done", "done", 3) },
    Column { wide: 8, narrow: 5, ..count("oldest queued", "oldest", 4) },
];

/// The lines that open prompts have, even if there are more steps than fit.
const PROMPTS: usize = 6;

const fn text(heading: &'static str, short: &'static str, leaves: u8) -> Column {
    Column { heading, short, wide: 1, narrow: 1, leaves, is_shortened_first: false, is_text: true }
}

const fn count(heading: &'static str, short: &'static str, leaves: u8) -> Column {
    Column { heading, short, wide: 7, narrow: 4, leaves, is_shortened_first: true, is_text: false }
}

impl Board {
    /// The number of lines that the board needs.
    #[must_use]
    pub fn height(&self) -> u16 {
        let Sections { title, steps, pools, prompts, recent } = self.sections();
        u16::try_from(title + steps + pools + prompts + recent).unwrap_or(u16::MAX)
    }

    /// Draws the board.
    ///
    /// In a narrow terminal, tables have less space, then fewer columns. In a low one, the title comes first, then some of
    /// the prompts, the steps, which are those with work if not all fit, the executors and the last events.
    pub fn draw(&self, frame: &mut Frame) {
        let area = frame.area();
        let Sections { title, steps, pools, prompts, recent } = self.sections().within(area.height.into());
        let heights = [title, steps, pools, prompts, recent];
        let heights = heights.map(|lines| Constraint::Length(u16::try_from(lines).unwrap_or(u16::MAX)));
        let [title, steps, pools, prompts, recent] = Layout::vertical(heights).areas(area);
        self.draw_title(frame, title);
        self.draw_steps(frame, steps);
        self.draw_pools(frame, pools);
        draw_list(frame, prompts, "open prompts", self.prompts().iter().map(String::as_str));
        let recent_lines: Vec<&str> = self.recent().collect();
        let hidden = recent_lines.len().saturating_sub(usize::from(recent.height.saturating_sub(2)));
        draw_list(frame, recent, "last events", recent_lines[hidden..].iter().copied());
    }

    /// The lines of each section.
    fn sections(&self) -> Sections {
        // A heading, and an empty line above it.
        let with_heading = |lines: usize| if lines == 0 { 0 } else { lines + 2 };
        Sections {
            title: 1 + usize::from(self.lacks_step_events()),
            steps: self.steps().len() + 1,
            pools: with_heading(self.pools().len()),
            prompts: with_heading(self.prompts().len()),
            recent: with_heading(self.recent().count()),
        }
    }

    /// Not in the first second: the first step may not have started.
    fn lacks_step_events(&self) -> bool {
        let should_have_some = self.outcome().is_some() || self.elapsed() >= Duration::from_secs(1);
        should_have_some && !self.has_step_events()
    }

    fn draw_title(&self, frame: &mut Frame, area: Rect) {
        let state = self.outcome().unwrap_or("running");
        let mut lines = vec![Line::styled(
            format!("{}  {:.1} s, {state}", self.name(), self.elapsed().as_secs_f64()),
            Style::new().add_modifier(Modifier::BOLD),
        )];
        if self.lacks_step_events() {
            lines.push(Line::from("no step has reported: start the run with `.step_events(true)`"));
        }
        frame.render_widget(Paragraph::new(lines), area);
    }

    fn draw_steps(&self, frame: &mut Frame, area: Rect) {
        let mut shown: Vec<&StepRow> = self.steps().iter().collect();
        let mut hidden = 0;
        let lines = usize::from(area.height);
        if shown.len() + 1 > lines {
            // The heading, and the number of those that are not shown.
            let room = lines.saturating_sub(2);
            hidden = shown.len() - room.min(shown.len());
            let mut order: Vec<usize> = (0..shown.len()).collect();
            order.sort_by_key(|&at| interest(shown[at]));
            order.truncate(room);
            order.sort_unstable();
            shown = order.into_iter().map(|at| shown[at]).collect();
        }
        let rows = shown.into_iter().map(|step| {
            let style = if step.failed > 0 {
                Style::new().fg(Color::Red)
            } else if step.running > 0 {
                Style::new().fg(Color::Green)
            } else {
                Style::new()
            };
            (cells_of(step), style)
        });
        frame.render_widget(table(&STEP_COLUMNS, rows.collect(), area.width), area);
        if hidden > 0 && lines > 1 {
            let last = Rect { y: area.bottom() - 1, height: 1, ..area };
            frame.render_widget(Paragraph::new(format!("… {hidden} more steps")), last);
        }
    }

    fn draw_pools(&self, frame: &mut Frame, area: Rect) {
        let Some(below) = area.height.checked_sub(1) else { return };
        let area = Rect { y: area.y + 1, height: below, ..area };
        let rows = self.pools().iter().map(|pool| {
            let cells = [
                pool.name.clone(),
                format!("{} of {}", pool.running, pool.limit),
                pool.queued.to_string(),
                pool.waiting.to_string(),
                pool.abandoned.to_string(),
                pool.completed.to_string(),
                time(pool.oldest_queued),
            ];
            let is_full = pool.queued > 0;
            (cells.map(Cell::from).into(), if is_full { Style::new().fg(Color::Yellow) } else { Style::new() })
        });
        frame.render_widget(table(&POOL_COLUMNS, rows.collect(), area.width), area);
    }
}

/// The lines of each part of a board.
struct Sections {
    title: usize,
    steps: usize,
    pools: usize,
    prompts: usize,
    recent: usize,
}

impl Sections {
    /// The lines of each part in so many lines.
    fn within(self, lines: usize) -> Self {
        let mut left = lines;
        let mut take = |wanted: usize, at_least: usize| {
            let taken = wanted.min(left);
            let taken = if taken < at_least { 0 } else { taken };
            left -= taken;
            taken
        };
        let title = take(self.title, 1);
        // A heading without lines is of no use. Both lists have an empty line above it.
        let some_prompts = take(self.prompts.min(PROMPTS), 3);
        let steps = take(self.steps, 1);
        let prompts = if some_prompts == 0 { 0 } else { some_prompts + take(self.prompts - some_prompts, 1) };
        let pools = take(self.pools, 3);
        let recent = take(self.recent, 3);
        Self { title, steps, pools, prompts, recent }
    }
}

/// Steps with work are shown first, then those that have run, and those that may run at last.
fn interest(step: &StepRow) -> u8 {
    if step.queued.unwrap_or_default() + step.running + step.waiting + step.retrying > 0 {
        0
    } else if step.failed > 0 {
        1
    } else if step.done > 0 {
        2
    } else {
        3
    }
}

fn cells_of(step: &StepRow) -> Vec<Cell> {
    let short = step.runs_on.strip_prefix("blocking ").unwrap_or(&step.runs_on).to_owned();
    let mut cells = vec![Cell::from(step.name.clone()), Cell { text: step.runs_on.clone(), short }];
    let counts = [
        step.queued.map_or_else(|| "-".to_owned(), |queued| queued.to_string()),
        step.running.to_string(),
        step.waiting.to_string(),
        step.retrying.to_string(),
        step.done.to_string(),
        step.failed.to_string(),
        step.retries.to_string(),
        time(step.percentile(0.5)),
        time(step.percentile(0.99)),
    ];
    cells.extend(counts.map(Cell::from));
    cells
}

fn draw_list<'a>(frame: &mut Frame, area: Rect, heading: &str, items: impl ExactSizeIterator<Item = &'a str>) {
    if area.height == 0 {
        return;
    }
    let mut lines = vec![Line::default(), Line::styled(heading.to_owned(), Style::new().add_modifier(Modifier::DIM))];
    let room = usize::from(area.height.saturating_sub(2));
    let shown = if items.len() > room { room.saturating_sub(1) } else { room };
    let hidden = items.len().saturating_sub(shown);
    lines.extend(items.take(shown).map(|item| Line::from(shortened(item.to_owned(), area.width))));
    if hidden > 0 {
        lines.push(Line::from(format!("… {hidden} more")));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// A duration in three digits.
fn time(duration: Option<Duration>) -> String {
    let Some(duration) = duration else { return "-".to_owned() };
    let nanos = duration.as_secs_f64() * 1e9;
    for (unit, size) in [("s", 1e9), ("ms", 1e6), ("µs", 1e3)] {
        if nanos >= size {
            let value = nanos / size;
            return if value < 10.0 { format!("{value:.1}{unit}") } else { format!("{value:.0}{unit}") };
        }
    }
    format!("{nanos:.0}ns")
}

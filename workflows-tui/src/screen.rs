//! A board as a picture.

use crate::board::{Board, StepRow};
use ratatui_core::{
    layout::{Alignment, Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    terminal::Frame,
    text::Line,
};
use ratatui_widgets::{
    paragraph::Paragraph,
    table::{Row, Table},
};
use std::time::Duration;

const STEP_COLUMNS: [&str; 11] =
    ["step", "runs on", "queued", "running", "waiting", "retrying", "done", "failed", "retries", "p50", "p99"];
const POOL_COLUMNS: [&str; 7] = ["executor", "running", "queued", "waiting", "abandoned", "done", "oldest queued"];

impl Board {
    /// The number of lines that the board needs.
    #[must_use]
    pub fn height(&self) -> u16 {
        let lines = self.sections().iter().sum::<usize>();
        u16::try_from(lines).unwrap_or(u16::MAX)
    }

    /// Draws the board. What does not fit is cut off at the end.
    pub fn draw(&self, frame: &mut Frame) {
        let area = frame.area();
        let heights = self.sections().map(|lines| Constraint::Length(u16::try_from(lines).unwrap_or(u16::MAX)));
        let [title, steps, pools, prompts, recent] = Layout::vertical(heights).areas(area);
        self.draw_title(frame, title);
        self.draw_steps(frame, steps);
        self.draw_pools(frame, pools);
        draw_list(frame, prompts, "open prompts", self.prompts().iter().map(String::as_str));
        draw_list(frame, recent, "last events", self.recent());
    }

    /// The lines of the title, the steps, the executors, the prompts and the events.
    fn sections(&self) -> [usize; 5] {
        // A heading, and an empty line above it.
        let with_heading = |lines: usize| if lines == 0 { 0 } else { lines + 2 };
        [
            1 + usize::from(self.lacks_step_events()),
            self.steps().len() + 1,
            with_heading(self.pools().len()),
            with_heading(self.prompts().len()),
            with_heading(self.recent().count()),
        ]
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
        let name = longest("step", self.steps().iter().map(|step| step.name.as_str()));
        let runs_on = longest("runs on", self.steps().iter().map(|step| step.runs_on.as_str()));
        let mut widths = vec![Constraint::Length(name), Constraint::Length(runs_on)];
        widths.extend(STEP_COLUMNS[2..].iter().map(|column| Constraint::Length(width(column).max(7))));
        let rows = self.steps().iter().map(|step| {
            let style = if step.failed > 0 {
                Style::new().fg(Color::Red)
            } else if step.running > 0 {
                Style::new().fg(Color::Green)
            } else {
                Style::new()
            };
            row(cells_of(step), 2).style(style)
        });
        frame.render_widget(table(rows, widths, &STEP_COLUMNS, 2), area);
    }

    fn draw_pools(&self, frame: &mut Frame, area: Rect) {
        let Some(below) = area.height.checked_sub(1) else { return };
        let area = Rect { y: area.y + 1, height: below, ..area };
        let name = longest("executor", self.pools().iter().map(|pool| pool.name.as_str()));
        let mut widths = vec![Constraint::Length(name)];
        widths.extend(POOL_COLUMNS[1..].iter().map(|column| Constraint::Length(width(column).max(8))));
        let rows = self.pools().iter().map(|pool| {
            let cells = vec![
                pool.name.clone(),
                format!("{} of {}", pool.running, pool.limit),
                pool.queued.to_string(),
                pool.waiting.to_string(),
                pool.abandoned.to_string(),
                pool.completed.to_string(),
                time(pool.oldest_queued),
            ];
            let is_full = pool.queued > 0;
            row(cells, 1).style(if is_full { Style::new().fg(Color::Yellow) } else { Style::new() })
        });
        frame.render_widget(table(rows, widths, &POOL_COLUMNS, 1), area);
    }
}

fn cells_of(step: &StepRow) -> Vec<String> {
    vec![
        step.name.clone(),
        step.runs_on.clone(),
        step.queued.map_or_else(|| "-".to_owned(), |queued| queued.to_string()),
        step.running.to_string(),
        step.waiting.to_string(),
        step.retrying.to_string(),
        step.done.to_string(),
        step.failed.to_string(),
        step.retries.to_string(),
        time(step.percentile(0.5)),
        time(step.percentile(0.99)),
    ]
}

/// Columns of text are aligned to the left, those of numbers to the right.
fn row(cells: Vec<String>, texts: usize) -> Row<'static> {
    Row::new(cells.into_iter().enumerate().map(move |(column, cell)| {
        let alignment = if column < texts { Alignment::Left } else { Alignment::Right };
        Line::from(cell).alignment(alignment)
    }))
}

fn table<'a>(
    rows: impl Iterator<Item = Row<'a>>,
    widths: Vec<Constraint>,
    columns: &[&str],
    texts: usize,
) -> Table<'a> {
    let heading = row(columns.iter().map(|&column| column.to_owned()).collect(), texts);
    Table::new(rows, widths).header(heading.style(Style::new().add_modifier(Modifier::DIM))).column_spacing(2)
}

fn draw_list<'a>(frame: &mut Frame, area: Rect, heading: &str, items: impl Iterator<Item = &'a str>) {
    if area.height == 0 {
        return;
    }
    let mut lines = vec![Line::default(), Line::styled(heading.to_owned(), Style::new().add_modifier(Modifier::DIM))];
    lines.extend(items.map(|item| Line::from(item.to_owned())));
    frame.render_widget(Paragraph::new(lines), area);
}

/// The width of a column of texts.
fn longest<'a>(heading: &'a str, texts: impl Iterator<Item = &'a str>) -> u16 {
    texts.map(width).fold(width(heading), u16::max)
}

fn width(text: &str) -> u16 {
    u16::try_from(Line::from(text).width()).unwrap_or(u16::MAX)
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

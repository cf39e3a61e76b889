//! Columns that fit the width of a terminal.

use ratatui_core::{
    layout::{Alignment, Constraint},
    style::{Modifier, Style},
    text::Line,
};
use ratatui_widgets::table::{Row, Table};

/// A column of a table.
pub(crate) struct Column {
    pub(crate) heading: &'static str,
    /// Where the heading is too wide.
    pub(crate) short: &'static str,
    /// The width that it has at least, so numbers have room to grow.
    pub(crate) wide: u16,
    /// The same where there is less space.
    pub(crate) narrow: u16,
    /// The order in which columns are left out, from 1. Those with 0 stay.
    pub(crate) leaves: u8,
    /// Whether its headings are shortened before it is left out.
    pub(crate) is_shortened_first: bool,
    /// Whether it is aligned to the left, as texts are, and not to the right, as numbers are.
    pub(crate) is_text: bool,
}

/// A cell, and its text where the column is too wide.
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) short: String,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { short: text.clone(), text }
    }
}

/// A table of these rows that fits `width`: first with less space, then without some columns, at last with short names.
pub(crate) fn table(columns: &[Column], rows: Vec<(Vec<Cell>, Style)>, width: u16) -> Table<'static> {
    let layout = fit(columns, &rows, width);
    let heading = layout.shown.iter().map(|&at| {
        let Column { heading, short, .. } = columns[at];
        (if layout.has_short_headings { short } else { heading }).to_owned()
    });
    let heading = row(columns, &layout, heading.collect()).style(Style::new().add_modifier(Modifier::DIM));
    let mut lines = Vec::new();
    for (cells, style) in rows {
        let texts = layout.shown.iter().map(|&at| {
            let Cell { text, short } = &cells[at];
            (if layout.is_narrow { short } else { text }).clone()
        });
        lines.push(row(columns, &layout, texts.collect()).style(style));
    }
    let widths = layout.widths.iter().copied().map(Constraint::Length);
    Table::new(lines, widths).header(heading).column_spacing(layout.spacing())
}

/// The columns that are shown, and how.
struct Layout {
    shown: Vec<usize>,
    widths: Vec<u16>,
    is_narrow: bool,
    has_short_headings: bool,
}

impl Layout {
    fn of(columns: &[Column], rows: &[(Vec<Cell>, Style)], shown: Vec<usize>, is_narrow: bool, is_short: bool) -> Self {
        let mut widths = Vec::new();
        for &at in &shown {
            let Column { heading, short, wide, narrow, .. } = columns[at];
            let mut widest = text_width(if is_short { short } else { heading });
            for (cells, _) in rows {
                let Cell { text, short } = &cells[at];
                widest = widest.max(text_width(if is_narrow { short } else { text }));
            }
            widths.push(widest.max(if is_narrow { narrow } else { wide }));
        }
        Self { shown, widths, is_narrow, has_short_headings: is_short }
    }

    fn spacing(&self) -> u16 {
        if self.is_narrow { 1 } else { 2 }
    }

    fn width(&self) -> u16 {
        let gaps = u16::try_from(self.widths.len().saturating_sub(1)).unwrap_or(u16::MAX);
        let widths = self.widths.iter().fold(0_u16, |sum, width| sum.saturating_add(*width));
        widths.saturating_add(gaps.saturating_mul(self.spacing()))
    }
}

fn fit(columns: &[Column], rows: &[(Vec<Cell>, Style)], width: u16) -> Layout {
    let mut shown: Vec<usize> = (0..columns.len()).collect();
    let mut layout = Layout::of(columns, rows, shown.clone(), false, false);
    let mut is_short = false;
    while layout.width() > width {
        if layout.is_narrow {
            let next = shown.iter().copied().filter(|&at| columns[at].leaves > 0).min_by_key(|&at| columns[at].leaves);
            match next {
                Some(at) if columns[at].is_shortened_first && !is_short => is_short = true,
                Some(at) => shown.retain(|&other| other != at),
                None if !is_short => is_short = true,
                None => break,
            }
        }
        layout = Layout::of(columns, rows, shown.clone(), true, is_short);
    }
    // Only the first column is a name of any length.
    let excess = layout.width().saturating_sub(width);
    if let Some(first) = layout.widths.first_mut() {
        *first = first.saturating_sub(excess).max(1);
    }
    layout
}

fn row(columns: &[Column], layout: &Layout, cells: Vec<String>) -> Row<'static> {
    let aligned = cells.into_iter().zip(&layout.shown).zip(&layout.widths).map(|((cell, &at), &width)| {
        let alignment = if columns[at].is_text { Alignment::Left } else { Alignment::Right };
        Line::from(shortened(cell, width)).alignment(alignment)
    });
    Row::new(aligned.collect::<Vec<_>>())
}

/// The text, or the beginning of it that fits with an ellipsis.
pub(crate) fn shortened(text: String, width: u16) -> String {
    if text_width(&text) <= width {
        return text;
    }
    let mut short = String::new();
    for c in text.chars() {
        short.push(c);
        if text_width(&short) >= width {
            short.pop();
            break;
        }
    }
    short.push('…');
    short
}

fn text_width(text: &str) -> u16 {
    u16::try_from(Line::from(text).width()).unwrap_or(u16::MAX)
}

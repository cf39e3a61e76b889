//! The timeline of a run: one row for each execution.

mod html;
mod rows;
mod svg;

pub use self::{html::TimelineHtml, svg::TimelineSvg};

//! The timeline as a self-contained HTML page.

use super::svg::write_timeline;
use crate::{graph::escape, run_trace::data::RunTrace};
use std::fmt;

/// The timeline of a run as a self-contained HTML page. Returned by [`RunTrace::timeline_html`].
#[derive(Debug, Clone, Copy)]
#[cfg_attr(docsrs, doc(cfg(feature = "svg")))]
pub struct TimelineHtml<'a>(&'a RunTrace);

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

impl RunTrace {
    /// Renders the timeline of the run as a self-contained HTML page. Needs the feature `svg`.
    ///
    /// The page loads nothing from the network. It shows [the picture](Self::timeline_svg); scroll with Ctrl to zoom,
    /// type to find steps, and click a row for the details of its attempts. It is light or dark as the reader prefers,
    /// with a button to change that.
    #[must_use]
    pub fn timeline_html(&self) -> TimelineHtml<'_> {
        TimelineHtml(self)
    }
}

impl fmt::Display for TimelineHtml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = escape(&format!("{} {}", self.0.workflow, self.0.run_id));
        writeln!(f, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
        writeln!(f, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
        writeln!(f, "<meta name=\"color-scheme\" content=\"light dark\">")?;
        writeln!(f, "<title>{name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<div id=\"view\">")?;
        write_timeline(self.0, f)?;
        writeln!(f, "</div>\n<aside hidden></aside>")?;
        writeln!(
            f,
            "<header><input id=\"find\" type=\"search\" placeholder=\"Find steps\" aria-label=\"Find steps\">\
             <button id=\"out\" title=\"Zoom out\">−</button><button id=\"in\" title=\"Zoom in\">+</button>\
             <button id=\"fit\">Fit</button><button id=\"theme\">Light / dark</button></header>"
        )?;
        writeln!(f, "<script>\n{SCRIPT}</script>\n</body>\n</html>")
    }
}

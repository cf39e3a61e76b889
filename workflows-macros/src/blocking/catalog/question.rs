//! Questions that probes ask about values.

use super::origin::RowOrigin;
use proc_macro2::TokenStream;

/// A question about a value.
pub(crate) struct Question {
    /// The marker type of a method name.
    pub(crate) marker: TokenStream,
    /// Whether only pointers of std are dereferenced.
    pub(crate) is_near: bool,
    pub(crate) parts: Parts,
}

/// Whether a question is about the iterators from which an adapter takes its items.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parts {
    No,
    Also,
    Only,
}

impl Question {
    /// The questions about an iterator whose items a call takes.
    pub(crate) fn of_items(has_streams: bool) -> Vec<Self> {
        let origins = [Some(RowOrigin::Runtime), has_streams.then_some(RowOrigin::Crate)];
        let markers = origins.into_iter().flatten().map(|origin| origin.marker("items"));
        markers.map(|marker| Self { marker, is_near: true, parts: Parts::Also }).collect()
    }
}

impl From<TokenStream> for Question {
    fn from(marker: TokenStream) -> Self {
        Self { marker, is_near: false, parts: Parts::No }
    }
}

//! Dotted paths into a tree of values.

use serde_json::Value;
use std::sync::Arc;

/// More than anybody writes by hand; a longer path is a mistake of a program.
pub(super) const MOST: usize = 1000;

/// Why a path into a [`StateMap`](crate::StateMap) leads nowhere, or what is there can't be used.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// There is nothing of that name.
    #[error("there is nothing at `{path}`")]
    Missing {
        /// The path, up to the segment that leads nowhere.
        path: String,
    },
    /// The list is shorter.
    #[error("there is nothing at `{path}`: the list has {len} element{}", if *len == 1 { "" } else { "s" })]
    OutOfRange {
        /// The path, up to the segment that leads nowhere.
        path: String,
        /// How many elements there are.
        len: usize,
    },
    /// An element of a list has a number.
    #[error("there is nothing at `{path}`: what is in a list has a number, from 0, or from -1 backwards")]
    NotANumber {
        /// The path, up to the segment that leads nowhere.
        path: String,
    },
    /// The path goes into something that has no parts.
    #[error("there is nothing at `{path}`: what it should be in is {found}, and has no parts")]
    NoParts {
        /// The path, up to the segment that leads nowhere.
        path: String,
        /// What is there, such as "a number".
        found: &'static str,
    },
    /// There are more segments than 1000.
    #[error("a path of {segments} segments is too long: {MOST} are the most")]
    TooLong {
        /// How many there are.
        segments: usize,
    },
    /// The empty path is the whole state, which has no place of its own.
    #[error("the empty path is the whole state: name a place in it, or `clear` it")]
    Empty,
    /// What is there is not what it is asked for as.
    #[error("{} does not fit: {source}", whole_or(path))]
    Unfitting {
        /// The path.
        path: String,
        /// What does not fit.
        source: Arc<serde_json::Error>,
    },
    /// The value cannot be written down as JSON, such as a map whose keys are no text.
    #[error("what is to be at `{path}` cannot be written down: {source}")]
    Unwritable {
        /// The path.
        path: String,
        /// What stands in the way.
        source: Arc<serde_json::Error>,
    },
}

impl PathError {
    /// Whether there is just nothing there, rather than something that is wrong.
    pub(super) fn is_absence(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::OutOfRange { .. } | Self::NotANumber { .. } | Self::NoParts { .. })
    }
}

fn whole_or(path: &str) -> String {
    if path.is_empty() { "the whole state".to_owned() } else { format!("what is at `{path}`") }
}

/// One step on the way.
#[derive(Clone, Copy)]
pub(super) struct Segment<'a> {
    pub(super) name: &'a str,
    path: &'a str,
    /// Where it ends in the path.
    end: usize,
}

impl Segment<'_> {
    fn so_far(self) -> String {
        self.path[..self.end].to_owned()
    }

    pub(super) fn missing(self) -> PathError {
        PathError::Missing { path: self.so_far() }
    }

    pub(super) fn no_parts(self, value: &Value) -> PathError {
        PathError::NoParts { path: self.so_far(), found: kind(value) }
    }

    /// Which element of a list of this length it means.
    pub(super) fn index(self, len: usize) -> Result<usize, PathError> {
        let outside = || PathError::OutOfRange { path: self.so_far(), len };
        let index = match self.name.strip_prefix('-') {
            Some(back) => number(back).map(|back| len.checked_sub(back).filter(|_| back > 0)),
            None => number(self.name).map(Some),
        };
        let index = index.ok_or_else(|| PathError::NotANumber { path: self.so_far() })?;
        index.filter(|index| *index < len).ok_or_else(outside)
    }
}

/// One that is too large is out of every range.
fn number(text: &str) -> Option<usize> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(usize::MAX))
}

/// The segments of a path; none of the empty one.
pub(super) fn segments(path: &str) -> Result<impl DoubleEndedIterator<Item = Segment<'_>>, PathError> {
    let count = if path.is_empty() { 0 } else { path.split('.').count() };
    if count > MOST {
        return Err(PathError::TooLong { segments: count });
    }
    let names = path.split('.').take(count);
    // Each lies in the path, so that its place says where it ends.
    Ok(names.collect::<Vec<_>>().into_iter().map(move |name| {
        let end = name.as_ptr().addr() - path.as_ptr().addr() + name.len();
        Segment { name, path, end }
    }))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

//! Dotted paths into a tree of values.

use crate::error::StepError;
use serde_json::Value;

/// The largest number of segments. No person writes more; a longer path is a bug of a program.
pub(super) const MOST: usize = 1000;

/// The error of an access to a [`StateMap`](crate::StateMap) by path.
///
/// ```
/// use workflows_runtime::{PathError, StateMap};
///
/// let state = StateMap::default();
/// let error = state.get::<u8>("order.price").unwrap_err();
/// assert!(matches!(&error, PathError::Missing { path, .. } if path == "order"));
/// assert_eq!(error.to_string(), "no value at `order`");
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// A map has no such key.
    #[error("no value at `{path}`")]
    #[non_exhaustive]
    Missing {
        /// The path, up to the missing segment.
        path: String,
    },
    /// A list has no such index.
    #[error("no value at `{path}`: the list has {len} element{}", if *len == 1 { "" } else { "s" })]
    #[non_exhaustive]
    OutOfRange {
        /// The path, up to the index.
        path: String,
        /// The length of the list.
        len: usize,
    },
    /// The segment after a list is not a number.
    #[error("`{path}` is not a valid list index (use 0, 1, .. or -1, -2, .. from the end)")]
    #[non_exhaustive]
    NotAnIndex {
        /// The path, up to the segment.
        path: String,
    },
    /// The path continues behind a value that is neither a map nor a list.
    #[error("no value at `{path}`: its parent is {found}, neither a map nor a list")]
    #[non_exhaustive]
    NotAContainer {
        /// The path, up to the first segment behind the value.
        path: String,
        /// The kind of the value, such as "a number".
        found: &'static str,
    },
    /// The path has more than 1000 segments.
    #[error("the path has {segments} segments, at most {MOST} are allowed")]
    #[non_exhaustive]
    TooLong {
        /// The number of segments.
        segments: usize,
    },
    /// The empty path, which is the whole state, cannot be set or removed.
    #[error("the empty path is the whole state: name a place in it, or call `clear`")]
    Empty,
    /// The value at the path is not of the requested type.
    #[error("cannot deserialize {}: {source}", whole_or(path))]
    #[non_exhaustive]
    Deserialize {
        /// The path.
        path: String,
        /// The reason.
        source: StepError,
    },
    /// The new value cannot be represented as JSON, such as a map whose keys are not text.
    #[error("cannot serialize the value for `{path}`: {source}")]
    #[non_exhaustive]
    Serialize {
        /// The path.
        path: String,
        /// The reason.
        source: StepError,
    },
}

impl PathError {
    /// Whether it only reports that there is no value.
    pub(super) fn is_absence(&self) -> bool {
        matches!(
            self,
            Self::Missing { .. } | Self::OutOfRange { .. } | Self::NotAnIndex { .. } | Self::NotAContainer { .. }
        )
    }
}

fn whole_or(path: &str) -> String {
    if path.is_empty() { "the whole state".to_owned() } else { format!("the value at `{path}`") }
}

/// One segment of a path.
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
        PathError::NotAContainer { path: self.so_far(), found: kind(value) }
    }

    /// The index into a list of this length.
    pub(super) fn index(self, len: usize) -> Result<usize, PathError> {
        let outside = || PathError::OutOfRange { path: self.so_far(), len };
        let index = match self.name.strip_prefix('-') {
            Some(back) => number(back).map(|back| len.checked_sub(back).filter(|_| back > 0)),
            None => number(self.name).map(Some),
        };
        let index = index.ok_or_else(|| PathError::NotAnIndex { path: self.so_far() })?;
        index.filter(|index| *index < len).ok_or_else(outside)
    }
}

/// A number that is too large is out of every range.
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
    // Each segment is a slice of `path`, so its address gives its position.
    Ok(names.collect::<Vec<_>>().into_iter().map(move |name| {
        let end = name.as_ptr().addr() - path.as_ptr().addr() + name.len();
        Segment { name, path, end }
    }))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

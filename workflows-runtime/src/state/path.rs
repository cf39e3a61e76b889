//! Dotted paths into a tree of values.

use crate::error::StepError;
use serde_json::Value;

/// The maximum number of segments, and the deepest nesting of a tree. `serde_json` reads at most 127 nested maps
/// and lists, and the tree is inside of a snapshot, which may be inside of something else.
pub(super) const MOST: usize = 100;

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
    /// The path has more than 100 segments.
    #[error("the path has {segments} segments, at most {MOST} are allowed")]
    #[non_exhaustive]
    TooLong {
        /// The number of segments.
        segments: usize,
    },
    /// The value is nested so deeply that it could not be read again.
    #[error("the value for `{path}` is nested too deeply: at most {MOST} levels are allowed, {segments} are its path")]
    #[non_exhaustive]
    TooDeep {
        /// The path.
        path: String,
        /// The number of segments of the path.
        segments: usize,
    },
    /// The empty path, which is the whole state, cannot be set or removed.
    #[error("the empty path is the whole state: name a place in it, or call `clear`")]
    Empty,
    /// The attempt whose context gave access to the state has ended, so its changes no longer count.
    #[error("the attempt has ended: its changes of the state are discarded")]
    AttemptEnded,
    /// The value at the path is not of the requested type.
    #[error("cannot deserialize {}: {source}", whole_or(path))]
    #[non_exhaustive]
    Deserialize {
        /// The path.
        path: String,
        /// The reason.
        source: StepError,
    },
    /// The new value cannot be represented as JSON, such as a map whose keys are not text, or NaN.
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
    /// Returns whether this error means that there is no value at the path.
    pub(super) fn is_absence(&self) -> bool {
        matches!(
            self,
            Self::Missing { .. } | Self::OutOfRange { .. } | Self::NotAnIndex { .. } | Self::NotAContainer { .. }
        )
    }
}

/// Names the value at a path in a message.
fn whole_or(path: &str) -> String {
    if path.is_empty() { "the whole state".to_owned() } else { format!("the value at `{path}`") }
}

/// One segment of a path.
#[derive(Clone, Copy)]
pub(super) struct Segment<'a> {
    pub(super) name: &'a str,
    path: &'a str,
    /// The position of its end in `path`.
    end: usize,
}

impl Segment<'_> {
    /// Returns the path up to the end of this segment.
    fn so_far(self) -> String {
        self.path[..self.end].to_owned()
    }

    pub(super) fn missing(self) -> PathError {
        PathError::Missing { path: self.so_far() }
    }

    pub(super) fn no_parts(self, value: &Value) -> PathError {
        PathError::NotAContainer { path: self.so_far(), found: kind(value) }
    }

    /// Returns the index into a list of this length. A negative segment counts from the end.
    pub(super) fn index(self, len: usize) -> Result<usize, PathError> {
        let (digits, from_end) = match self.name.strip_prefix('-') {
            Some(digits) => (digits, true),
            None => (self.name, false),
        };
        let Some(number) = number(digits) else {
            return Err(PathError::NotAnIndex { path: self.so_far() });
        };
        let index = if from_end { len.checked_sub(number) } else { Some(number) };
        match index {
            // `-0` is `len` from the front, so it is out of range like every index after the last element.
            Some(index) if index < len => Ok(index),
            _ => Err(PathError::OutOfRange { path: self.so_far(), len }),
        }
    }
}

/// Parses an index. A number that does not fit becomes `usize::MAX`, which is out of range for every list.
fn number(text: &str) -> Option<usize> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(usize::MAX))
}

/// Splits a path into its segments. The empty path has none.
pub(super) fn segments(path: &str) -> Result<impl DoubleEndedIterator<Item = Segment<'_>> + Clone, PathError> {
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

/// Names the kind of a value in a message.
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

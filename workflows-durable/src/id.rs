//! Which ids the runs of a host may have.

use workflows_runtime::RunId;

/// The most bytes of an id that a caller or a step sets.
pub(crate) const MAX_LEN: usize = 256;

/// Why a run cannot have an id: operators type it, logs print it, and it is in the ids of children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidId {
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// It contains this control character, such as a line break.
    #[error("it contains the control character {0:?}")]
    Control(char),
    /// It has this number of bytes, which are more than 256.
    #[error("it has {0} bytes, which are more than {MAX_LEN}")]
    TooLong(usize),
}

impl InvalidId {
    /// Checks an id that is not made by the host.
    pub(crate) fn check(id: &RunId) -> Result<(), Self> {
        let id = id.as_str();
        if id.is_empty() {
            return Err(Self::Empty);
        }
        if let Some(control) = id.chars().find(|char| char.is_control()) {
            return Err(Self::Control(control));
        }
        if id.len() > MAX_LEN { Err(Self::TooLong(id.len())) } else { Ok(()) }
    }
}

/// The beginning of an id as it is quoted in errors.
pub(crate) fn quoted(id: &RunId) -> String {
    let mut begin: String = id.as_str().chars().take(40).collect();
    if begin.len() < id.as_str().len() {
        begin.push('…');
    }
    format!("{begin:?}")
}

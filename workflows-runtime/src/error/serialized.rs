//! The serialized form of a `StepError`: its messages.

use super::step::StepError;
use core::fmt;
use serde::{Deserialize, Serialize};
use std::error::Error;

/// The serialized form of an error: its text, and those of its causes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename = "StepError")]
struct SerializedError {
    message: String,
    // Never skipped: some formats identify a field by its position.
    #[serde(default)]
    causes: Vec<String>,
}

/// A deserialized error. It has the texts, but not the types.
#[derive(Debug)]
struct Restored {
    message: String,
    cause: Option<Box<Restored>>,
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Restored {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// Serializes the text of the error and the texts of its causes.
impl Serialize for StepError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut causes, mut cause) = (Vec::new(), self.0.source());
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        SerializedError { message: self.to_string(), causes }.serialize(serializer)
    }
}

/// Deserializes an error with the same texts. The types are lost: [`StepError::is`] and
/// [`StepError::find`] return nothing.
impl<'de> Deserialize<'de> for StepError {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let SerializedError { message, causes } = SerializedError::deserialize(deserializer)?;
        let wrap = |cause, message| Some(Box::new(Restored { message, cause }));
        let cause = causes.into_iter().rev().fold(None, wrap);
        Ok(Self::from(Restored { message, cause }))
    }
}

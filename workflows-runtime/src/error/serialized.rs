//! The serialized form of a `StepError`: its messages, and the name of its type.

use super::{inner::Inner, step::StepError};
use core::fmt;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{SeqAccess, Visitor},
};
use std::error::Error;

/// The most causes of an error that are serialized and deserialized. A longer chain is a mistake, or endless; and a
/// chain is dropped recursively.
const MAX_CAUSES: usize = 64;

/// The serialized form of an error: its text and the name of its type, and the texts of its causes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename = "StepError")]
struct SerializedError {
    message: String,
    // Never skipped: some formats identify a field by its position.
    #[serde(default)]
    type_name: Option<String>,
    #[serde(default, deserialize_with = "first_causes")]
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

/// Deserializes the first causes, and skips the rest.
fn first_causes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct FirstCauses;

    impl<'de> Visitor<'de> for FirstCauses {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the messages of the causes")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<String>, A::Error> {
            let mut causes = Vec::new();
            while causes.len() < MAX_CAUSES {
                match seq.next_element()? {
                    Some(cause) => causes.push(cause),
                    None => return Ok(causes),
                }
            }
            // A string and not `IgnoredAny`, which needs a format that is self-describing.
            while seq.next_element::<String>()?.is_some() {}
            Ok(causes)
        }
    }

    deserializer.deserialize_seq(FirstCauses)
}

/// Serializes the text of the error, the name of its type, and the texts of its first 64 causes.
impl Serialize for StepError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut causes, mut cause) = (Vec::new(), self.source());
        while let Some(error) = cause
            && causes.len() < MAX_CAUSES
        {
            causes.push(error.to_string());
            cause = error.source();
        }
        let type_name = self.type_name().map(str::to_owned);
        SerializedError { message: self.to_string(), type_name, causes }.serialize(serializer)
    }
}

/// Deserializes an error with the same texts and the same [type name](StepError::type_name), and at most 64 causes.
/// The types are lost: [`StepError::is`] and [`StepError::find`] return nothing.
impl<'de> Deserialize<'de> for StepError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let SerializedError { message, type_name, causes } = SerializedError::deserialize(deserializer)?;
        let wrap = |cause, message| Some(Box::new(Restored { message, cause }));
        let cause = causes.into_iter().rev().fold(None, wrap);
        Ok(Self::new(Inner::new(Box::new(Restored { message, cause }), type_name.map(Into::into))))
    }
}

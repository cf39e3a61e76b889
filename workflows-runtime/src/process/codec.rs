//! The format of values between processes: `MessagePack` with names.
//!
//! Self-describing, because serde's attributes need that: a positional format confuses the fields around one that is
//! skipped, and cannot read an untagged enum.

use crate::round_trip::{self, Limits};
use serde::{Serialize, de::DeserializeOwned};

/// A value that can be sent to another process: owned, and serializable in both directions.
///
/// Implemented for all types that implement `Serialize` and `DeserializeOwned`, and are `Send` and `'static`.
#[diagnostic::on_unimplemented(
    message = "W051: `{Self}` cannot be sent to another process",
    label = "not serializable",
    note = "arguments, results and published items of isolated code are serialized: put `#[derive(Serialize, Deserialize)]` on the type, or pass what it is made of"
)]
pub trait IsolatedValue: Serialize + DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> IsolatedValue for T {}

/// What the format can represent. It writes `Some(())` and `Some(None)` like `None`.
const LIMITS: Limits = Limits { depth: usize::MAX, has_non_finite: true, has_empty_some: false };

/// Appends the value.
pub(crate) fn write<T: Serialize>(value: &T, to: &mut Vec<u8>) -> Result<(), String> {
    round_trip::check(value, LIMITS).map_err(|unreadable| unreadable.to_string())?;
    let mut serializer =
        rmp_serde::Serializer::new(to).with_struct_map().with_bytes(rmp_serde::config::BytesMode::ForceIterables);
    value.serialize(&mut serializer).map_err(|error| error.to_string())
}

pub(crate) fn read<T: DeserializeOwned>(from: &[u8]) -> Result<T, String> {
    rmp_serde::from_slice(from).map_err(|error| error.to_string())
}

/// Reads the first value, and moves on to the next one.
pub(crate) fn read_next<T: DeserializeOwned>(from: &mut &[u8]) -> Result<T, String> {
    rmp_serde::from_read(from).map_err(|error| error.to_string())
}

/// How values of a type are written and read.
#[allow(missing_debug_implementations)]
pub struct ValueCodec<T> {
    write: fn(&T, &mut Vec<u8>) -> Result<(), String>,
    read: fn(&[u8]) -> Result<T, String>,
}

/// How a value of isolated code is written and read. Requires that its type can be sent to another process.
#[must_use]
pub const fn isolated_value<T: IsolatedValue>() -> ValueCodec<T> {
    ValueCodec { write, read }
}

impl<T> ValueCodec<T> {
    pub(crate) fn write(&self, value: &T, to: &mut Vec<u8>) -> Result<(), String> {
        (self.write)(value, to)
    }

    pub(crate) fn read(&self, from: &[u8]) -> Result<T, String> {
        (self.read)(from)
    }
}

//! The name of a run.

use core::fmt;
use std::sync::Arc;

/// Names a run in logs, events and errors: as given to [`Run::id`](crate::Run::id), or ten random
/// letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunId(Repr);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Repr {
    /// Formatted only when somebody looks.
    Random(u64),
    Given(Arc<str>),
}

const MESSAGES: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const LENGTH: u32 = 10;

impl RunId {
    pub(crate) fn random() -> Self {
        Self(Repr::Random(fastrand::u64(0..36u64.pow(LENGTH))))
    }

    /// A number that goes with this name: what chance in the run is made from.
    pub(crate) fn seed(&self) -> u64 {
        match &self.0 {
            Repr::Random(number) => *number,
            Repr::Given(id) => id
                .bytes()
                .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)),
        }
    }
}

impl<T: Into<Arc<str>>> From<T> for RunId {
    fn from(id: T) -> Self {
        let id = id.into();
        // One that looks like a random one is held as such, so that equal names are equal.
        Self(number(&id).map_or(Repr::Given(id), Repr::Random))
    }
}

fn number(text: &str) -> Option<u64> {
    if text.len() != LENGTH as usize {
        return None;
    }
    text.bytes().try_fold(0, |number, message| {
        let digit = MESSAGES.iter().position(|known| *known == message)?;
        Some(number * 36 + digit as u64)
    })
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Given(id) => f.write_str(id),
            Repr::Random(number) => {
                let digit = |place| MESSAGES[usize::try_from(number / 36u64.pow(place) % 36).unwrap_or(0)] as char;
                f.write_str(&(0..LENGTH).rev().map(digit).collect::<String>())
            }
        }
    }
}

//! `RunId`: the name of a run.

use core::{cmp::Ordering, fmt, hash::Hash, hash::Hasher};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Borrow, str, sync::Arc};

/// The name of a run in logs, events and errors.
///
/// [`Run::id`](crate::Run::id) sets it; the default is ten random letters and digits. It compares, hashes,
/// prints and serializes like the string that it is.
///
/// ```
/// use workflows_runtime::RunId;
///
/// let id = RunId::from("order-7");
/// assert_eq!(id.as_str(), "order-7");
/// assert!(id < RunId::from("order-8"));
/// ```
#[derive(Clone)]
pub struct RunId(Repr);

/// Invariant: a name of [`LENGTH`] bytes is `Inline`, so equal names have one representation.
#[derive(Clone)]
enum Repr {
    /// Valid UTF-8. A random name is inline, so starting a run does not allocate for it.
    Inline([u8; LENGTH]),
    Shared(Arc<str>),
}

const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
const LENGTH: usize = 10;

/// Two digits by ten bits: each run has an id, and one lookup for each digit takes twice as long.
static PAIRS: [[u8; 2]; 1024] = {
    let mut pairs = [[0; 2]; 1024];
    let mut number = 0;
    while number < pairs.len() {
        pairs[number] = [DIGITS[number & 31], DIGITS[number >> 5]];
        number += 1;
    }
    pairs
};

impl RunId {
    pub(crate) fn random() -> Self {
        let number = fastrand::u64(..);
        let mut name = [0; LENGTH];
        for (place, pair) in name.as_chunks_mut().0.iter_mut().enumerate() {
            *pair = PAIRS[(number >> (10 * place) & 1023) as usize];
        }
        Self(Repr::Inline(name))
    }

    /// The number from which a run derives its random delays. Equal names have equal seeds.
    pub(crate) fn seed(&self) -> u64 {
        match &self.0 {
            Repr::Inline(bytes) => {
                let head = u64::from_le_bytes(core::array::from_fn(|place| bytes[place]));
                let tail = u16::from_le_bytes(core::array::from_fn(|place| bytes[8 + place]));
                head ^ u64::from(tail).rotate_right(16)
            }
            Repr::Shared(id) => id
                .bytes()
                .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)),
        }
    }

    /// Returns the name.
    ///
    /// ```
    /// assert_eq!(workflows_runtime::RunId::from("order-7").as_str(), "order-7");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Inline(bytes) => str::from_utf8(bytes).unwrap_or_default(),
            Repr::Shared(id) => id,
        }
    }

    fn inline(id: &str) -> Option<Self> {
        id.as_bytes().try_into().ok().map(|bytes| Self(Repr::Inline(bytes)))
    }
}

impl From<&str> for RunId {
    fn from(id: &str) -> Self {
        Self::inline(id).unwrap_or_else(|| Self(Repr::Shared(id.into())))
    }
}

impl From<String> for RunId {
    fn from(id: String) -> Self {
        Self::inline(&id).unwrap_or_else(|| Self(Repr::Shared(id.into())))
    }
}

impl From<Arc<str>> for RunId {
    fn from(id: Arc<str>) -> Self {
        Self::inline(&id).unwrap_or(Self(Repr::Shared(id)))
    }
}

impl From<&Self> for RunId {
    fn from(id: &Self) -> Self {
        id.clone()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.as_str().to_owned()
    }
}

impl AsRef<str> for RunId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

// `Eq`, `Ord` and `Hash` are those of the string, as `Borrow` demands.
impl Borrow<str> for RunId {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for RunId {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for RunId {}

impl PartialEq<str> for RunId {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for RunId {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for RunId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RunId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for RunId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RunId").field(&self.as_str()).finish()
    }
}

impl Serialize for RunId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn random_ids_have_ten_letters_and_digits() {
        let id = RunId::random();
        assert_eq!(id.as_str().len(), LENGTH);
        assert!(id.as_str().bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()));
        assert_ne!(id, RunId::random());
    }

    #[test]
    fn ids_compare_hash_and_serialize_like_strings() {
        for name in ["", "order-7", "ten_letter", "fünf·zehn", "a longer name than ten"] {
            let (a, b) = (RunId::from(name), RunId::from(Arc::<str>::from(name)));
            assert_eq!((a.as_str(), &a, a.seed()), (name, &b, b.seed()));
            assert_eq!(BTreeMap::from([(a.clone(), 1)]).get(name), Some(&1));
            let json = serde_json::to_string(&a).unwrap();
            assert_eq!(json, serde_json::to_string(name).unwrap());
            assert_eq!(serde_json::from_str::<RunId>(&json).unwrap(), a);
        }
        let (shorter, longer) = (RunId::from("abcdefghij"), RunId::from("abcdefghijk"));
        assert!(shorter < longer);
    }
}

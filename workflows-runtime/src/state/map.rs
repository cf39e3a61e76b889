//! `StateMap`: the state of a workflow that does not declare a state type.

use super::path::{MOST, PathError, Segment, segments};
use crate::round_trip::{self, Limits, Unreadable};
use core::fmt;
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, Error as _},
};
use serde_json::{Map, Value};

/// A tree of JSON values, accessed by path: the state of a workflow that declares no `state = T`.
///
/// A path such as `"order.items.-1.price"` names a value. Each segment is a key of a map or an index into
/// a list: 0, 1, .. from the front, -1, -2, .. from the end. Values are of any type that serializes to
/// JSON. A step uses [`State::at`](crate::State::at) on its context's state. An empty map does not
/// allocate.
///
/// ```
/// use workflows_runtime::StateMap;
///
/// # fn main() -> Result<(), workflows_runtime::PathError> {
/// let mut state = StateMap::default();
/// state.set("order.items", ["tea", "cake"])?;
/// state.set("order.paid", false)?;
/// assert_eq!(state.get::<String>("order.items.-1")?, "cake");
/// assert_eq!(state.get_or("order.discount", 0)?, 0);
/// assert_eq!(state.get::<u8>("order.price").unwrap_err().to_string(), "no value at `order.price`");
/// # Ok(())
/// # }
/// ```
///
/// In a human-readable format it serializes as the tree itself. In a binary format it serializes as a
/// string of JSON, as such formats are not self-describing. A tree is nested at most 100 levels: a deeper
/// one is refused by [`set`](Self::set), and when it is deserialized.
#[derive(Clone, Default, PartialEq)]
pub struct StateMap(Map<String, Value>);

impl StateMap {
    /// Returns the value at a path. The empty path is the whole map.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no value, if it is not a `T`, or if the path has more than 100
    /// segments.
    ///
    /// ```
    /// # use workflows_runtime::StateMap;
    /// # fn main() -> Result<(), workflows_runtime::PathError> {
    /// let mut state = StateMap::default();
    /// state.set("order.items", ["tea", "cake"])?;
    /// assert_eq!(state.get::<Vec<String>>("order.items")?, ["tea", "cake"]);
    /// assert_eq!(state.get::<String>("order.items.0")?, "tea");
    /// # Ok(())
    /// # }
    /// ```
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, PathError> {
        let mut segments = segments(path)?;
        let invalid = |error: serde_json::Error| PathError::Deserialize { path: path.to_owned(), source: error.into() };
        let Some(first) = segments.next() else {
            return T::deserialize(&self.0).map_err(invalid);
        };
        let mut value = self.0.get(first.name).ok_or_else(|| first.missing())?;
        for segment in segments {
            value = inside(value, segment)?;
        }
        T::deserialize(value).map_err(invalid)
    }

    /// Returns the value at a path, or `default` if there is none.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is not a `T`, or if the path has more than 100 segments.
    ///
    /// ```
    /// # use workflows_runtime::StateMap;
    /// # fn main() -> Result<(), workflows_runtime::PathError> {
    /// let mut state = StateMap::default();
    /// assert_eq!(state.get_or("visits", 0)?, 0);
    /// state.set("visits", "many")?;
    /// assert!(state.get_or("visits", 0).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_or<T: DeserializeOwned>(&self, path: &str, default: T) -> Result<T, PathError> {
        match self.get(path) {
            Err(error) if error.is_absence() => Ok(default),
            result => result,
        }
    }

    /// Returns whether there is a value at a path.
    ///
    /// ```
    /// # use workflows_runtime::StateMap;
    /// # fn main() -> Result<(), workflows_runtime::PathError> {
    /// let mut state = StateMap::default();
    /// state.set("order.paid", false)?;
    /// assert!(state.contains("order.paid"));
    /// assert!(!state.contains("order.total"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        self.get::<serde::de::IgnoredAny>(path).is_ok()
    }

    /// Sets the value at a path. Creates missing maps on the way; lists do not grow.
    ///
    /// # Errors
    ///
    /// Returns an error if the path is empty, has more than 100 segments or continues behind a value
    /// that is neither a map nor a list, if an index is out of range, if the value cannot be represented
    /// as JSON, or if path and value together are nested more than 100 levels. The map is then unchanged.
    ///
    /// ```
    /// # use workflows_runtime::StateMap;
    /// # fn main() -> Result<(), workflows_runtime::PathError> {
    /// let mut state = StateMap::default();
    /// state.set("order.items", ["tea", "cake"])?;
    /// state.set("order.items.1", "pie")?;
    /// assert_eq!(state.get::<String>("order.items.1")?, "pie");
    /// assert!(state.set("order.items.2", "jam").is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn set(&mut self, path: &str, value: impl Serialize) -> Result<(), PathError> {
        let mut segments = segments(path)?;
        let last = segments.next_back().ok_or(PathError::Empty)?;
        let unwritable = |source| PathError::Serialize { path: path.to_owned(), source };
        let around = segments.clone().count() + 1;
        let limits = Limits { depth: MOST - around, has_non_finite: false, has_empty_some: true };
        match round_trip::check(&value, limits) {
            Ok(()) => {}
            Err(Unreadable::Nested { .. }) => {
                return Err(PathError::TooDeep { path: path.to_owned(), segments: around });
            }
            Err(unreadable) => return Err(unwritable(unreadable.into())),
        }
        let value = serde_json::to_value(value).map_err(|error| unwritable(error.into()))?;
        self.place(segments, last, value)
    }

    fn place<'a>(
        &mut self,
        mut segments: impl DoubleEndedIterator<Item = Segment<'a>>,
        last: Segment<'a>,
        value: Value,
    ) -> Result<(), PathError> {
        let Some(first) = segments.next() else {
            self.0.insert(last.name.to_owned(), value);
            return Ok(());
        };
        if !self.0.contains_key(first.name) {
            self.0.insert(first.name.to_owned(), nested(segments, last, value));
            return Ok(());
        }
        let mut place = &mut self.0[first.name];
        while let Some(segment) = segments.next() {
            // Built before it is inserted, so a failure changes nothing.
            if let Value::Object(map) = &*place
                && !map.contains_key(segment.name)
            {
                let rest = nested(segments, last, value);
                put(place, segment, rest);
                return Ok(());
            }
            place = inside_mut(place, segment)?;
        }
        if !matches!(place, Value::Object(_)) {
            *inside_mut(place, last)? = value;
            return Ok(());
        }
        put(place, last, value);
        Ok(())
    }

    /// Removes the value at a path and returns whether there was one. Later elements of a list shift
    /// left.
    ///
    /// # Errors
    ///
    /// Returns an error if the path is empty or has more than 100 segments.
    ///
    /// ```
    /// # use workflows_runtime::StateMap;
    /// # fn main() -> Result<(), workflows_runtime::PathError> {
    /// let mut state = StateMap::default();
    /// state.set("order.items", ["tea", "cake"])?;
    /// assert!(state.remove("order.items.0")?);
    /// assert_eq!(state.get::<String>("order.items.0")?, "cake");
    /// assert!(!state.remove("order.total")?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn remove(&mut self, path: &str) -> Result<bool, PathError> {
        let mut segments = segments(path)?;
        let last = segments.next_back().ok_or(PathError::Empty)?;
        let Some(first) = segments.next() else {
            return Ok(self.0.remove(last.name).is_some());
        };
        let Some(mut place) = self.0.get_mut(first.name) else { return Ok(false) };
        for segment in segments {
            match inside_mut(place, segment) {
                Ok(next) => place = next,
                Err(_) => return Ok(false),
            }
        }
        Ok(match place {
            Value::Object(map) => map.remove(last.name).is_some(),
            Value::Array(elements) => last.index(elements.len()).map(|index| elements.remove(index)).is_ok(),
            _ => false,
        })
    }

    /// Removes all values.
    ///
    /// ```
    /// # use workflows_runtime::StateMap;
    /// # fn main() -> Result<(), workflows_runtime::PathError> {
    /// let mut state = StateMap::default();
    /// state.set("visits", 1)?;
    /// state.clear();
    /// assert!(state.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns whether the map has no values.
    ///
    /// ```
    /// # use workflows_runtime::StateMap;
    /// assert!(StateMap::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Returns the value that a segment selects.
fn inside<'a>(value: &'a Value, segment: Segment<'_>) -> Result<&'a Value, PathError> {
    match value {
        Value::Object(map) => map.get(segment.name).ok_or_else(|| segment.missing()),
        Value::Array(list) => Ok(&list[segment.index(list.len())?]),
        other => Err(segment.no_parts(other)),
    }
}

/// Like [`inside`], for a mutable value.
fn inside_mut<'a>(value: &'a mut Value, segment: Segment<'_>) -> Result<&'a mut Value, PathError> {
    match value {
        Value::Object(map) => map.get_mut(segment.name).ok_or_else(|| segment.missing()),
        Value::Array(list) => {
            let index = segment.index(list.len())?;
            Ok(&mut list[index])
        }
        other => Err(segment.no_parts(other)),
    }
}

/// Returns nested maps, one per segment, with the value in the innermost one.
fn nested<'a>(segments: impl DoubleEndedIterator<Item = Segment<'a>>, last: Segment<'a>, value: Value) -> Value {
    let wrap = |value, segment: Segment<'_>| Value::Object(Map::from_iter([(segment.name.to_owned(), value)]));
    segments.rev().fold(wrap(value, last), wrap)
}

/// Inserts the value under the segment's name. Does nothing if `place` is not a map.
fn put(place: &mut Value, segment: Segment<'_>, value: Value) {
    if let Value::Object(map) = place {
        map.insert(segment.name.to_owned(), value);
    }
}

impl fmt::Debug for StateMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.0).finish()
    }
}

impl Serialize for StateMap {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        let text = serde_json::to_string(&self.0).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for StateMap {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = if deserializer.is_human_readable() {
            Map::deserialize(deserializer)?
        } else {
            let text = String::deserialize(deserializer)?;
            serde_json::from_str(&text).map_err(D::Error::custom)?
        };
        let limits = Limits { depth: MOST, has_non_finite: false, has_empty_some: true };
        round_trip::check(&map, limits).map_err(D::Error::custom)?;
        Ok(Self(map))
    }
}

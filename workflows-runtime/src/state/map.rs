//! The state of a workflow that declares none: an open map.

use super::path::{PathError, Segment, segments};
use core::fmt;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::sync::Arc;

/// An open tree of values: the state of a workflow that does not declare one with `state = T`.
///
/// A path such as `"order.items.-1.price"` names a place: each segment is a key of a map or the
/// number of an element of a list, from 0, or from -1 backwards. What is put in and taken out is any
/// type that can be written down as JSON. Through a context it is used with
/// [`State::at`](crate::State::at). An empty one allocates nothing.
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
/// assert_eq!(state.get::<u8>("order.price").unwrap_err().to_string(), "there is nothing at `order.price`");
/// # Ok(())
/// # }
/// ```
///
/// Written down it is that tree; in a format that is not for people, it is JSON in a text, since
/// such formats cannot say what they hold. JSON is read back only if it is less than 128 deep.
#[derive(Clone, Default, PartialEq)]
pub struct StateMap(Map<String, Value>);

impl StateMap {
    /// What is at a path; the empty one is the whole.
    ///
    /// # Errors
    ///
    /// There is nothing, or it is not a `T`, or the path is longer than 1000 segments.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, PathError> {
        let mut segments = segments(path)?;
        let unfitting = |error| PathError::Unfitting { path: path.to_owned(), source: Arc::new(error) };
        let Some(first) = segments.next() else {
            return T::deserialize(&self.0).map_err(unfitting);
        };
        let mut value = self.0.get(first.name).ok_or_else(|| first.missing())?;
        for segment in segments {
            value = inside(value, segment)?;
        }
        T::deserialize(value).map_err(unfitting)
    }

    /// What is at a path, or `default` if there is nothing.
    ///
    /// # Errors
    ///
    /// What is there is not a `T`, or the path is longer than 1000 segments.
    pub fn get_or<T: DeserializeOwned>(&self, path: &str, default: T) -> Result<T, PathError> {
        match self.get(path) {
            Err(error) if error.is_absence() => Ok(default),
            result => result,
        }
    }

    /// Whether there is anything at a path.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        self.get::<serde::de::IgnoredAny>(path).is_ok()
    }

    /// Puts a value at a path, in place of what is there. Maps that are missing on the way are made;
    /// lists don't grow.
    ///
    /// # Errors
    ///
    /// The path is empty or longer than 1000 segments, or goes into what has no parts or not so many
    /// elements, or the value cannot be written down as JSON. Then nothing is changed.
    pub fn set(&mut self, path: &str, value: impl Serialize) -> Result<(), PathError> {
        let mut segments = segments(path)?;
        let last = segments.next_back().ok_or(PathError::Empty)?;
        let value = serde_json::to_value(value)
            .map_err(|error| PathError::Unwritable { path: path.to_owned(), source: Arc::new(error) })?;
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
            // Made whole and then put in, so that a failure leaves nothing half made.
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

    /// Takes out what is at a path, and says whether there was anything. The elements of a list that
    /// come behind it move up.
    ///
    /// # Errors
    ///
    /// The path is empty or longer than 1000 segments.
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

    /// Takes out everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn inside<'a>(value: &'a Value, segment: Segment<'_>) -> Result<&'a Value, PathError> {
    match value {
        Value::Object(map) => map.get(segment.name).ok_or_else(|| segment.missing()),
        Value::Array(list) => Ok(&list[segment.index(list.len())?]),
        other => Err(segment.no_parts(other)),
    }
}

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

/// Maps in maps, and the value in the innermost.
fn nested<'a>(segments: impl DoubleEndedIterator<Item = Segment<'a>>, last: Segment<'a>, value: Value) -> Value {
    let wrap = |value, segment: Segment<'_>| Value::Object(Map::from_iter([(segment.name.to_owned(), value)]));
    segments.rev().fold(wrap(value, last), wrap)
}

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
        if deserializer.is_human_readable() {
            return Map::deserialize(deserializer).map(Self);
        }
        let text = String::deserialize(deserializer)?;
        serde_json::from_str(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

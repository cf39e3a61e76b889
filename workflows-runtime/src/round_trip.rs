//! Whether a value that serializes can be deserialized again.
//!
//! Some formats write what they cannot read: `serde_json` reads at most 127 nested containers, and writes NaN as
//! `null`. [`check`] finds such values before they are stored.

use core::fmt;
use serde::{
    Serialize, Serializer,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
        SerializeTupleVariant,
    },
};

/// The permitted contents of a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The most lists and maps inside each other, as JSON counts them.
    pub(crate) depth: usize,
    /// Whether numbers may be infinite or NaN.
    pub(crate) has_non_finite: bool,
    /// Whether `Some` may have nothing in it. Formats without a mark for `Some` read `None` then.
    pub(crate) has_empty_some: bool,
}

/// Why a value cannot be deserialized again.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// It is nested deeper than [`Limits::depth`].
    Nested { limit: usize, place: Place },
    /// It contains a number that is infinite or NaN.
    NonFinite { number: f64, place: Place },
    /// It contains `Some(())` or `Some(None)`.
    EmptySome { place: Place },
    /// It does not serialize at all. Serializing it reports why.
    Refused,
}

/// The innermost type with a name around a value, and its field.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    of: Option<&'static str>,
    field: Option<&'static str>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.of, self.field) {
            (Some(of), Some(field)) => write!(f, "`{field}` of `{of}`"),
            (Some(of), None) => write!(f, "a value in `{of}`"),
            (None, _) => f.write_str("the value"),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nested { limit, place } => {
                write!(f, "{place} is nested too deeply to be read again, at most {limit} levels are allowed")
            }
            Self::NonFinite { number, place } => {
                write!(f, "{place} is {number}, which JSON cannot represent")
            }
            Self::EmptySome { place } => {
                write!(f, "{place} is `Some` with nothing in it, which would be read as `None`")
            }
            Self::Refused => f.write_str("the value does not serialize"),
        }
    }
}

impl std::error::Error for Unreadable {}

impl serde::ser::Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Refused
    }
}

/// Checks that a value can be deserialized again. `Ok` for a value that does not serialize.
pub(crate) fn check(value: &(impl Serialize + ?Sized), limits: Limits) -> Result<(), Unreadable> {
    let checker = Checker { limits, depth: 0, place: Place::default(), is_in_some: false };
    match value.serialize(checker) {
        Ok(()) | Err(Unreadable::Refused) => Ok(()),
        Err(unreadable) => Err(unreadable),
    }
}

/// A serializer without output.
#[derive(Clone, Copy)]
struct Checker {
    limits: Limits,
    /// The containers around the value.
    depth: usize,
    place: Place,
    /// Whether the value is directly in a `Some`.
    is_in_some: bool,
}

impl Checker {
    fn of(mut self, name: &'static str) -> Self {
        // The prelude's derive serializes a copy of the type, with a name that begins with underscores.
        let name = name.strip_prefix("__").unwrap_or(name);
        self.place = Place { of: Some(name), field: None };
        self
    }

    fn nested(mut self, levels: usize) -> Result<Self, Unreadable> {
        self.is_in_some = false;
        self.depth += levels;
        if self.depth > self.limits.depth {
            return Err(Unreadable::Nested { limit: self.limits.depth, place: self.place });
        }
        Ok(self)
    }

    fn nothing(self) -> Result<(), Unreadable> {
        if self.is_in_some && !self.limits.has_empty_some {
            return Err(Unreadable::EmptySome { place: self.place });
        }
        Ok(())
    }
}

/// The methods for values that any format can represent.
macro_rules! accept {
    ($($method:ident($($type:ty),*);)+) => {
        $(fn $method(self, $(_: $type),*) -> Result<(), Unreadable> {
            Ok(())
        })+
    };
}

impl Serializer for Checker {
    type Ok = ();
    type Error = Unreadable;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    accept! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_char(char);
        serialize_str(&str);
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_none(self) -> Result<(), Unreadable> {
        self.nothing()
    }

    fn serialize_unit(self) -> Result<(), Unreadable> {
        self.nothing()
    }

    fn serialize_f32(self, number: f32) -> Result<(), Unreadable> {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<(), Unreadable> {
        if number.is_finite() || self.limits.has_non_finite {
            return Ok(());
        }
        Err(Unreadable::NonFinite { number, place: self.place })
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Unreadable> {
        self.nested(1).map(drop)
    }

    fn serialize_some<T: Serialize + ?Sized>(mut self, value: &T) -> Result<(), Unreadable> {
        self.is_in_some = true;
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), Unreadable> {
        value.serialize(self.of(name))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unreadable> {
        value.serialize(self.of(name).nested(1)?)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Unreadable> {
        self.nested(1)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Unreadable> {
        self.nested(1)
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Self, Unreadable> {
        self.of(name).nested(1)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Unreadable> {
        self.of(name).nested(2)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Unreadable> {
        self.nested(1)
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Self, Unreadable> {
        self.of(name).nested(1)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Unreadable> {
        self.of(name).nested(2)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<(), Unreadable> {
        Ok(())
    }
}

/// The compound types whose elements have no names.
macro_rules! elements {
    ($($compound:ident, $method:ident;)+) => {
        $(impl $compound for Checker {
            type Ok = ();
            type Error = Unreadable;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unreadable> {
                value.serialize(*self)
            }

            fn end(self) -> Result<(), Unreadable> {
                Ok(())
            }
        })+
    };
}

elements! {
    SerializeSeq, serialize_element;
    SerializeTuple, serialize_element;
    SerializeTupleStruct, serialize_field;
    SerializeTupleVariant, serialize_field;
}

impl SerializeMap for Checker {
    type Ok = ();
    type Error = Unreadable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unreadable> {
        key.serialize(*self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unreadable> {
        value.serialize(*self)
    }

    fn end(self) -> Result<(), Unreadable> {
        Ok(())
    }
}

/// The compound types whose fields have names.
macro_rules! fields {
    ($($compound:ident),+) => {
        $(impl $compound for Checker {
            type Ok = ();
            type Error = Unreadable;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                field: &'static str,
                value: &T,
            ) -> Result<(), Unreadable> {
                let mut inner = *self;
                inner.place.field = Some(field);
                value.serialize(inner)
            }

            fn end(self) -> Result<(), Unreadable> {
                Ok(())
            }
        })+
    };
}

fields!(SerializeStruct, SerializeStructVariant);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Wrapped<T>(T);

    #[derive(Serialize)]
    struct Unit;

    fn is_refused(value: &impl Serialize) -> bool {
        let limits = Limits { depth: usize::MAX, has_non_finite: true, has_empty_some: false };
        matches!(check(value, limits), Err(Unreadable::EmptySome { .. }))
    }

    #[test]
    fn some_with_nothing_in_it_is_found() {
        assert!(is_refused(&Some(())));
        assert!(is_refused(&Some(None::<u32>)));
        assert!(is_refused(&Some(Wrapped(()))));
        assert!(is_refused(&vec![(1, Some(Some(None::<u32>)))]));
        assert!(is_refused(&Wrapped(vec![None, Some(Wrapped(None::<u32>))])));
        assert!(!is_refused(&None::<()>));
        assert!(!is_refused(&((), Some(Unit), Some(1))));
        assert!(!is_refused(&Some((None::<u32>, ()))));
        assert!(!is_refused(&Some(vec![None::<u32>])));
        assert!(!is_refused(&Some(Some(1))));
    }
}

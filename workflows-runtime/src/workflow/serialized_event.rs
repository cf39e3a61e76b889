//! The event enum of a workflow, and its serialized form: the variant's name, and the event.
//!
//! Serde's derive would generate the same form, and `#[allow(..)]`s that a user's crate may forbid.

use crate::event::Never;
use core::{fmt, marker::PhantomData};
use serde::{
    Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, EnumAccess, Error, Unexpected, VariantAccess, Visitor},
};

/// An event enum, in which each variant holds one event. Implemented by `__private::events!`.
pub trait EventEnum: Sized {
    /// The serialized names of the variants.
    const VARIANTS: &'static [&'static str];

    /// Returns the number of the variant.
    fn number(&self) -> u16;

    /// Serializes the event, without its variant.
    ///
    /// # Errors
    ///
    /// Returns the error of the serializer.
    fn serialize_event<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Deserializes the event of a variant. `None` if there is no variant with this number.
    fn deserialize_variant<'de, A: VariantAccess<'de>>(number: usize, event: A) -> Option<Result<Self, A::Error>>;
}

impl EventEnum for Never {
    const VARIANTS: &'static [&'static str] = &[];

    fn number(&self) -> u16 {
        match *self {}
    }

    fn serialize_event<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }

    fn deserialize_variant<'de, A: VariantAccess<'de>>(_: usize, _: A) -> Option<Result<Self, A::Error>> {
        None
    }
}

/// Defines the event enum of a workflow: a variant for each input of the graph, in the same order.
#[doc(hidden)]
#[macro_export]
macro_rules! __events {
    ($name:ident { $($number:literal = $variant:ident($event:ty)),* $(,)? }) => {
        #[derive(::core::clone::Clone)]
        pub enum $name {
            $($variant(<$event as $crate::__private::Hold<{ $crate::__private::is_large::<$event>() }>>::Held)),*
        }

        impl $crate::__private::EventEnum for $name {
            const VARIANTS: &'static [&'static ::core::primitive::str] = &[$(::core::stringify!($variant)),*];

            #[inline]
            fn number(&self) -> ::core::primitive::u16 {
                match *self {
                    $(Self::$variant(_) => $number,)*
                }
            }

            fn serialize_event<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                match *self {
                    $(Self::$variant(ref event) => $crate::__private::serde::Serialize::serialize(event, serializer),)*
                }
            }

            fn deserialize_variant<'de, A: $crate::__private::serde::de::VariantAccess<'de>>(
                number: ::core::primitive::usize,
                event: A,
            ) -> ::core::option::Option<::core::result::Result<Self, A::Error>> {
                match number {
                    $($number => ::core::option::Option::Some(::core::result::Result::map(
                        $crate::__private::serde::de::VariantAccess::newtype_variant(event),
                        Self::$variant,
                    )),)*
                    _ => ::core::option::Option::None,
                }
            }
        }

        #[automatically_derived]
        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::__private::serialize_variant(self, serializer)
            }
        }

        #[automatically_derived]
        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::__private::deserialize_event(deserializer)
            }
        }
    };
}

const NAME: &str = "__Event";

/// Serializes a variant and its event.
///
/// # Errors
///
/// Returns the error of the serializer.
pub fn serialize_variant<E: EventEnum, S: Serializer>(event: &E, serializer: S) -> Result<S::Ok, S::Error> {
    let number = event.number();
    serializer.serialize_newtype_variant(NAME, number.into(), E::VARIANTS[usize::from(number)], &OfVariant(event))
}

/// The event of a variant. One type for all events, so the methods of the serializer are compiled once for a workflow.
struct OfVariant<'a, E>(&'a E);

impl<E: EventEnum> Serialize for OfVariant<'_, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_event(serializer)
    }
}

/// Deserializes a variant and its event.
///
/// # Errors
///
/// Returns the error of the deserializer, and an error for an unknown variant.
pub fn deserialize_event<'de, E: EventEnum, D: Deserializer<'de>>(deserializer: D) -> Result<E, D::Error> {
    deserializer.deserialize_enum(NAME, E::VARIANTS, Variants(PhantomData))
}

struct Variants<E>(PhantomData<E>);

impl<'de, E: EventEnum> Visitor<'de> for Variants<E> {
    type Value = E;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event of the workflow")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<E, A::Error> {
        let (number, event) = data.variant_seed(VariantNumber(E::VARIANTS))?;
        E::deserialize_variant(number, event)
            .unwrap_or_else(|| Err(Error::invalid_value(Unexpected::Unsigned(number as u64), &self)))
    }
}

/// Deserializes the number of a variant, from its number or its name.
struct VariantNumber(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for VariantNumber {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for VariantNumber {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event of the workflow")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<usize, E> {
        match usize::try_from(number) {
            Ok(found) if found < self.0.len() => Ok(found),
            _ => Err(Error::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        match self.0.iter().position(|variant| *variant == name) {
            Some(number) => Ok(number),
            None => Err(Error::unknown_variant(name, self.0)),
        }
    }

    fn visit_bytes<E: Error>(self, name: &[u8]) -> Result<usize, E> {
        match core::str::from_utf8(name) {
            Ok(name) => self.visit_str(name),
            Err(_) => Err(Error::invalid_value(Unexpected::Bytes(name), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[allow(non_camel_case_types, unreachable_pub, reason = "as in generated code")]
    mod generated {
        crate::__private::events!(Two { 0 = on_a(u8), 1 = on_b(String) });
    }
    use generated::Two;

    /// What serde derives.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Derived {
        OnA(u8),
        OnB(String),
    }

    #[test]
    fn serialized_form_is_that_of_a_derive() {
        let ours = [Two::on_a(1), Two::on_b("x".to_owned())];
        let derived = [Derived::OnA(1), Derived::OnB("x".to_owned())];
        let json = serde_json::to_string(&ours).unwrap();
        assert_eq!(json, serde_json::to_string(&derived).unwrap());
        let read: [Two; 2] = serde_json::from_str(&json).unwrap();
        assert_eq!(read.each_ref().map(EventEnum::number), [0, 1]);
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        assert_eq!(serde_json::from_str::<[Derived; 2]>(&json).unwrap(), derived);
    }

    #[test]
    fn unknown_variant_is_an_error() {
        for json in [r#"{"on_c":1}"#, r#"{"on_a":"x"}"#, r#"{"on_a":1,"on_b":"x"}"#, "1", r#""on_a""#, "{}", "[]"] {
            assert!(serde_json::from_str::<Two>(json).is_err(), "{json}");
        }
        let error = serde_json::from_str::<Two>(r#"{"on_c":1}"#).err().unwrap().to_string();
        assert!(error.starts_with("unknown variant `on_c`, expected `on_a` or `on_b`"), "{error}");
    }
}

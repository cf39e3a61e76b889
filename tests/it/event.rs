//! Events: their serialized form, identity and names.

use serde_json::{from_value, json, to_value};
use std::fmt::Debug;
use workflows_runtime::{Payload, prelude::*};

#[event]
#[derive(PartialEq)]
struct Joke {
    text: String,
    laughs: Option<u32>,
}

#[event]
#[derive(PartialEq)]
enum Reaction {
    Laughter { seconds: u32 },
    Silence,
}

#[event]
#[derive(PartialEq)]
struct Ping;

#[event]
#[derive(PartialEq)]
struct Wrapped(Joke, Vec<Reaction>);

/// Serializes a value, and checks that it deserializes to an equal one.
#[track_caller]
fn serialized<T: Payload + PartialEq + Debug>(value: &T) -> serde_json::Value {
    let json = to_value(value).unwrap();
    assert_eq!(from_value::<T>(json.clone()).unwrap(), *value);
    json
}

#[test]
fn event_serializes_as_its_fields() {
    let joke = Joke { text: "knock".into(), laughs: None };
    assert_eq!(serialized(&joke), json!({ "text": "knock", "laughs": null }));
    assert_eq!(serialized(&Reaction::Laughter { seconds: 3 }), json!({ "Laughter": { "seconds": 3 } }));
    assert_eq!(serialized(&Reaction::Silence), json!("Silence"));
    assert_eq!(serialized(&Ping), json!(null));
    assert_eq!(
        serialized(&Wrapped(joke, vec![Reaction::Silence])),
        json!([{ "text": "knock", "laughs": null }, ["Silence"]])
    );
}

#[test]
fn value_that_does_not_match_the_fields_is_refused() {
    // Wrong types and missing fields are refused by serde here, and by the compiler in code.
    assert!(from_value::<Joke>(json!({ "text": 1, "laughs": null })).is_err());
    assert!(from_value::<Joke>(json!({ "laughs": 1 })).unwrap_err().to_string().contains("text"));
    assert!(from_value::<Reaction>(json!("Boo")).is_err());
}

#[test]
fn serde_attributes_of_fields_apply() {
    // Serde's attributes work on the fields of an event.
    #[event]
    #[derive(PartialEq)]
    struct Session {
        user: String,
        #[serde(skip)]
        token: Option<String>,
        #[serde(rename = "at")]
        when: u64,
    }
    let session = Session { user: "ida".into(), token: None, when: 7 };
    assert_eq!(serialized(&session), json!({ "user": "ida", "at": 7 }));
}

#[test]
fn event_has_a_name_debug_and_clone() {
    assert_eq!((Joke::NAME, Reaction::NAME, Ping::NAME), ("Joke", "Reaction", "Ping"));
    let joke = Joke { text: "knock".into(), laughs: Some(1) };
    assert_eq!(format!("{:?}", joke.clone()), "Joke { text: \"knock\", laughs: Some(1) }");
}

#[test]
fn wrappers_serialize_as_their_value() {
    // A wrapper adds nothing around its value.
    assert_eq!(serialized(&Start(5)), json!(5));
    assert_eq!(serialized(&Stop(vec![1, 2])), json!([1, 2]));
    assert_eq!(serialized(&InputRequired(Ping)), json!(null));
    assert_eq!(serialized(&HumanResponse("yes".to_owned())), json!("yes"));
}

#[test]
fn one_of_serializes_by_member_position() {
    type Either = OneOf<Joke, Ping>;
    let joke: Either = Joke { text: "knock".into(), laughs: None }.emit();
    assert_eq!(serialized(&joke), json!({ "A": { "text": "knock", "laughs": null } }));
    assert_eq!(serialized::<Either>(&Ping.emit()), json!({ "B": null }));
}

#[test]
fn one_of_has_up_to_twelve_members() {
    type Dozen = OneOf<u8, u16, u32, u64, u128, i8, i16, i32, i64, i128, char, bool>;
    assert!(matches!(1_u8.emit::<Dozen, _>(), OneOf::A(1)));
    assert!(matches!('x'.emit::<Dozen, _>(), OneOf::K('x')));
    assert!(matches!(true.emit::<Dozen, _>(), OneOf::L(true)));
}

#[tokio::test(start_paused = true)]
async fn events_are_identified_by_type_not_by_name() {
    mod other {
        #[workflows_runtime::event]
        pub(super) struct Ping;
    }

    #[workflow]
    struct Pings;
    #[workflow]
    impl Pings {
        #[step]
        async fn begin(&self, Start(other): Start<bool>) -> OneOf<Ping, other::Ping> {
            if other { other::Ping.emit() } else { Ping.emit() }
        }
        #[step]
        async fn own(&self, _ping: Ping) -> Stop<String> {
            Stop("own".into())
        }
        #[step]
        async fn other(&self, _ping: other::Ping) -> Stop<String> {
            Stop("other".into())
        }
    }
    assert_eq!(Pings.run(false).await.unwrap(), "own");
    assert_eq!(Pings.run(true).await.unwrap(), "other");
}

#[tokio::test(start_paused = true)]
async fn alias_of_an_event_is_the_same_event() {
    mod events {
        pub(super) use super::Ping as Signal;
    }
    type Tick = Ping;

    #[workflow]
    struct Aliases;
    #[workflow]
    impl Aliases {
        #[step]
        async fn begin(&self, _start: Start<()>) -> events::Signal {
            Ping
        }
        #[step]
        async fn end(&self, _tick: Tick) -> Stop<bool> {
            Stop(true)
        }
    }
    assert!(Aliases.run(()).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn input_and_result_may_be_any_value() {
    #[workflow]
    struct Echo;
    #[workflow]
    impl Echo {
        #[step]
        async fn echo(&self, Start((joke, times)): Start<(Joke, u8)>) -> Stop<Vec<Joke>> {
            Stop((0..times).map(|_| joke.clone()).collect())
        }
    }
    let joke = Joke { text: "knock".into(), laughs: None };
    assert_eq!(Echo.run((joke.clone(), 2)).await.unwrap(), [joke.clone(), joke]);
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Defaults<T> {
    some_field: T,
    other_field: u8,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Transparent(u8);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "u8", into = "u8")]
struct Converted(String);

impl From<u8> for Converted {
    fn from(n: u8) -> Self {
        Self("x".repeat(n.into()))
    }
}

impl From<Converted> for u8 {
    fn from(converted: Converted) -> Self {
        converted.0.len().try_into().unwrap()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(Transparent),
    Text { x: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    A { x: Converted },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Flattened {
    #[serde(flatten)]
    inner: Defaults<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outer: Option<u8>,
}

#[test]
fn serde_attributes_of_containers_apply() {
    let partial: Defaults<String> = from_value(json!({ "otherField": 1 })).unwrap();
    assert_eq!(partial, Defaults { some_field: String::new(), other_field: 1 });
    assert_eq!(serialized(&Transparent(1)), json!(1));
    assert_eq!(serialized(&Converted("xx".into())), json!(2));
    assert_eq!(serialized(&Untagged::Number(Transparent(1))), json!(1));
    assert_eq!(serialized(&Untagged::Text { x: "y".into() }), json!({ "x": "y" }));
    assert_eq!(serialized(&Tagged::A { x: Converted("x".into()) }), json!({ "type": "A", "x": 1 }));
    let flattened = Flattened { inner: Defaults::default(), outer: None };
    assert_eq!(serialized(&flattened), json!({ "someField": "", "otherField": 0 }));
}

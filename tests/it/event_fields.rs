//! Events whose fields have types of this crate, which `#[event]` checks.

use serde::de::DeserializeOwned;
use std::{collections::HashMap, fmt::Debug, sync::Arc};
use workflows_runtime::prelude::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Inner {
    a: u8,
}

mod ours {
    use super::*;

    #[event]
    #[derive(PartialEq)]
    pub(super) struct Named {
        pub(super) inner: Inner,
        pub(super) r#type: Vec<Inner>,
        pub(super) map: HashMap<String, Option<Inner>>,
        pub(super) text: String,
    }

    #[event]
    #[derive(PartialEq)]
    pub(super) struct Tuple(pub(super) Inner, pub(super) u8);

    #[event]
    #[derive(PartialEq)]
    pub(super) struct New(pub(super) Arc<Inner>);

    #[event]
    #[derive(PartialEq)]
    pub(super) enum Kind {
        Unit,
        New(Inner),
        Tuple(Inner, Inner),
        Named { one: Inner, two: u8 },
        Empty {},
    }
}

mod derived {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Named {
        pub(super) inner: Inner,
        pub(super) r#type: Vec<Inner>,
        pub(super) map: HashMap<String, Option<Inner>>,
        pub(super) text: String,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Tuple(pub(super) Inner, pub(super) u8);

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct New(pub(super) Arc<Inner>);

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) enum Kind {
        Unit,
        New(Inner),
        Tuple(Inner, Inner),
        Named { one: Inner, two: u8 },
        Empty {},
    }
}

/// Refers to itself.
#[event]
enum Tree {
    Leaf(Inner),
    Node { children: Vec<Tree>, this: Option<Box<Self>> },
}

/// Refers to each other.
#[event]
struct Left {
    right: Option<Box<Right>>,
}

#[event]
struct Right {
    left: Vec<Left>,
}

/// Cloned as a whole.
#[event]
#[derive(Copy)]
struct Point(Coordinate);

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Coordinate(i32);

/// What the user derives is the user's.
#[event]
#[derive(Clone, serde::Serialize)]
struct Mixed {
    inner: Inner,
}

/// Types with the names of generated ones, and of primitive types.
#[event]
struct Names {
    u8: Inner,
    __p: Inner,
    value: Inner,
}

fn same<A: Debug + serde::Serialize + DeserializeOwned + Clone + PartialEq, B: Debug + serde::Serialize>(a: A, b: B) {
    assert_eq!(format!("{a:?}"), format!("{b:?}"));
    assert_eq!(format!("{a:#?}"), format!("{b:#?}"));
    let json = serde_json::to_string(&a).unwrap();
    assert_eq!(json, serde_json::to_string(&b).unwrap());
    assert_eq!(serde_json::from_str::<A>(&json).unwrap(), a.clone());
    let bytes = postcard::to_stdvec(&a).unwrap();
    assert_eq!(bytes, postcard::to_stdvec(&b).unwrap());
    assert_eq!(postcard::from_bytes::<A>(&bytes).unwrap(), a);
}

#[test]
fn event_with_checked_fields_is_as_if_derived() {
    let inner = || Inner { a: 1 };
    let map = || HashMap::from([("x".to_owned(), Some(inner()))]);
    same(
        ours::Named { inner: inner(), r#type: vec![inner()], map: map(), text: "t".to_owned() },
        derived::Named { inner: inner(), r#type: vec![inner()], map: map(), text: "t".to_owned() },
    );
    same(ours::Tuple(inner(), 2), derived::Tuple(inner(), 2));
    same(ours::New(Arc::new(inner())), derived::New(Arc::new(inner())));
    same(ours::Kind::Unit, derived::Kind::Unit);
    same(ours::Kind::New(inner()), derived::Kind::New(inner()));
    same(ours::Kind::Tuple(inner(), inner()), derived::Kind::Tuple(inner(), inner()));
    same(ours::Kind::Named { one: inner(), two: 2 }, derived::Kind::Named { one: inner(), two: 2 });
    same(ours::Kind::Empty {}, derived::Kind::Empty {});
    let error = |text: &str| serde_json::from_str::<ours::Named>(text).unwrap_err().to_string();
    assert_eq!(error("{}"), "missing field `inner` at line 1 column 2");
    assert_eq!(error("3"), "invalid type: integer `3`, expected struct Named at line 1 column 1");
    let missing = r#"{"inner":{"a":1},"type":[],"map":{}}"#;
    assert_eq!(error(missing), "missing field `text` at line 1 column 36");
    assert!(serde_json::from_str::<Left>("{}").unwrap().right.is_none());
}

#[test]
fn recursive_event_has_all_traits() {
    let tree = Tree::Node { children: vec![Tree::Leaf(Inner { a: 1 })], this: None };
    assert_eq!(
        serde_json::to_string(&tree.clone()).unwrap(),
        r#"{"Node":{"children":[{"Leaf":{"a":1}}],"this":null}}"#
    );
    let left = Left { right: Some(Box::new(Right { left: Vec::new() })) };
    assert_eq!(format!("{left:?}"), "Left { right: Some(Right { left: [] }) }");
    let point = Point(Coordinate(1));
    let (one, two) = (point, point);
    assert_eq!(format!("{one:?}{two:?}"), "Point(Coordinate(1))Point(Coordinate(1))");
    let mixed = Mixed { inner: Inner { a: 1 } };
    assert_eq!(serde_json::from_str::<Mixed>(&serde_json::to_string(&mixed).unwrap()).unwrap().inner.a, 1);
    let names = Names { u8: Inner { a: 1 }, __p: Inner { a: 2 }, value: Inner { a: 3 } };
    assert_eq!(serde_json::to_string(&names.clone()).unwrap(), r#"{"u8":{"a":1},"__p":{"a":2},"value":{"a":3}}"#);
    assert_eq!((names.__p.a, names.value.a), (2, 3));
}

//! `StateMap`: paths, missing values, and updates at a path.

use super::{Item, Sum, state};
use std::collections::BTreeMap;
use workflows_runtime::{PathError, prelude::*};
use workflows_tests::failure;

fn message<T: std::fmt::Debug>(result: Result<T, PathError>) -> String {
    result.unwrap_err().to_string()
}

#[tokio::test]
async fn workflow_without_a_state_type_has_a_state_map() {
    #[workflow]
    struct Open;
    #[workflow]
    impl Open {
        #[step]
        async fn first(&self, ctx: &Context<Self>, Start(by): Start<u32>) -> StepResult<Item> {
            let seen: u32 = ctx.state().at("seeded").get()?;
            ctx.state().at("first.seen").set(seen + by)?;
            Ok(Item(by))
        }
        #[step]
        #[blocking(cpu)]
        fn second(&self, ctx: &Context<Self>, Item(by): Item) -> StepResult<Stop<u32>> {
            let seen: u32 = ctx.state().read(|map| map.get("first.seen"))?;
            Ok(Stop(seen + by))
        }
    }
    // The state is available before, during and after the run.
    let run = Open.run(1).state(state(&[("seeded", 40.into())])).start();
    assert_eq!(run.result().await.unwrap(), 42);
    assert_eq!(run.state().at("first.seen").get::<u32>().unwrap(), 41);
    assert_eq!(run.state().get(), state(&[("seeded", 40.into()), ("first.seen", 41.into())]));

    // And in a unit test of a step.
    let ctx = Context::detached(state(&[("first.seen", 1.into())]));
    assert_eq!(Open.second(&ctx, Item(1)).unwrap(), Stop(2));
}

#[test]
fn state_map_starts_empty() {
    assert!(StateMap::default().is_empty());
    assert_eq!(StateMap::default().get::<BTreeMap<String, u32>>("").unwrap(), BTreeMap::new());
}

#[test]
fn missing_path_is_an_error_or_the_default() {
    let state = state(&[("a.b", 1.into()), ("null", serde_json::Value::Null)]);
    assert_eq!(message(state.get::<u32>("c")), "no value at `c`");
    assert_eq!(message(state.get::<u32>("a.c.d")), "no value at `a.c`");
    assert_eq!(state.get_or("a.c.d", 7).unwrap(), 7);
    assert_eq!(state.get_or::<Option<u32>>("c", None).unwrap(), None);
    assert_eq!(state.get_or("a.b.c", 7).unwrap(), 7, "a path through a number is missing, too");
    // An existing value must match the type, even if it is null.
    assert_eq!(state.get_or("null", Some(7)).unwrap(), None);
    let text = message(state.get_or("a.b", String::new()));
    assert_eq!(text, "cannot deserialize the value at `a.b`: invalid type: integer `1`, expected a string");
    assert!(state.contains("null") && state.contains("") && !state.contains("a.c"));
}

#[test]
fn path_traverses_maps_and_lists() {
    let list = serde_json::json!([{ "0": "key" }, ["x", "y"]]);
    let state = state(&[("list", list), ("map.-1.2", "keys".into()), ("map.", "empty key".into())]);
    assert_eq!(state.get::<String>("list.0.0").unwrap(), "key");
    assert_eq!(state.get::<String>("list.1.1").unwrap(), "y");
    assert_eq!(state.get::<String>("list.-1.-2").unwrap(), "x");
    assert_eq!(state.get::<String>("map.-1.2").unwrap(), "keys");
    assert_eq!(state.get::<String>("map.").unwrap(), "empty key");
    assert_eq!(message(state.get::<String>("list.2.x")), "no value at `list.2`: the list has 2 elements");
    assert_eq!(message(state.get::<String>("list.-3")), "no value at `list.-3`: the list has 2 elements");
    for odd in ["list.x.y", "list.", "list.+1", "list.-", "list.1e0", "list.--1"] {
        let text = message(state.get::<String>(odd));
        assert!(text.ends_with("is not a valid list index (use 0, 1, .. or -1, -2, .. from the end)"), "{odd}: {text}");
    }
    for far in ["list.-0", "list.99999999999999999999999", "list.-99999999999999999999999"] {
        assert!(message(state.get::<String>(far)).ends_with("the list has 2 elements"), "{far}");
    }
    let text = message(state.get::<String>("list.1.0.deep"));
    assert_eq!(text, "no value at `list.1.0.deep`: its parent is a string, neither a map nor a list");
}

#[test]
fn set_creates_missing_maps_and_replaces_values() {
    let mut state = StateMap::default();
    state.set("a.b.c", 1).unwrap();
    state.set("a.b.d", [1, 2]).unwrap();
    state.set("a.b.d.-1", "two").unwrap();
    state.set("a.b.d.0", serde_json::json!({})).unwrap();
    state.set("a.b.d.0.new.er", true).unwrap();
    let whole = serde_json::json!({ "a": { "b": { "c": 1, "d": [{ "new": { "er": true } }, "two"] } } });
    assert_eq!(state.get::<serde_json::Value>("").unwrap(), whole);

    let before = state.clone();
    assert_eq!(message(state.set("a.b.d.2", 1)), "no value at `a.b.d.2`: the list has 2 elements");
    let text = message(state.set("a.b.c.x.y", 1));
    assert_eq!(text, "no value at `a.b.c.x`: its parent is a number, neither a map nor a list");
    assert!(message(state.set("a.b.d.x", 1)).contains("is not a valid list index"));
    let unwritable = BTreeMap::from([(vec![1], 1)]);
    let text = message(state.set("a.new", unwritable));
    assert_eq!(text, "cannot serialize the value for `a.new`: key must be a string");
    assert_eq!(state, before, "a failed `set` changes nothing");

    state.set("a.b", 5).unwrap();
    assert_eq!(state.get::<u32>("a.b").unwrap(), 5);
}

#[test]
fn empty_path_reads_the_whole_map_and_cannot_be_set() {
    let mut state = state(&[("a", 1.into()), ("b", 2.into())]);
    assert_eq!(state.get::<BTreeMap<String, u32>>("").unwrap().len(), 2);
    assert!(matches!(state.set("", 1), Err(PathError::Empty)));
    assert!(matches!(state.remove(""), Err(PathError::Empty)));
    assert_eq!(message(state.get::<u32>("")), "cannot deserialize the whole state: invalid type: map, expected u32");
}

#[test]
fn path_has_at_most_100_segments() {
    let (longest, longer) = (vec!["a"; 100].join("."), vec!["a"; 101].join("."));
    let mut state = StateMap::default();
    state.set(&longest, 1).unwrap();
    assert_eq!(state.get::<u32>(&longest).unwrap(), 1);
    let expected = "the path has 101 segments, at most 100 are allowed";
    assert_eq!(message(state.set(&longer, 1)), expected);
    assert_eq!(message(state.get::<u32>(&longer)), expected);
    assert_eq!(message(state.get_or(&longer, 1)), expected);
    assert_eq!(message(state.remove(&longer)), expected);
    assert_eq!(read_again(&state), state);
}

/// A list of lists, with this many levels.
fn nested(levels: usize) -> serde_json::Value {
    (0..levels).fold(1.into(), |inner, _| serde_json::json!([inner]))
}

/// The state in a snapshot, in both kinds of formats, and once more inside of something else.
fn read_again(state: &StateMap) -> StateMap {
    let text = serde_json::to_string(&[[[state]]]).unwrap();
    let [[[state]]] = serde_json::from_str::<[[[StateMap; 1]; 1]; 1]>(&text).unwrap();
    postcard::from_bytes(&postcard::to_stdvec(&state).unwrap()).unwrap()
}

#[test]
fn value_is_nested_at_most_100_levels() {
    #[derive(Clone, Serialize, Deserialize)]
    enum Chain {
        End,
        More(Box<Chain>),
    }
    let mut state = StateMap::default();
    state.set("a.b", nested(98)).unwrap();
    assert_eq!(read_again(&state), state);
    let expected = "the value for `a.b` is nested too deeply: at most 100 levels are allowed, 2 are its path";
    let text = message(state.set("a.b", nested(99)));
    assert_eq!(text, expected);
    assert_eq!(message(state.set("a.b", nested(120))), expected);
    // Through a path into the value, and with other types that JSON represents by nesting.
    let inside = format!("a.b{}", ".0".repeat(97));
    state.set(&inside, 1).unwrap();
    state.set(&inside, [1]).unwrap();
    assert!(matches!(state.set(&inside, [[1]]), Err(PathError::TooDeep { .. })));
    let chain = |links| (0..links).fold(Chain::End, |next, _| Chain::More(Box::new(next)));
    state.set("chain", chain(99)).unwrap();
    assert_eq!(read_again(&state), state);
    assert!(matches!(state.set("chain", chain(100)), Err(PathError::TooDeep { .. })));
    // A deeper tree is not deserialized either.
    let text = format!("{{\"a\":{}}}", nested(100));
    assert!(serde_json::from_str::<StateMap>(&text).unwrap_err().to_string().contains("nested too deeply"));
}

#[test]
fn numbers_that_json_lacks_are_refused() {
    #[derive(Serialize)]
    struct Point {
        x: f32,
    }
    let mut state = StateMap::default();
    let text = message(state.set("a", f64::NAN));
    assert_eq!(text, "cannot serialize the value for `a`: the value is NaN, which JSON cannot represent");
    let text = message(state.set("a", [Some(Point { x: f32::INFINITY })]));
    assert_eq!(text, "cannot serialize the value for `a`: `x` of `Point` is inf, which JSON cannot represent");
    let text = message(state.set("a", u128::MAX));
    assert_eq!(text, "cannot serialize the value for `a`: number out of range");
    assert!(message(state.set("a", BTreeMap::from([(Some(1), 1)]))).contains("key must be a string"));
    assert!(state.is_empty());
}

#[test]
fn numbers_round_trip_exactly() {
    let mut state = StateMap::default();
    let numbers = [1.0 / 3.0, -0.0, 5e-324, f64::MAX, f64::MIN_POSITIVE, 0.1 + 0.2, 123_456_789.123_456_78];
    state.set("floats", numbers).unwrap();
    state.set("integers", [u64::MAX, u64::MAX - 1]).unwrap();
    state.set("signed", [i64::MIN]).unwrap();
    state.set("keys", BTreeMap::from([(-1, 'a'), (i64::MAX, 'b')])).unwrap();
    let state = read_again(&state);
    assert_eq!(
        state.get::<Vec<f64>>("floats").unwrap().into_iter().map(f64::to_bits).collect::<Vec<_>>(),
        numbers.map(f64::to_bits)
    );
    assert_eq!(state.get::<Vec<u64>>("integers").unwrap(), [u64::MAX, u64::MAX - 1]);
    assert_eq!(state.get::<i64>("signed.0").unwrap(), i64::MIN);
    assert_eq!(state.get::<BTreeMap<i64, char>>("keys").unwrap()[&-1], 'a');
}

#[test]
fn remove_returns_whether_a_value_existed() {
    let mut state = state(&[("a.list", serde_json::json!([1, 2, 3])), ("b", 1.into())]);
    assert!(state.remove("a.list.0").unwrap());
    assert_eq!(state.get::<Vec<u32>>("a.list").unwrap(), [2, 3]);
    for nothing in ["a.list.7", "a.x.y", "x.y", "b.c", "x"] {
        assert!(!state.remove(nothing).unwrap(), "{nothing}");
    }
    assert!(state.remove("a").unwrap() && state.remove("b").unwrap());
    assert!(state.is_empty());
}

// The type of a value is checked when it is read.
#[test]
fn set_accepts_any_serializable_type() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Plain,
        Priced { cents: u32 },
    }
    let mut state = StateMap::default();
    state.set("kinds", [Kind::Plain, Kind::Priced { cents: 3 }]).unwrap();
    assert_eq!(state.get::<Vec<Kind>>("kinds").unwrap()[1], Kind::Priced { cents: 3 });
    assert_eq!(state.get::<u32>("kinds.1.Priced.cents").unwrap(), 3);
    assert_eq!(state.get::<i8>("kinds.1.Priced.cents").unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_updates_at_a_path_are_not_lost() {
    let sums = Sum.run(1000).await.unwrap();
    assert_eq!((sums["all"], sums["7"], sums.len()), (499_500, 50_200, 11));
}

#[tokio::test]
async fn each_run_has_its_own_state_map() {
    let workflow = std::sync::Arc::new(Sum);
    let runs = [10, 20].map(|n| std::sync::Arc::clone(&workflow).run(n).start());
    for (run, all) in runs.into_iter().zip([45, 190]) {
        assert_eq!(run.await.unwrap()["all"], all);
    }
    assert_eq!(Sum.run(10).await.unwrap()["all"], 45);
}

#[workflow]
struct Inside;

#[workflow]
impl Inside {
    #[step]
    async fn go(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<()>> {
        ctx.state().at("n").update(|n: &mut u32| {
            *n = 7;
            ctx.state().at("m").exists()
        })?;
        Ok(Stop(()))
    }
}

#[tokio::test]
async fn failed_update_at_a_path_changes_nothing() {
    let ctx: Context<Sum> = Context::detached(state(&[("n", 1.into())]));
    let state = ctx.state();
    let text = message(state.at("n").update(|n: &mut String| n.push('x')));
    assert_eq!(text, "cannot deserialize the value at `n`: invalid type: integer `1`, expected a string");
    assert_eq!(message(state.at("m").update(|n: &mut u32| *n += 1)), "no value at `m`");
    assert_eq!(state.at("n").update(|n: &mut u32| std::mem::replace(n, 5)).unwrap(), 1);
    assert_eq!(state.at("n").get_or(0).unwrap(), 5);
}

#[tokio::test]
async fn reentrant_access_at_a_path_panics() {
    let run = Inside.run(()).state(state(&[("n", 5.into())])).start();
    let (step, text) = failure(run.result().await.unwrap_err());
    assert_eq!(step, "go");
    assert!(text.contains("inside its own closure"), "{text}");
    assert_eq!(run.state().at("n").get::<u32>().unwrap(), 5);
    assert!(run.state().at("n").remove().unwrap());
}

// As a tree in a self-describing format, as JSON text in any other.
#[test]
fn state_map_round_trips_through_serde() {
    let state = state(&[("a.b", serde_json::json!([1, null, { "c": 1.5 }])), ("d", "x".into())]);
    let json = serde_json::to_string(&state).unwrap();
    assert_eq!(json, r#"{"a":{"b":[1,null,{"c":1.5}]},"d":"x"}"#);
    assert_eq!(serde_json::from_str::<StateMap>(&json).unwrap(), state);
    assert_eq!(format!("{:?}", StateMap::default()), "{}");
    let bytes = postcard::to_stdvec(&state).unwrap();
    assert_eq!(postcard::from_bytes::<StateMap>(&bytes).unwrap(), state);
    assert!(postcard::from_bytes::<StateMap>(b"\x02{]").is_err());
}

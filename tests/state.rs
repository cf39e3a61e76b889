//! The open state: places in it, what is put there, and what is said when there is nothing.

use std::collections::BTreeMap;
use workflows::{Log, failure};
use workflows_runtime::{PathError, prelude::*};

fn state(pairs: &[(&str, serde_json::Value)]) -> StateMap {
    let mut state = StateMap::default();
    for (path, value) in pairs {
        state.set(path, value).unwrap();
    }
    state
}

fn said<T: std::fmt::Debug>(result: Result<T, PathError>) -> String {
    result.unwrap_err().to_string()
}

#[event]
struct Item(u32);

#[event]
struct Done;

// CX-01, CX-16
#[tokio::test]
async fn a_workflow_without_a_state_type_has_an_open_map() {
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
    // Before, during and after the run.
    let run = Open.run(1).state(state(&[("seeded", 40.into())])).start();
    assert_eq!(run.result().await.unwrap(), 42);
    assert_eq!(run.state().at("first.seen").get::<u32>().unwrap(), 41);
    assert_eq!(run.state().get(), state(&[("seeded", 40.into()), ("first.seen", 41.into())]));

    // In a unit test of a step, too.
    let ctx = Context::detached(state(&[("first.seen", 1.into())]));
    assert_eq!(Open.second(&ctx, Item(1)).unwrap(), Stop(2));
}

// CX-03
#[test]
fn it_begins_empty() {
    assert!(StateMap::default().is_empty());
    assert_eq!(StateMap::default().get::<BTreeMap<String, u32>>("").unwrap(), BTreeMap::new());
}

// CX-04
#[test]
fn what_is_missing_is_an_error_or_a_default() {
    let state = state(&[("a.b", 1.into()), ("null", serde_json::Value::Null)]);
    assert_eq!(said(state.get::<u32>("c")), "no value at `c`");
    assert_eq!(said(state.get::<u32>("a.c.d")), "no value at `a.c`");
    assert_eq!(state.get_or("a.c.d", 7).unwrap(), 7);
    assert_eq!(state.get_or::<Option<u32>>("c", None).unwrap(), None);
    assert_eq!(state.get_or("a.b.c", 7).unwrap(), 7, "what goes through a number is missing, too");
    // What is there is there, even if it is null, and must fit.
    assert_eq!(state.get_or("null", Some(7)).unwrap(), None);
    let text = said(state.get_or("a.b", String::new()));
    assert_eq!(text, "cannot deserialize the value at `a.b`: invalid type: integer `1`, expected a string");
    assert!(state.contains("null") && state.contains("") && !state.contains("a.c"));
}

// CX-05
#[test]
fn a_path_goes_through_maps_and_lists() {
    let list = serde_json::json!([{ "0": "key" }, ["x", "y"]]);
    let state = state(&[("list", list), ("map.-1.2", "keys".into()), ("map.", "empty key".into())]);
    assert_eq!(state.get::<String>("list.0.0").unwrap(), "key");
    assert_eq!(state.get::<String>("list.1.1").unwrap(), "y");
    assert_eq!(state.get::<String>("list.-1.-2").unwrap(), "x");
    assert_eq!(state.get::<String>("map.-1.2").unwrap(), "keys");
    assert_eq!(state.get::<String>("map.").unwrap(), "empty key");
    assert_eq!(said(state.get::<String>("list.2.x")), "no value at `list.2`: the list has 2 elements");
    assert_eq!(said(state.get::<String>("list.-3")), "no value at `list.-3`: the list has 2 elements");
    for odd in ["list.x.y", "list.", "list.+1", "list.-", "list.1e0", "list.--1"] {
        let text = said(state.get::<String>(odd));
        assert!(text.ends_with("is not a valid list index (use 0, 1, .. or -1, -2, .. from the end)"), "{odd}: {text}");
    }
    for far in ["list.-0", "list.99999999999999999999999", "list.-99999999999999999999999"] {
        assert!(said(state.get::<String>(far)).ends_with("the list has 2 elements"), "{far}");
    }
    let text = said(state.get::<String>("list.1.0.deep"));
    assert_eq!(text, "no value at `list.1.0.deep`: its parent is a string, neither a map nor a list");
}

// CX-06
#[test]
fn setting_makes_maps_on_the_way_and_replaces_what_is_there() {
    let mut state = StateMap::default();
    state.set("a.b.c", 1).unwrap();
    state.set("a.b.d", [1, 2]).unwrap();
    state.set("a.b.d.-1", "two").unwrap();
    state.set("a.b.d.0", serde_json::json!({})).unwrap();
    state.set("a.b.d.0.new.er", true).unwrap();
    let whole = serde_json::json!({ "a": { "b": { "c": 1, "d": [{ "new": { "er": true } }, "two"] } } });
    assert_eq!(state.get::<serde_json::Value>("").unwrap(), whole);

    let before = state.clone();
    assert_eq!(said(state.set("a.b.d.2", 1)), "no value at `a.b.d.2`: the list has 2 elements");
    let text = said(state.set("a.b.c.x.y", 1));
    assert_eq!(text, "no value at `a.b.c.x`: its parent is a number, neither a map nor a list");
    assert!(said(state.set("a.b.d.x", 1)).contains("is not a valid list index"));
    let unwritable = BTreeMap::from([(vec![1], 1)]);
    let text = said(state.set("a.new", unwritable));
    assert_eq!(text, "cannot serialize the value for `a.new`: key must be a string");
    assert_eq!(state, before, "nothing is half done");

    state.set("a.b", 5).unwrap();
    assert_eq!(state.get::<u32>("a.b").unwrap(), 5);
}

// CX-07
#[test]
fn the_empty_path_is_the_whole_and_cannot_be_set() {
    let mut state = state(&[("a", 1.into()), ("b", 2.into())]);
    assert_eq!(state.get::<BTreeMap<String, u32>>("").unwrap().len(), 2);
    assert!(matches!(state.set("", 1), Err(PathError::Empty)));
    assert!(matches!(state.remove(""), Err(PathError::Empty)));
    assert_eq!(said(state.get::<u32>("")), "cannot deserialize the whole state: invalid type: map, expected u32");
}

// CX-08
#[test]
fn a_path_has_a_thousand_segments_at_most() {
    let (longest, longer) = (vec!["a"; 1000].join("."), vec!["a"; 1001].join("."));
    let mut state = StateMap::default();
    state.set(&longest, 1).unwrap();
    assert_eq!(state.get::<u32>(&longest).unwrap(), 1);
    let expected = "the path has 1001 segments, at most 1000 are allowed";
    assert_eq!(said(state.set(&longer, 1)), expected);
    assert_eq!(said(state.get::<u32>(&longer)), expected);
    assert_eq!(said(state.get_or(&longer, 1)), expected);
    assert_eq!(said(state.remove(&longer)), expected);
}

#[test]
fn removing_says_whether_there_was_anything() {
    let mut state = state(&[("a.list", serde_json::json!([1, 2, 3])), ("b", 1.into())]);
    assert!(state.remove("a.list.0").unwrap());
    assert_eq!(state.get::<Vec<u32>>("a.list").unwrap(), [2, 3]);
    for nothing in ["a.list.7", "a.x.y", "x.y", "b.c", "x"] {
        assert!(!state.remove(nothing).unwrap(), "{nothing}");
    }
    assert!(state.remove("a").unwrap() && state.remove("b").unwrap());
    assert!(state.is_empty());
}

// CX-09, CX-11: a type of one's own is checked when it is taken out.
#[test]
fn what_is_put_in_can_be_any_type() {
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

// CX-10
#[tokio::test]
async fn what_is_taken_out_is_a_value_of_its_own() {
    let ctx: Context<Typed> = Context::detached(vec![1]);
    let mut copy = ctx.state().get();
    copy.push(2);
    assert_eq!(ctx.state().get(), [1]);
    let ctx: Context<Sum> = Context::detached(state(&[("a.b", 1.into())]));
    let mut copy = ctx.state().get();
    copy.set("a.b", 2).unwrap();
    assert_eq!(ctx.state().at("a.b").get::<u32>().unwrap(), 1);
}

#[workflow(state = Vec<u32>)]
struct Typed;

#[workflow]
impl Typed {
    #[step]
    async fn go(&self, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

// CX-12
#[tokio::test]
async fn clearing_puts_the_default_back() {
    let typed: Context<Typed> = Context::detached(vec![1]);
    typed.state().clear();
    assert!(typed.state().get().is_empty());
    let open: Context<Sum> = Context::detached(state(&[("a", 1.into())]));
    open.state().clear();
    assert!(open.state().get().is_empty());
    assert!(!open.state().at("a").exists());
}

#[workflow]
struct Sum;

#[workflow]
impl Sum {
    #[step]
    async fn fan(&self, Start(n): Start<u32>) -> Vec<Item> {
        (0..n).map(Item).collect()
    }

    #[step(workers = 10)]
    #[blocking(io)]
    fn add(&self, ctx: &Context<Self>, Item(n): Item) -> StepResult<Done> {
        ctx.state().at("sums.all").update_or(0, |sum: &mut u32| *sum += n)?;
        ctx.state().at(&format!("sums.{}", n % 10)).update_or(0, |sum: &mut u32| *sum += n)?;
        Ok(Done)
    }

    #[step]
    async fn end(&self, ctx: &Context<Self>, _all: Vec<Done>) -> StepResult<Stop<BTreeMap<String, u32>>> {
        Ok(Stop(ctx.state().at("sums").get()?))
    }
}

// CX-13
#[tokio::test(flavor = "multi_thread")]
async fn no_update_of_a_place_is_lost() {
    let sums = Sum.run(1000).await.unwrap();
    assert_eq!((sums["all"], sums["7"], sums.len()), (499_500, 50_200, 11));
}

// CX-17
#[tokio::test]
async fn each_run_has_a_state_of_its_own() {
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

// CX-14, CX-15
#[tokio::test]
async fn an_update_that_fails_changes_nothing_and_one_inside_another_is_an_error_at_once() {
    let ctx: Context<Sum> = Context::detached(state(&[("n", 1.into())]));
    let state = ctx.state();
    let text = said(state.at("n").update(|n: &mut String| n.push('x')));
    assert_eq!(text, "cannot deserialize the value at `n`: invalid type: integer `1`, expected a string");
    assert_eq!(said(state.at("m").update(|n: &mut u32| *n += 1)), "no value at `m`");
    assert_eq!(state.at("n").update(|n: &mut u32| std::mem::replace(n, 5)).unwrap(), 1);
    assert_eq!(state.at("n").get_or(0).unwrap(), 5);

    let run = Inside.run(()).state(state.get()).start();
    let (step, text) = failure(run.result().await.unwrap_err());
    assert_eq!(step, "go");
    assert!(text.contains("inside its own closure"), "{text}");
    assert_eq!(run.state().at("n").get::<u32>().unwrap(), 5);
    assert!(run.state().at("n").remove().unwrap());
}

// CX-23, CX-24: as its tree; where a format cannot say what it holds, as text.
#[test]
fn it_is_written_down_and_read_back() {
    let state = state(&[("a.b", serde_json::json!([1, null, { "c": 1.5 }])), ("d", "x".into())]);
    let json = serde_json::to_string(&state).unwrap();
    assert_eq!(json, r#"{"a":{"b":[1,null,{"c":1.5}]},"d":"x"}"#);
    assert_eq!(serde_json::from_str::<StateMap>(&json).unwrap(), state);
    assert_eq!(format!("{:?}", StateMap::default()), "{}");
    let bytes = postcard::to_stdvec(&state).unwrap();
    assert_eq!(postcard::from_bytes::<StateMap>(&bytes).unwrap(), state);
    assert!(postcard::from_bytes::<StateMap>(b"\x02{]").is_err());
}

/// Adds numbers up in blocking steps, and goes on beside its end.
#[workflow(state = Total)]
struct Adds {
    log: Log<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Total {
    sum: u32,
    runs: Vec<u32>,
}

#[event]
struct Left(u32);

#[workflow]
impl Adds {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> StepResult<(Vec<Item>, Left, Left)> {
        if n == 0 {
            Err(StepError::msg("nothing to add"))
        } else {
            Ok(((0..n).map(Item).collect(), Left(n), Left(n + 1)))
        }
    }
    #[step(workers = 10)]
    #[blocking(io)]
    fn add(&self, ctx: &Context<Self>, Item(n): Item) -> Done {
        ctx.state().update(|total| total.sum += n);
        Done
    }
    /// Never gets to its second event.
    #[step(workers = 1)]
    async fn left(&self, Left(n): Left) {
        self.log.add(n);
        std::future::pending::<()>().await;
    }
    #[step]
    async fn end(&self, ctx: &Context<Self>, all: Vec<Done>) -> Stop<u32> {
        let count = u32::try_from(all.len()).unwrap_or_default();
        Stop(ctx.state().update(|total| {
            total.runs.push(count);
            total.sum
        }))
    }
}

// CX-16, CX-17, CX-19, CX-21, CX-22: seeded, read after the end, and handed on; nothing else is.
#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_carried_from_run_to_run() {
    let log = Log::default();
    let workflow = std::sync::Arc::new(Adds { log: log.clone() });
    let seed = Total { sum: 1_000, runs: vec![] };
    let first = workflow.clone().run(100).state(seed).start();
    assert_eq!(first.result().await.unwrap(), 5_950);
    assert_eq!(first.state().get(), Total { sum: 5_950, runs: vec![100] });
    assert_eq!(log.take(), [100], "it has left something behind");

    let second = workflow.clone().run(10).state(first.state().get()).start();
    assert_eq!(second.result().await.unwrap(), 5_995);
    assert_eq!(log.take(), [10], "which the next one has nothing to do with");
    // After a failure, too; and two at once from one state are two.
    let failed = workflow.clone().run(0).state(second.state().get()).start();
    failed.result().await.unwrap_err();
    let both = [2, 3].map(|n| workflow.clone().run(n).state(failed.state().get()).start());
    for (run, sum) in both.iter().zip([5_996, 5_998]) {
        assert_eq!(run.result().await.unwrap(), sum);
    }
    assert_eq!(both[1].state().read(|total| total.runs.clone()), [100, 10, 3]);
    // What is changed after the end is changed in nobody else's.
    first.state().update(|total| total.sum = 0);
    assert_eq!((first.state().get().sum, second.state().get().sum), (0, 5_995));
}

/// Uses its state in ways that fail, on other threads.
#[workflow(state = Vec<u32>)]
struct Careless;

#[workflow]
impl Careless {
    #[step]
    #[blocking(io)]
    fn change(&self, ctx: &Context<Self>, Start(how): Start<String>) -> StepResult<Stop<usize>> {
        let state = ctx.state();
        match how.as_str() {
            "fail" => state.try_update(|all| {
                all.push(1);
                Err(StepError::msg("no"))
            })?,
            "panic" => state.update(|all| {
                all.push(2);
                panic!("on purpose")
            }),
            "panic in a try" => state.try_update(|all| -> StepResult<()> {
                all.push(3);
                panic!("on purpose")
            })?,
            _ => state.update(|all| all.push(u32::try_from(state.get().len()).unwrap_or_default())),
        }
        Ok(Stop(state.get().len()))
    }
}

// CX-14, CX-15: from blocking steps, too, and for whoever looks afterwards.
#[tokio::test]
async fn a_change_on_another_thread_that_fails_is_taken_back_and_one_inside_another_is_an_error_at_once() {
    for (how, said, left) in [
        ("fail", "no", vec![9]),
        ("panic", "on purpose", vec![9, 2]),
        ("panic in a try", "on purpose", vec![9]),
        ("nested", "inside its own closure", vec![9]),
    ] {
        let run = Careless.run(how.to_owned()).state(vec![9]).start();
        let (step, text) = failure(run.result().await.unwrap_err());
        assert_eq!(step, "change");
        assert!(text.contains(said), "{text}");
        assert_eq!(run.state().get(), left, "{how}");
        run.state().update(Vec::clear);
    }
}

//! Events and the values that travel with a run: what they are, and what they look like written
//! down.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use serde_json::{from_value, json, to_value};
use std::{fmt::Debug, sync::Arc};
use workflows::{Log, Noted};
use workflows_runtime::{Event, Payload, StepTimedOut, prelude::*};

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

/// Written down and read back, a value is the same.
#[track_caller]
fn written<T: Payload + PartialEq + Debug>(value: &T) -> serde_json::Value {
    let json = to_value(value).unwrap();
    assert_eq!(from_value::<T>(json.clone()).unwrap(), *value);
    json
}

#[test]
fn an_event_is_written_down_as_its_fields() {
    // EV-06
    let joke = Joke { text: "knock".into(), laughs: None };
    assert_eq!(written(&joke), json!({ "text": "knock", "laughs": null }));
    assert_eq!(written(&Reaction::Laughter { seconds: 3 }), json!({ "Laughter": { "seconds": 3 } }));
    assert_eq!(written(&Reaction::Silence), json!("Silence"));
    assert_eq!(written(&Ping), json!(null));
    assert_eq!(
        written(&Wrapped(joke, vec![Reaction::Silence])),
        json!([{ "text": "knock", "laughs": null }, ["Silence"]])
    );
}

#[test]
fn what_does_not_fit_the_fields_is_refused() {
    // EV-01: wrong types and missing fields, when it is read; in code, by the compiler.
    assert!(from_value::<Joke>(json!({ "text": 1, "laughs": null })).is_err());
    assert!(from_value::<Joke>(json!({ "laughs": 1 })).unwrap_err().to_string().contains("text"));
    assert!(from_value::<Reaction>(json!("Boo")).is_err());
}

#[test]
fn fields_of_ones_own_can_stay_out_of_what_is_written_down() {
    // EV-05: with serde's own attributes.
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
    assert_eq!(written(&session), json!({ "user": "ida", "at": 7 }));
}

#[test]
fn an_event_knows_its_name_and_can_be_printed_and_cloned() {
    // EV-16
    assert_eq!((Joke::NAME, Reaction::NAME, Ping::NAME), ("Joke", "Reaction", "Ping"));
    let joke = Joke { text: "knock".into(), laughs: Some(1) };
    assert_eq!(format!("{:?}", joke.clone()), "Joke { text: \"knock\", laughs: Some(1) }");
}

#[test]
fn the_wrappers_are_written_down_as_what_they_hold() {
    // EV-08, EV-10: a result is its value, nothing around it.
    assert_eq!(written(&Start(5)), json!(5));
    assert_eq!(written(&Stop(vec![1, 2])), json!([1, 2]));
    assert_eq!(written(&InputRequired(Ping)), json!(null));
    assert_eq!(written(&HumanResponse("yes".to_owned())), json!("yes"));
}

#[test]
fn one_of_is_written_down_by_its_members_place() {
    type Either = OneOf<Joke, Ping>;
    let joke: Either = Joke { text: "knock".into(), laughs: None }.emit();
    assert_eq!(written(&joke), json!({ "A": { "text": "knock", "laughs": null } }));
    assert_eq!(written::<Either>(&Ping.emit()), json!({ "B": null }));
}

#[test]
fn one_of_holds_up_to_twelve() {
    type Dozen = OneOf<u8, u16, u32, u64, u128, i8, i16, i32, i64, i128, char, bool>;
    assert!(matches!(1_u8.emit::<Dozen, _>(), OneOf::A(1)));
    assert!(matches!('x'.emit::<Dozen, _>(), OneOf::K('x')));
    assert!(matches!(true.emit::<Dozen, _>(), OneOf::L(true)));
}

#[tokio::test(start_paused = true)]
async fn events_are_told_apart_by_their_type_and_not_by_their_name() {
    // ST-10, EV-07
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
async fn an_alias_or_a_re_export_is_the_same_event() {
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
async fn input_and_result_may_be_any_value_or_an_event() {
    // EV-10
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

#[tokio::test(start_paused = true)]
async fn the_ends_of_a_run_say_what_happened() {
    // EV-11, EV-12, EV-13
    #[event]
    struct Dough;

    #[workflow(timeout = "5s")]
    struct Breakfast;

    #[workflow]
    impl Breakfast {
        #[step]
        async fn knead(&self, Start(has_flour): Start<bool>) -> StepResult<(Dough, Bread)> {
            if has_flour { Ok((Dough, Bread)) } else { Err(StepError::msg("no bread")) }
        }
        #[step]
        async fn bake(&self, _: Dough) -> Stop<()> {
            std::future::pending().await
        }
        #[step]
        async fn eat(&self, _: Bread) -> Stop<()> {
            std::future::pending().await
        }
    }
    #[event]
    struct Bread;

    let failed = Breakfast.run(false).await.unwrap_err();
    assert_eq!(failed.to_string(), "step `knead` failed: no bread");
    let error: &dyn std::error::Error = &failed;
    assert_eq!(error.source().unwrap().to_string(), "no bread");
    assert_eq!(RunError::Cancelled.to_string(), "cancelled");
    let timed_out = Breakfast.run(true).await.unwrap_err();
    assert_eq!(timed_out.to_string(), "timed out after 5s, while active: bake, eat");
}

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bad port")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn a_step_error_keeps_the_error_inside_and_its_causes() {
    // EV-12: of whatever type, with its trace of causes.
    #[workflow]
    struct Open;

    #[workflow]
    impl Open {
        #[step]
        async fn open(&self, Start(port): Start<String>) -> Result<Stop<u8>, Outer> {
            port.parse().map(Stop).map_err(Outer)
        }
    }

    let error = StepError::from(Outer("x".parse::<u8>().unwrap_err()));
    assert_eq!(error.to_string(), "bad port");
    assert!(error.is::<Outer>() && !error.is::<StepTimedOut>());
    assert_eq!(error.source().unwrap().to_string(), "invalid digit found in string");
    let boxed: Box<dyn std::error::Error + Send + Sync> = "boxed".into();
    assert_eq!(StepError::from_boxed(boxed).to_string(), "boxed");
    let boxed: Box<dyn std::error::Error> = error.into();
    assert_eq!(boxed.to_string(), "bad port");
    assert_eq!(boxed.source().unwrap().to_string(), "invalid digit found in string");

    let failed = Open.run("x".to_owned()).await.unwrap_err();
    let mut chain = Vec::new();
    let mut next: Option<&dyn std::error::Error> = std::error::Error::source(&failed);
    while let Some(error) = next {
        chain.push(error.to_string());
        next = error.source();
    }
    assert_eq!(chain, ["bad port", "invalid digit found in string"]);
    assert!(failed.is::<Outer>() && !failed.is::<std::num::ParseIntError>());
    assert!(failed.find::<std::num::ParseIntError>().is_some());
    assert_eq!(failed.step_error().unwrap().to_string(), "bad port");
    assert_eq!(format!("{failed:?}"), "step `open` failed: bad port\n  caused by: invalid digit found in string");
    assert!(format!("{failed:#?}").starts_with("Failed {\n    step: \"open\""), "{failed:#?}");
}

// ---- the state, which travels with the run too ----

#[tokio::test(start_paused = true)]
async fn the_state_begins_as_its_default_or_as_it_is_given() {
    // CX-03, CX-16, CX-17
    #[workflow(state = Vec<u32>)]
    struct Push;
    #[workflow]
    impl Push {
        #[step]
        async fn push(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> Stop<usize> {
            Stop(ctx.state().update(|all| {
                all.push(n);
                all.len()
            }))
        }
    }
    let workflow = Arc::new(Push);
    assert_eq!(workflow.clone().run(1).await.unwrap(), 1);
    assert_eq!(workflow.clone().run(1).await.unwrap(), 1, "each run has its own");
    let run = workflow.run(9).state(vec![7, 8]).start();
    assert_eq!(run.result().await.unwrap(), 3);
    assert_eq!(run.state().get(), [7, 8, 9], "it is there after the end");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_fails_or_panics_is_taken_back() {
    // CX-15
    #[workflow(state = Vec<u32>)]
    struct Change;
    #[workflow]
    impl Change {
        #[step]
        async fn change(&self, ctx: &Context<Self>, _start: Start<()>) -> Stop<Vec<u32>> {
            ctx.state().set(vec![1]);
            let failed: Result<(), &str> = ctx.state().try_update(|all| {
                all.push(2);
                Err("no")
            });
            assert_eq!(failed, Err("no"));
            let fine: Result<usize, &str> = ctx.state().try_update(|all| {
                all.push(3);
                Ok(all.len())
            });
            assert_eq!(fine, Ok(2));
            Stop(ctx.state().read(Clone::clone))
        }
        #[step]
        async fn shaky(&self, ctx: &Context<Self>, _start: Start<()>) {
            ctx.state()
                .try_update(|all| -> Result<(), ()> {
                    all.clear();
                    panic!("no")
                })
                .ok();
        }
    }
    let run = Change.run(()).start();
    assert_eq!(run.result().await.unwrap(), [1, 3]);
    assert_eq!(run.state().get(), [1, 3]);
}

#[tokio::test(start_paused = true)]
async fn the_state_can_be_used_after_a_step_has_panicked_in_it() {
    #[workflow(state = u32)]
    struct Shaky;
    #[workflow]
    impl Shaky {
        #[step]
        async fn shaky(&self, ctx: &Context<Self>, _start: Start<()>) -> Stop<()> {
            ctx.state().update(|n| {
                *n = 5;
                panic!("no")
            })
        }
    }
    let run = Shaky.run(()).start();
    assert!(run.result().await.is_err());
    assert_eq!(run.state().get(), 5, "what was changed stays changed");
    run.state().set(6);
    assert_eq!(run.state().read(|n| *n), 6);
}

#[tokio::test(start_paused = true)]
async fn the_state_inside_its_own_closure_is_an_error_at_once() {
    // CX-14: not a deadlock.
    #[workflow(state = u32)]
    struct Nested;
    #[workflow]
    impl Nested {
        #[step]
        async fn nested(&self, ctx: &Context<Self>, _start: Start<()>) -> Stop<u32> {
            ctx.state().update(|n| *n += ctx.state().get());
            Stop(1)
        }
    }
    let run = Nested.run(()).start();
    let (step, text) = workflows::failure(run.result().await.unwrap_err());
    assert_eq!(step, "nested");
    assert!(text.contains("inside its own closure"), "{text}");
    assert_eq!(run.state().get(), 0);
}

// ---- what is dropped is dropped ----

#[tokio::test(start_paused = true)]
async fn every_event_of_a_run_is_dropped_with_it() {
    /// Counts how many of it there are.
    #[event]
    struct Counted(#[serde(skip)] Arc<()>);

    #[workflow]
    struct Leak {
        counter: Arc<()>,
        log: Log<&'static str>,
    }
    #[workflow]
    impl Leak {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Counted> {
            (0..10).map(|_| Counted(Arc::clone(&self.counter))).collect()
        }
        #[step(workers = 2)]
        async fn work(&self, _counted: Counted) -> Kept {
            let _dropped = Noted(self.log.clone(), "over");
            workflows::yield_once().await;
            Kept(Arc::clone(&self.counter))
        }
        #[step]
        async fn five(&self, _kept: [Kept; 5]) -> Stop<()> {
            Stop(())
        }
        #[step]
        async fn gather(&self, _all: Vec<Kept>) -> Stop<()> {
            Stop(())
        }
    }
    #[event]
    struct Kept(#[serde(skip)] Arc<()>);
    let (counter, log) = (Arc::new(()), Log::default());
    let run = Leak { counter: Arc::clone(&counter), log: log.clone() }.run(()).start();
    run.result().await.unwrap();
    workflows::let_others_run().await;
    assert_eq!(Arc::strong_count(&counter), 1, "the handle keeps none");
    assert!(log.take().len() >= 5);
}

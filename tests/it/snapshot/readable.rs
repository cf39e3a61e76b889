//! A snapshot that serializes can be read again.

use super::round_trip;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, future::pending};
use workflows_runtime::{RunHandle, Snapshot, prelude::*};
use workflows_tests::let_others_run;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Tree {
    Leaf,
    Node(Vec<Tree>),
}

impl Tree {
    fn nested(levels: usize) -> Self {
        (0..levels).fold(Self::Leaf, |inner, _| Self::Node(vec![inner]))
    }
}

#[event]
struct Sample {
    value: f64,
    tree: Tree,
}

/// Values that are difficult for JSON.
#[event]
#[derive(PartialEq)]
struct Odd {
    wide: (u128, i128),
    bytes: Vec<u8>,
    by_number: BTreeMap<i64, char>,
    text: String,
    unit: (),
    nothing: Option<Vec<()>>,
    float: f64,
}

async fn held(value: f64, tree: Tree, state: Vec<f64>) -> RunHandle<Holds> {
    let run = Holds.run(()).id("held").state(state).start();
    let_others_run().await;
    run.send(HumanResponse(Sample { value, tree })).unwrap();
    let_others_run().await;
    run
}

/// Waits for a sample and keeps it.
#[workflow(state = Vec<f64>)]
struct Holds;

#[workflow]
impl Holds {
    #[step]
    async fn wait(&self, ctx: &Context<Self, (HumanResponse<Sample>,)>, Start(()): Start<()>) -> Stop<u32> {
        let _sample = ctx.wait_for::<Sample>().await;
        pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn number_that_json_lacks_is_refused_with_its_place() {
    let snapshot = held(f64::NAN, Tree::Leaf, Vec::new()).await.snapshot().await.unwrap();
    let expected = "`value` of `Sample` is NaN, which JSON cannot represent";
    assert_eq!(serde_json::to_string(&snapshot).unwrap_err().to_string(), expected);
    assert_eq!(serde_json::to_value(&snapshot).unwrap_err().to_string(), expected);
    let mut inside = BTreeMap::new();
    inside.insert("job", &snapshot);
    assert_eq!(serde_json::to_vec_pretty(&inside).unwrap_err().to_string(), expected);
    // Other formats have a notation for it.
    let bytes = postcard::to_stdvec(&snapshot).unwrap();
    postcard::from_bytes::<Snapshot<Holds>>(&bytes).unwrap();

    let snapshot = held(0.5, Tree::Leaf, vec![1.0, f64::NEG_INFINITY]).await.snapshot().await.unwrap();
    let text = serde_json::to_string(&snapshot).unwrap_err().to_string();
    assert_eq!(text, "the value is -inf, which JSON cannot represent");
    let snapshot = held(0.5, Tree::Leaf, vec![1.0]).await.snapshot().await.unwrap();
    assert_eq!(round_trip(&snapshot).state(), Some(&vec![1.0]));
}

#[tokio::test(start_paused = true)]
async fn value_that_is_nested_too_deeply_is_refused_with_its_place() {
    let mut deepest = 0;
    for levels in 1..80 {
        let snapshot = held(0.5, Tree::nested(levels), Vec::new()).await.snapshot().await.unwrap();
        match serde_json::to_string(&[[[&snapshot]]]) {
            // With room for what contains the snapshot.
            Ok(text) => {
                serde_json::from_str::<[[[Snapshot<Holds>; 1]; 1]; 1]>(&text).unwrap();
                deepest = levels;
            }
            Err(error) => {
                let text = error.to_string();
                let expected =
                    "a value in `Tree` is nested too deeply to be read again, at most 120 levels are allowed";
                assert_eq!(text, expected);
            }
        }
        let bytes = postcard::to_stdvec(&snapshot).unwrap();
        postcard::from_bytes::<Snapshot<Holds>>(&bytes).unwrap();
    }
    assert!((50..60).contains(&deepest), "{deepest}");
}

/// Fails, and returns what its handler receives.
#[workflow]
struct Fails;

#[workflow]
impl Fails {
    #[step]
    async fn fail(&self, Start(odd): Start<Odd>) -> StepResult<Stop<Odd>> {
        Err(StepError::msg(odd.text))
    }

    #[catch_error]
    async fn input(&self, failed: StepFailed) -> StepResult<Stop<Odd>> {
        let Start(odd) = failed.input().ok_or(StepError::msg("no input"))?;
        Ok(Stop(odd))
    }
}

#[tokio::test(start_paused = true)]
async fn unusual_values_are_read_again() {
    let odd = Odd {
        wide: (u128::MAX, i128::MIN),
        bytes: (0..=255).collect(),
        by_number: BTreeMap::from([(i64::MIN, '\u{0}'), (-1, '\u{10ffff}')]),
        text: "a\u{2028}\"\\".repeat(100_000),
        unit: (),
        nothing: Some(vec![(); 3]),
        float: 0.1 + 0.2,
    };
    // Through a failure and its handler, and through a snapshot of the failed run.
    assert_eq!(Fails.run(odd.clone()).await.unwrap(), odd);
    let run = Fails.run(odd.clone()).id("long name".repeat(10_000)).start();
    let snapshot = run.snapshot().await.unwrap();
    assert_eq!(round_trip(&snapshot).run_id().unwrap().as_str().len(), 90_000);
    assert_eq!(Fails.resume(round_trip(&snapshot)).await.unwrap(), odd);
}

/// An error with itself as its cause.
#[derive(Debug)]
struct Endless;

impl fmt::Display for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("again")
    }
}

impl std::error::Error for Endless {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self)
    }
}

#[test]
fn error_has_a_bounded_number_of_causes() {
    let text = serde_json::to_string(&StepError::from(Endless)).unwrap();
    let error: StepError = serde_json::from_str(&text).unwrap();
    assert_eq!(error.chain().count(), 65);
    assert_eq!(serde_json::to_string(&error).unwrap(), text);

    let causes: Vec<String> = (0..50_000).map(|n| n.to_string()).collect();
    let json = serde_json::json!({ "message": "long", "causes": &causes });
    let mut bytes = postcard::to_stdvec("long").unwrap();
    bytes.extend(postcard::to_stdvec(&None::<String>).unwrap());
    bytes.extend(postcard::to_stdvec(&causes).unwrap());
    let read: [StepError; 2] =
        [serde_json::from_str(&json.to_string()).unwrap(), postcard::from_bytes(&bytes).unwrap()];
    for error in read {
        let texts: Vec<String> = error.chain().map(ToString::to_string).collect();
        assert_eq!((texts.len(), &*texts[0], &*texts[1], &*texts[64]), (65, "long", "0", "63"));
        assert!(format!("{error:?} {error:#?}").len() < 100_000);
    }
}

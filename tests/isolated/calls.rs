//! Functions: arguments, results, queues and pools.

#![allow(clippy::option_option, reason = "calls and results may contain it")]

use crate::common::{assert_passes, in_another_process, isolated};
use std::{collections::HashMap, process};
use workflows_runtime::{
    Executors, Panicked, Retry, Run,
    isolated::{IsolatedError, Registry},
    prelude::*,
};

pub(crate) fn register(registry: Registry) -> Registry {
    registry
        .function(double)
        .function(Area::of)
        .function(first::<u8>)
        .function(first::<String>)
        .function(shapes)
        .function(length)
        .function(sum)
        .function(panics)
        .function(process_id)
        .function(extra_process_id)
        .function(extra_process_id_of_io)
        .function(recycled)
        .function(no_arguments)
        .function(fails)
        .function(nothing)
        .workflow(Call)
}

#[blocking(cpu, isolated)]
fn double(number: u64) -> u64 {
    number * 2
}

struct Area;

impl Area {
    #[blocking(cpu, isolated)]
    fn of(mut width: u32, (height, scale): (u32, u32)) -> Self2 {
        width *= scale;
        Self2 { area: width * height, unit: Some(Unit::Pixels) }
    }
}

/// Types that a positional format cannot represent.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Self2 {
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<Unit>,
    area: u32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Unit {
    Pixels,
}

#[blocking(cpu, isolated)]
fn first<T: serde::Serialize + serde::de::DeserializeOwned + Send>(list: Vec<T>) -> Option<T> {
    list.into_iter().next()
}

#[derive(Debug, PartialEq, Clone, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Shape {
    Circle {
        radius: f64,
    },
    Named {
        name: String,
        #[serde(flatten)]
        rest: HashMap<String, u64>,
    },
}

#[derive(Debug, PartialEq, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Loose {
    Number(i64),
    Text(String),
}

#[derive(Debug, PartialEq, Clone, Serialize, Deserialize)]
struct Skipping {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    name: Option<String>,
    text: String,
    json: serde_json::Value,
    by_number: HashMap<u64, Vec<Loose>>,
    big: u128,
    infinite: f64,
}

#[blocking(cpu, isolated)]
fn shapes(shapes: Vec<Shape>, skipping: Skipping) -> (Vec<Shape>, Skipping) {
    (shapes, skipping)
}

#[blocking(cpu, isolated)]
fn length(text: String) -> (usize, String) {
    (text.len(), text)
}

#[blocking(io, isolated)]
fn sum(bytes: Vec<u8>) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte)).sum()
}

#[blocking(cpu, isolated)]
fn panics(reason: String) -> u64 {
    panic!("no number: {reason}")
}

#[blocking(cpu, isolated)]
fn process_id() -> u32 {
    process::id()
}

#[blocking(cpu, isolated, pool = "extra")]
fn extra_process_id() -> u32 {
    process::id()
}

#[blocking(io, isolated, pool = "extra")]
fn extra_process_id_of_io() -> u32 {
    process::id()
}

const CALLS: usize = 2;

#[blocking(cpu, isolated(recycle_after = CALLS))]
fn recycled() -> u32 {
    process::id()
}

#[blocking(cpu, isolated)]
fn no_arguments() {}

#[blocking(cpu, isolated)]
fn fails(text: String) -> StepResult<u32> {
    Ok(text.parse()?)
}

/// What a call may contain that its format cannot tell from `None`.
#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Nothing {
    inner: Option<Option<u32>>,
    unit: Option<Unit2>,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Unit2;

fn of(inner: Option<Option<u32>>) -> Nothing {
    Nothing { inner, unit: Some(Unit2) }
}

#[blocking(cpu, isolated)]
fn nothing(of: Nothing, returns: bool) -> (Nothing, Option<()>) {
    (of, returns.then_some(()))
}

#[blocking(cpu, isolated)]
fn unregistered() -> u32 {
    1
}

/// Calls the functions, so they find the executors of the run.
#[workflow]
struct Call;

#[event]
struct Many(u64);

#[event]
struct Made(u64);

#[workflow]
impl Call {
    #[step]
    async fn begin(&self, Start(count): Start<u64>) -> Vec<Many> {
        (0..count).map(Many).collect()
    }

    #[step(workers = 64)]
    async fn double(&self, Many(number): Many) -> Made {
        Made(double(number).await)
    }

    #[step]
    async fn end(&self, all: Vec<Made>) -> Stop<u64> {
        Stop(all.iter().map(|made| made.0).sum())
    }
}

/// Runs code with these executors.
macro_rules! with {
    ($executors:expr, $($code:tt)*) => {{
        #[workflow]
        struct Body;
        #[workflow]
        impl Body {
            #[step]
            async fn body(&self, _: Start<()>) -> StepResult<Stop<()>> {
                $($code)*
                Ok(Stop(()))
            }
        }
        Body.run(()).executors($executors).await
    }};
}

#[tokio::test]
async fn arguments_and_results_cross() {
    let test = isolated(1).await;
    with!(&test.executors, {
        assert_eq!(double(21).await, 42);
        assert_eq!(Area::of(2, (3, 4)).await, Self2 { unit: Some(Unit::Pixels), area: 24 });
        assert_eq!(first(vec![7_u8]).await, Some(7));
        assert_eq!(first(vec!["a".to_owned()]).await.as_deref(), Some("a"));
        assert_eq!(first(Vec::<u8>::new()).await, None);
        no_arguments().await;
        assert_eq!(fails("7".to_owned()).await?, 7);
        let error = fails("seven".to_owned()).await.unwrap_err();
        assert_eq!(error.to_string(), "invalid digit found in string");
    })
    .unwrap();
    test.end().await;
}

#[tokio::test]
async fn attributes_of_serde_work() {
    let test = isolated(1).await;
    with!(&test.executors, {
        let rest = HashMap::from([("a".to_owned(), 1)]);
        let all = vec![Shape::Circle { radius: 0.1 }, Shape::Named { name: "b".to_owned(), rest }];
        let skipping = Skipping {
            name: None,
            text: "\u{1}abc".to_owned(),
            json: serde_json::json!({"a": [1, null, 0.5]}),
            by_number: HashMap::from([(7, vec![Loose::Number(-1), Loose::Text("c".to_owned())])]),
            big: u128::MAX,
            infinite: f64::INFINITY,
        };
        assert_eq!(shapes(all.clone(), skipping.clone()).await, (all, skipping));
    })
    .unwrap();
    test.end().await;
}

#[tokio::test]
async fn some_with_nothing_in_it_is_refused() {
    let test = isolated(1).await;
    with!(&test.executors, {
        assert_eq!(nothing(of(Some(Some(1))), false).await, (of(Some(Some(1))), None));
        assert_eq!(nothing(of(None), false).await, (of(None), None));
    })
    .unwrap();
    let error = with!(&test.executors, {
        nothing(of(Some(None)), false).await;
    });
    let expected = "step `body` failed: the arguments of `nothing` cannot be sent to another process: `inner` of `Nothing` \
                    is `Some` with nothing in it, which would be read as `None`";
    assert_eq!(error.unwrap_err().to_string(), expected);
    let error = with!(&test.executors, {
        nothing(of(None), true).await;
    });
    let error = error.unwrap_err().to_string();
    assert!(error.contains("the value is `Some` with nothing in it, which would be read as `None`"), "{error}");
    test.end().await;
}

#[tokio::test]
async fn large_values_cross() {
    let test = isolated(1).await;
    with!(&test.executors, {
        assert_eq!(sum(vec![3; 1 << 20]).await, 3 << 20);
        let text = "x".repeat(64 << 20);
        let (length, back) = length(text.clone()).await;
        assert_eq!(length, text.len());
        assert!(back == text);
        assert_eq!(double(1).await, 2);
    })
    .unwrap();
    test.end().await;
}

#[tokio::test]
async fn panic_is_a_failure_and_the_process_lives() {
    let test = isolated(1).await;
    let before = with!(&test.executors, {
        let _ = process_id().await;
        panics("none given".to_owned()).await;
    });
    let error = before.unwrap_err();
    let Some(panicked) = error.downcast_ref::<Panicked>() else { panic!("{error}") };
    assert_eq!(panicked.0, "no number: none given");
    assert_eq!(test.metrics().started, 1);
    with!(&test.executors, assert_eq!(double(1).await, 2);).unwrap();
    assert_eq!((test.metrics().started, test.metrics().processes), (1, 1));
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_calls_share_two_processes() {
    let test = isolated(2).await;
    assert_eq!(Call.run(4_000).executors(&test.executors).await.unwrap(), 4_000 * 3_999);
    let metrics = test.metrics();
    assert_eq!(metrics.completed, 4_000);
    assert!((1..=2).contains(&metrics.started), "{metrics:?}");
    test.end().await;
}

#[tokio::test]
async fn process_is_replaced_after_its_calls() {
    let test = isolated(1).await;
    with!(&test.executors, {
        let ids = [recycled().await, recycled().await, recycled().await, recycled().await];
        assert_eq!(ids[0], ids[1]);
        assert_ne!(ids[1], ids[2]);
        assert_eq!(ids[2], ids[3]);
    })
    .unwrap();
    assert_eq!(test.metrics().started, 2);
    assert_eq!(test.metrics().killed, 0);
    test.end().await;
}

#[tokio::test]
async fn named_pool_has_its_own_processes() {
    let test = isolated(1).await;
    with!(&test.executors, {
        assert_ne!(process_id().await, extra_process_id().await);
        assert_eq!(extra_process_id().await, extra_process_id_of_io().await);
    })
    .unwrap();
    let others = Executors::builder().build().unwrap();
    let error = with!(&others, extra_process_id().await;).unwrap_err();
    assert!(
        error.to_string().contains("no pool of processes `extra` among the executors of this run; there are: none")
    );
    test.end().await;
}

#[tokio::test]
async fn function_that_is_not_registered_is_an_error() {
    let test = isolated(1).await;
    let error = with!(&test.executors, unregistered().await;).unwrap_err();
    let Some(IsolatedError::NotRegistered { call, help, .. }) = error.downcast_ref() else { panic!("{error}") };
    assert_eq!((call.as_str(), help.as_str()), ("unregistered", ".function(unregistered)"));
    with!(&test.executors, assert_eq!(double(1).await, 2);).unwrap();
    assert_eq!(test.metrics().started, 1);
    test.end().await;
}

#[tokio::test]
async fn queue_limit_applies_to_processes() {
    let test = isolated(1).await;
    let executors = Executors::builder().isolated_processes(1).queue_limit(1).build().unwrap();
    let error = Call.run(64).executors(&executors).await.unwrap_err();
    assert!(error.to_string().contains("executor `isolated` has 1 queued jobs, its limit"), "{error}");
    assert!(executors.shutdown_timeout(Duration::from_secs(30)).await);
    test.end().await;
}

#[tokio::test]
async fn executors_that_are_shut_down_start_no_process() {
    let test = isolated(1).await;
    test.executors.shutdown_background();
    let error = with!(&test.executors, double(1).await;).unwrap_err();
    assert!(error.to_string().contains("the executors were shut down"), "{error}");
    assert_eq!(test.metrics().started, 0);
    test.end().await;
}

#[test]
fn pool_without_processes_is_refused() {
    let error = Executors::builder().isolated_processes(0).build().unwrap_err();
    assert_eq!(error.to_string(), "pool `isolated` needs at least one process");
}

#[test]
#[ignore = "leaves a process in the default executors"]
fn calls_in_three_runtimes() {
    crate::worker();
    let rounds = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { double(2).await })
    };
    assert_eq!((rounds(), rounds(), futures::executor::block_on(double(3))), (4, 4, 6));
}

/// Each runtime takes over the workers of others, also of those that were dropped.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn runtimes_share_processes() {
    let test = isolated(2).await;
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let executors = test.executors.clone();
            std::thread::spawn(move || {
                for _ in 0..4 {
                    let mut builder = match thread % 2 {
                        0 => tokio::runtime::Builder::new_current_thread(),
                        _ => tokio::runtime::Builder::new_multi_thread(),
                    };
                    let runtime = builder.enable_all().worker_threads(1).build().unwrap();
                    for _ in 0..2 {
                        runtime.block_on(async { with!(&executors, assert_eq!(double(2).await, 4);).unwrap() });
                    }
                    drop(runtime);
                    futures::executor::block_on(async { with!(&executors, assert_eq!(double(2).await, 4);).unwrap() });
                }
            })
        })
        .collect();
    tokio::task::spawn_blocking(|| threads.into_iter().for_each(|thread| thread.join().unwrap())).await.unwrap();
    assert_eq!(test.metrics().completed, 4 * 4 * 3);
    test.end().await;
}

#[tokio::test]
async fn process_outlives_the_runtime_of_a_call() {
    let test = isolated(1).await;
    assert_passes(&mut in_another_process("calls::calls_in_three_runtimes"));
    test.end().await;
}

#[allow(dead_code, reason = "the types of a run with isolated code")]
fn run_is_send(run: Run<Call>) -> impl Send {
    let _ = Retry::immediate();
    run
}

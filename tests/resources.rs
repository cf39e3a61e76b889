//! Resources and configs: made once, shared, waited for, retried, and told about when they fail.

use std::{
    error::Error,
    fmt, fs,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;
use workflows::{Log, failure, let_others_run, yield_once};
use workflows_runtime::{ConfigError, FailedAttempt, ResourceError, RetryPolicy, prelude::*};

/// Something with an identity, which is counted as long as it is there.
#[derive(Debug)]
struct Made {
    number: u32,
    alive: Arc<AtomicUsize>,
}

impl Drop for Made {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts what is made.
#[derive(Clone, Default)]
struct Maker {
    made: Arc<AtomicU32>,
    alive: Arc<AtomicUsize>,
}

impl Maker {
    fn make(&self) -> Made {
        self.alive.fetch_add(1, Ordering::Relaxed);
        Made { number: self.made.fetch_add(1, Ordering::Relaxed) + 1, alive: Arc::clone(&self.alive) }
    }

    fn made(&self) -> u32 {
        self.made.load(Ordering::Relaxed)
    }

    /// How many of those that were made are still there.
    fn alive(&self) -> usize {
        self.alive.load(Ordering::Relaxed)
    }
}

#[event]
struct Next(u32);

/// Both kinds of factories, cached and not, one in another, for both kinds of steps.
#[derive(Default)]
struct Parts {
    cached: Maker,
    fresh: Maker,
    top: Maker,
}

#[workflow]
#[derive(Default)]
struct Assembly {
    parts: Parts,
}

#[workflow]
impl Assembly {
    #[resource]
    #[blocking(io)]
    fn cached(&self) -> Made {
        self.parts.cached.make()
    }

    #[resource(cached = false)]
    async fn fresh(&self) -> Made {
        yield_once().await;
        self.parts.fresh.make()
    }

    #[resource(cached = false)]
    async fn left(#[resource(fresh)] fresh: &Made, #[resource(cached)] cached: &Made) -> (u32, u32) {
        (fresh.number, cached.number)
    }

    #[resource(cached = false)]
    #[blocking(cpu)]
    fn right(#[resource(fresh)] fresh: &Made) -> u32 {
        fresh.number
    }

    #[resource]
    async fn top(&self, #[resource(cached)] cached: &Made) -> StepResult<(u32, Made)> {
        Ok((cached.number, self.parts.top.make()))
    }

    #[step]
    async fn first(
        &self,
        #[resource(left)] left: &(u32, u32),
        Start(()): Start<()>,
        #[resource(right)] right: &u32,
        #[resource(fresh)] fresh: &Made,
        #[resource(cached)] cached: &Made,
    ) -> Next {
        assert_eq!(*left, (fresh.number, cached.number));
        assert_eq!(*right, fresh.number, "one value in one execution");
        Next(fresh.number)
    }

    #[step]
    #[blocking(cpu)]
    fn second(
        &self,
        Next(before): Next,
        #[resource(fresh)] fresh: &Made,
        #[resource(cached)] cached: &Made,
        #[resource(top)] top: &(u32, Made),
    ) -> Stop<(u32, u32, u32)> {
        assert_eq!(fresh.number, before + 1, "another one in another execution");
        assert_eq!(top.0, cached.number);
        Stop((fresh.number, cached.number, top.1.number))
    }
}

// RS-01, RS-02, RS-03, RS-05
#[tokio::test]
async fn what_is_cached_is_made_once_and_what_is_not_once_an_execution() {
    let workflow = Arc::new(Assembly::default());
    assert_eq!(Arc::clone(&workflow).run(()).await.unwrap(), (2, 1, 1));
    assert_eq!(Arc::clone(&workflow).run(()).start().await.unwrap(), (4, 1, 1));
    assert_eq!((workflow.parts.cached.made(), workflow.parts.fresh.made(), workflow.parts.top.made()), (1, 4, 1));
}

// RS-04
#[tokio::test]
async fn instances_share_nothing() {
    let (one, other) = (Arc::new(Assembly::default()), Arc::new(Assembly::default()));
    Arc::clone(&one).run(()).await.unwrap();
    Arc::clone(&other).run(()).await.unwrap();
    assert_eq!((one.parts.cached.made(), other.parts.cached.made()), (1, 1));
}

// RS-01: a step and a factory stay ordinary methods.
#[tokio::test]
async fn steps_and_factories_are_ordinary_methods() {
    let workflow = Assembly::default();
    let (fresh, cached) = (workflow.fresh().await, workflow.cached());
    assert_eq!(Assembly::left(&fresh, &cached).await, (1, 1));
    assert_eq!(Assembly::right(&fresh), 1);
    let Next(number) = workflow.first(&(1, 1), Start(()), &1, &fresh, &cached).await;
    assert_eq!(number, 1);
}

/// A resource that takes its time, and is refused a few times before.
#[workflow]
#[derive(Default)]
struct Slow {
    begun: AtomicUsize,
    refusals: AtomicUsize,
    panics: AtomicUsize,
    go: Arc<Notify>,
    maker: Maker,
    log: Log<String>,
}

#[derive(Debug)]
struct NotYet;

impl fmt::Display for NotYet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not yet")
    }
}

impl Error for NotYet {}

#[workflow]
impl Slow {
    #[resource]
    async fn slow(&self) -> Result<Made, NotYet> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.go.notified().await;
        if take_one(&self.refusals) {
            return Err(NotYet);
        }
        assert!(!take_one(&self.panics), "the maker breaks");
        Ok(self.maker.make())
    }

    #[resource]
    async fn around(#[resource(slow)] slow: &Made) -> u32 {
        slow.number
    }

    #[step]
    async fn one(&self, #[resource(slow)] slow: &Made, Start(n): Start<u32>) -> Next {
        Next(n + slow.number)
    }

    #[step]
    async fn other(&self, #[resource(around)] slow: &u32, Start(n): Start<u32>) -> Next {
        Next(n + slow)
    }

    #[step]
    async fn both(&self, of: [Next; 2]) -> Stop<u32> {
        self.log.add("made".to_owned());
        Stop(of.into_iter().map(|Next(n)| n).sum())
    }
}

fn take_one(from: &AtomicUsize) -> bool {
    from.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

// RS-07, RS-04
#[tokio::test]
async fn who_comes_later_waits_for_the_one_that_is_being_made() {
    let workflow = Arc::new(Slow::default());
    let runs = [1, 2, 3].map(|n| Arc::clone(&workflow).run(n).start());
    let_others_run().await;
    assert_eq!(workflow.begun.load(Ordering::Relaxed), 1, "six executions, of three runs, want it");
    workflow.go.notify_one();
    for (run, n) in runs.into_iter().zip(1..) {
        assert_eq!(run.await.unwrap(), 2 * n + 2);
    }
    assert_eq!(workflow.maker.made(), 1);
}

// RT-31, RS-07: a failure is its step's, and is not kept.
#[tokio::test]
async fn what_fails_is_told_with_its_chain_and_made_anew_the_next_time() {
    let workflow = Arc::new(Slow { refusals: 1.into(), ..Slow::default() });
    workflow.go.notify_one();
    let error = Arc::clone(&workflow).run(1).await.unwrap_err();
    let RunError::Failed { step, source, .. } = &error else { panic!("{error}") };
    assert_eq!(*step, "one");
    assert_eq!(source.to_string(), "resource `slow` (one → slow): not yet");
    let inner: &ResourceError = source.downcast_ref().unwrap();
    assert!(inner.cause().is::<NotYet>());
    assert_eq!((inner.step(), inner.chain(), inner.file()), ("one", &["slow"][..], None));

    workflow.go.notify_one();
    assert_eq!(Arc::clone(&workflow).run(1).await.unwrap(), 4);
    assert_eq!(workflow.begun.load(Ordering::Relaxed), 2);
}

// RT-31: the chain of what another resource needs, and a panic.
#[tokio::test]
async fn a_panic_of_a_factory_is_a_failure_that_names_it() {
    let workflow = Arc::new(Chain { panics: true });
    let (step, text) = failure(Arc::clone(&workflow).run(()).await.unwrap_err());
    assert_eq!((step, &*text), ("go", "resource `deepest` (go → top → middle → deepest): panicked: broken"));
    let workflow = Chain { panics: false };
    let (_, text) = failure(workflow.run(()).await.unwrap_err());
    assert_eq!(text, "resource `middle` (go → top → middle): panicked: too deep");
}

#[workflow]
struct Chain {
    panics: bool,
}

#[workflow]
impl Chain {
    #[resource]
    #[blocking(io)]
    fn deepest(&self) -> u32 {
        assert!(!self.panics, "broken");
        1
    }

    #[resource(cached = false)]
    async fn middle(#[resource(deepest)] deepest: &u32) -> u32 {
        assert!(*deepest > 1, "too deep");
        *deepest
    }

    #[resource]
    async fn top(#[resource(middle)] middle: &u32) -> u32 {
        *middle
    }

    #[step]
    async fn go(&self, #[resource(top)] top: &u32, Start(()): Start<()>) -> Stop<u32> {
        Stop(*top)
    }
}

// RS-07: who waited makes it, once the one that was making it is gone.
#[tokio::test]
async fn the_next_one_takes_over_what_a_cancelled_run_was_making() {
    let workflow = Arc::new(Slow::default());
    let first = Arc::clone(&workflow).run(1).start();
    let_others_run().await;
    let second = Arc::clone(&workflow).run(2).start();
    let_others_run().await;
    assert_eq!(workflow.begun.load(Ordering::Relaxed), 1);
    first.cancel();
    assert!(matches!(first.await, Err(RunError::Cancelled)));
    let_others_run().await;
    assert_eq!(workflow.begun.load(Ordering::Relaxed), 2);
    workflow.go.notify_one();
    assert_eq!(second.await.unwrap(), 6);
    assert_eq!(workflow.log.take(), ["made"]);
}

/// Again at once, so many times.
struct AtOnce(u32);

impl RetryPolicy for AtOnce {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        (failure.attempts < self.0).then_some(Duration::ZERO)
    }
}

#[workflow]
#[derive(Default)]
struct Patient {
    refusals: AtomicUsize,
    tried: AtomicUsize,
    fallback: Maker,
}

#[workflow]
impl Patient {
    #[resource]
    async fn flaky(&self) -> StepResult<u32> {
        self.tried.fetch_add(1, Ordering::Relaxed);
        if take_one(&self.refusals) { Err(StepError::msg("not yet")) } else { Ok(7) }
    }

    #[resource]
    async fn fallback(&self) -> Made {
        self.fallback.make()
    }

    #[step(retry = AtOnce(3))]
    async fn go(&self, #[resource(flaky)] flaky: &u32, Start(()): Start<()>) -> Stop<String> {
        Stop(flaky.to_string())
    }

    #[catch_error]
    async fn caught(&self, failed: StepFailed, #[resource(fallback)] fallback: &Made) -> Stop<String> {
        Stop(format!("{} {}", failed.error, fallback.number))
    }
}

// RT-31
#[tokio::test(start_paused = true)]
async fn a_failure_is_retried_by_the_policy_of_the_step_and_then_caught() {
    let workflow = Arc::new(Patient { refusals: 2.into(), ..Patient::default() });
    assert_eq!(Arc::clone(&workflow).run(()).await.unwrap(), "7");
    assert_eq!(workflow.tried.load(Ordering::Relaxed), 3);

    let workflow = Arc::new(Patient { refusals: 3.into(), ..Patient::default() });
    assert_eq!(Arc::clone(&workflow).run(()).await.unwrap(), "resource `flaky` (go → flaky): not yet 1");
    assert_eq!(workflow.tried.load(Ordering::Relaxed), 3);
}

#[workflow]
#[derive(Default)]
struct Hurried {
    go: Arc<Notify>,
}

#[workflow]
impl Hurried {
    #[resource]
    async fn slow(&self) -> u32 {
        self.go.notified().await;
        1
    }

    #[step(timeout = "1s")]
    async fn hurry(&self, #[resource(slow)] slow: &u32, Start(()): Start<()>) -> Stop<u32> {
        Stop(*slow)
    }
}

// RT-31: making its resources is part of an execution.
#[tokio::test(start_paused = true)]
async fn the_timeout_of_a_step_counts_over_the_making_of_its_resources() {
    let workflow = Arc::new(Hurried::default());
    let (step, text) = failure(Arc::clone(&workflow).run(()).await.unwrap_err());
    assert_eq!((step, &*text), ("hurry", "took longer than 1s"));
    workflow.go.notify_one();
    assert_eq!(workflow.run(()).await.unwrap(), 1);
}

// RH-07
#[tokio::test]
async fn resources_keep_no_workflow_alive_and_go_with_it() {
    let maker = Maker::default();
    let workflow = || Assembly { parts: Parts { cached: maker.clone(), ..Parts::default() } };

    // By value: gone before the result is seen, even while there is a handle.
    let run = workflow().run(()).start();
    run.result().await.unwrap();
    assert_eq!((maker.made(), maker.alive()), (1, 0));

    // Shared, and let go of by its owner before its run ends.
    let shared = Arc::new(workflow());
    let weak = Arc::downgrade(&shared);
    let run = shared.run(()).start();
    run.result().await.unwrap();
    assert!(weak.upgrade().is_none());
    assert_eq!((maker.made(), maker.alive()), (2, 0));
}

// RH-07
#[tokio::test]
async fn resources_of_instances_that_are_gone_are_dropped_when_others_run() {
    let maker = Maker::default();
    for n in 1..=100 {
        let workflow = Arc::new(Assembly { parts: Parts { cached: maker.clone(), ..Parts::default() } });
        Arc::clone(&workflow).run(()).await.unwrap();
        drop(workflow);
        assert_eq!(maker.made(), n);
        // Other tests of this process have instances of the type, too.
        assert!(maker.alive() < 20, "{} are left", maker.alive());
    }
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
struct Limits {
    most: u32,
    names: Vec<String>,
}

#[derive(Deserialize)]
struct LlmConfig {
    model: String,
}

#[derive(Deserialize)]
struct Whole {
    limits: Limits,
}

#[workflow]
struct Configured;

#[workflow]
impl Configured {
    // RS-12
    #[resource]
    async fn llm(#[config("tests/resources/app.json", select = "prod.llm")] config: &LlmConfig) -> String {
        config.model.clone()
    }

    #[step]
    async fn go(
        &self,
        #[config("tests/resources/app.json", select = "limits")] copied: Limits,
        #[config("tests/resources/app.json", select = "limits")] lent: &Limits,
        #[config("tests/resources/app.json")] whole: &Whole,
        #[resource(llm)] llm: &str,
        Start(()): Start<()>,
    ) -> Next {
        assert_eq!((&copied, &whole.limits), (lent, lent));
        assert_eq!(llm, "large");
        Next(copied.most)
    }

    #[step]
    #[blocking(io)]
    fn end(
        &self,
        Next(most): Next,
        #[config("tests/resources/app.json", select = "prod.flat")] flat: u32,
        #[config("tests/resources/app.json", select = "limits.names")] names: &Vec<String>,
    ) -> Stop<(u32, u32, usize)> {
        Stop((most, flat, names.len()))
    }
}

// RS-09, RS-10, RS-12
#[tokio::test]
async fn a_config_is_what_is_selected_as_the_type_of_the_parameter() {
    assert_eq!(Configured.run(()).await.unwrap(), (10, 7, 2));
    // RS-10: with virtual time, too, although a file is read.
    Arc::new(Configured).check_resources().await.unwrap();
}

/// A workflow with one config at one step, and its text when it fails.
macro_rules! fails {
    ($name:ident, $config:meta, $ty:ty, $expected:literal) => {{
        #[workflow]
        struct $name;

        #[workflow]
        impl $name {
            #[resource]
            async fn inner(#[$config] _: &$ty) -> u32 {
                1
            }

            #[step]
            async fn go(&self, #[resource(inner)] _: &u32, Start(()): Start<()>) -> Stop<()> {
                Stop(())
            }
        }

        let error = $name.run(()).await.unwrap_err();
        let RunError::Failed { step: "go", source, .. } = &error else { panic!("{error}") };
        let inner: &ResourceError = source.downcast_ref().unwrap();
        assert!(inner.cause().is::<ConfigError>());
        assert!(inner.file().unwrap().ends_with(".json"));
        let text = source.to_string();
        assert!(text.starts_with($expected), "{text}");
    }};
}

// RS-08, RS-09, RS-10
#[tokio::test]
async fn what_is_wrong_with_a_config_is_said_with_file_selector_and_chain() {
    fails!(
        Missing,
        config("tests/resources/missing.json"),
        Limits,
        "config `tests/resources/missing.json` (go → inner → tests/resources/missing.json): the file cannot be read: No such file"
    );
    fails!(
        Broken,
        config("tests/resources/broken.json", select = "limits"),
        Limits,
        "config `tests/resources/broken.json` at `limits` (go → inner → tests/resources/broken.json): the file is not JSON: EOF"
    );
    fails!(
        NoSegment,
        config("tests/resources/app.json", select = "prod.lmm.model"),
        Limits,
        "config `tests/resources/app.json` at `prod.lmm.model` (go → inner → tests/resources/app.json): there is no `prod.lmm`"
    );
    fails!(
        NoObject,
        config("tests/resources/app.json", select = "prod.flat.deep.er"),
        Limits,
        "config `tests/resources/app.json` at `prod.flat.deep.er` (go → inner → tests/resources/app.json): there is no `prod.flat.deep`: its parent is a number, not an object"
    );
    fails!(
        NoField,
        config("tests/resources/app.json", select = "prod.llm"),
        Limits,
        "config `tests/resources/app.json` at `prod.llm` (go → inner → tests/resources/app.json): it does not fit the parameter's type: missing field `most`"
    );
    fails!(
        NoNumber,
        config("tests/resources/app.json", select = "limits"),
        u32,
        "config `tests/resources/app.json` at `limits` (go → inner → tests/resources/app.json): it does not fit the parameter's type: invalid type: map, expected u32"
    );
}

#[workflow]
struct Written;

#[workflow]
impl Written {
    #[step]
    async fn go(
        &self,
        #[config("target/written_by_a_test.json", select = "one")] one: u32,
        Start(()): Start<()>,
    ) -> (Next, Other) {
        (Next(one), Other)
    }

    #[step]
    async fn then(
        &self,
        #[config("target/written_by_a_test.json", select = "two")] two: u32,
        Next(one): Next,
        _: Other,
    ) -> Stop<(u32, u32)> {
        Stop((one, two))
    }
}

#[event]
struct Other;

// RS-08, RS-11
#[tokio::test]
async fn a_file_is_read_on_first_use_once_an_instance() {
    let file = "target/written_by_a_test.json";
    fs::create_dir_all("target").unwrap();
    let _ = fs::remove_file(file);
    let workflow = Arc::new(Written);
    let (step, text) = failure(Arc::clone(&workflow).run(()).await.unwrap_err());
    assert_eq!(step, "go");
    assert!(text.contains("(go → target/written_by_a_test.json)"), "{text}");

    // What has failed is tried again.
    fs::write(file, r#"{"one": 1, "two": 2}"#).unwrap();
    assert_eq!(Arc::clone(&workflow).run(()).await.unwrap(), (1, 2));
    fs::write(file, r#"{"one": 10, "two": 20}"#).unwrap();
    assert_eq!(Arc::clone(&workflow).run(()).await.unwrap(), (1, 2));
    assert_eq!(Written.run(()).await.unwrap(), (10, 20));
}

/// Three things that are wrong, one of which two steps need.
#[workflow]
#[derive(Default)]
struct Doubtful {
    cached: Maker,
    fresh: Maker,
    tried: AtomicUsize,
}

#[workflow]
impl Doubtful {
    #[resource]
    async fn good(&self) -> Made {
        self.cached.make()
    }

    #[resource(cached = false)]
    async fn each(&self) -> Made {
        self.fresh.make()
    }

    #[resource]
    async fn bad(&self) -> StepResult<u32> {
        self.tried.fetch_add(1, Ordering::Relaxed);
        Err(StepError::msg("out of order"))
    }

    #[resource]
    async fn around(#[resource(bad)] bad: &u32, #[config("tests/resources/app.json")] _: &Whole) -> u64 {
        u64::from(*bad)
    }

    #[step]
    async fn one(
        &self,
        #[resource(around)] _: &u64,
        #[resource(each)] _: &Made,
        #[resource(good)] _: &Made,
        #[resource(bad)] _: &u32,
        Start(()): Start<()>,
    ) -> Next {
        Next(1)
    }

    #[step]
    async fn two(
        &self,
        #[resource(each)] _: &Made,
        #[resource(around)] _: &u64,
        #[config("tests/resources/missing.json")] _: &u32,
        #[config("tests/resources/app.json", select = "no")] _: &u32,
        Next(_): Next,
    ) -> Stop<()> {
        Stop(())
    }
}

// VA-27
#[tokio::test]
async fn a_check_makes_everything_and_says_all_that_is_wrong_once() {
    let workflow = Arc::new(Doubtful::default());
    let errors = workflow.check_resources().await.unwrap_err();
    let text = errors.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "resource `bad` (one → around → bad): out of order");
    assert!(
        lines[1].starts_with("config `tests/resources/missing.json` (two → tests/resources/missing.json): the file")
    );
    assert_eq!(
        lines[2],
        "config `tests/resources/app.json` at `no` (two → tests/resources/app.json): there is no `no`"
    );
    assert_eq!(errors.iter().count(), 3);
    assert_eq!(workflow.tried.load(Ordering::Relaxed), 1);
    assert_eq!((workflow.cached.made(), workflow.cached.alive()), (1, 1), "what is made stays");
    assert_eq!((workflow.fresh.made(), workflow.fresh.alive()), (1, 0), "and what is for one execution goes");

    // Said before a run, and what was good is not made again.
    assert!(workflow.check_resources().await.is_err());
    assert_eq!((workflow.tried.load(Ordering::Relaxed), workflow.cached.made()), (2, 1));
}

// VA-27
#[tokio::test]
async fn what_a_check_has_made_is_there_for_runs() {
    let workflow = Arc::new(Assembly::default());
    workflow.check_resources().await.unwrap();
    assert_eq!((workflow.parts.cached.made(), workflow.parts.top.made()), (1, 1));
    Arc::clone(&workflow).run(()).await.unwrap();
    assert_eq!((workflow.parts.cached.made(), workflow.parts.top.made()), (1, 1));
}

trait Client: Send + Sync {
    fn ask(&self, question: &str) -> String;
}

struct Fake;

impl Client for Fake {
    fn ask(&self, question: &str) -> String {
        format!("{question}!")
    }
}

#[workflow]
struct Injected {
    client: Arc<dyn Client>,
}

#[workflow]
impl Injected {
    #[resource]
    async fn client(&self) -> Arc<dyn Client> {
        Arc::clone(&self.client)
    }

    #[step]
    async fn ask(&self, #[resource(client)] client: &Arc<dyn Client>, Start(text): Start<String>) -> Stop<String> {
        Stop(client.ask(&text))
    }
}

// RS-13: a value that is ready is a field, which the factory hands on.
#[tokio::test]
async fn a_test_gives_a_value_of_its_own() {
    assert_eq!(Injected { client: Arc::new(Fake) }.run("yes".to_owned()).await.unwrap(), "yes!");
}

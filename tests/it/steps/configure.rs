//! `Run::configure`: a run overrides options of its steps. All time is virtual.

use std::{future::pending, sync::Arc, time::SystemTime};
use tokio::time::{Instant, sleep};
use workflows_runtime::{
    ResumeError, Run, Snapshot, StepTimedOut,
    prelude::*,
    remote::{Command, Engine, execute},
    testing::{Fault, resume_everywhere},
};
use workflows_tests::{failure, let_others_run, ms};

#[event]
struct Page(u64);
#[event]
struct Size(u64);

/// Each page takes a second.
#[workflow]
struct Measure;

#[workflow]
impl Measure {
    #[step]
    async fn list(&self, Start(pages): Start<u64>) -> Vec<Page> {
        (0..pages).map(Page).collect()
    }

    #[step(workers = 2, timeout = "10s")]
    async fn fetch(&self, Page(n): Page) -> Size {
        sleep(ms(1000)).await;
        Size(n)
    }

    #[step]
    async fn sum(&self, sizes: Vec<Size>) -> Stop<u64> {
        Stop(sizes.into_iter().map(|Size(n)| n).sum())
    }
}

/// Runs it, and returns for how many seconds it took.
async fn seconds(run: Run<Measure>) -> u64 {
    let begun = Instant::now();
    assert_eq!(run.await.unwrap(), 28);
    begun.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn configured_workers_replace_the_declared_ones() {
    assert_eq!(seconds(Measure.run(8)).await, 4);
    assert_eq!(seconds(Measure.run(8).configure(|steps| steps.fetch.workers(8))).await, 1);
    assert_eq!(seconds(Measure.run(8).configure(|steps| steps.fetch.workers(1))).await, 8);
    // Another step, and another option.
    assert_eq!(seconds(Measure.run(8).configure(|steps| steps.sum.workers(8))).await, 4);
    assert_eq!(seconds(Measure.run(8).configure(|steps| steps.fetch.timeout(ms(2000)))).await, 4);

    let begun = Instant::now();
    let run = Measure.run(8).configure(|steps| steps.fetch.workers(4)).start();
    assert_eq!(run.await.unwrap(), 28);
    assert_eq!(begun.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn later_call_replaces_the_same_option() {
    let run = Measure.run(8).configure(|steps| steps.fetch.workers(1).timeout(ms(1)));
    let run = run.configure(|steps| steps.list.workers(9)).configure(|steps| steps.fetch.timeout(ms(5000)));
    assert_eq!(seconds(run).await, 8);
}

#[tokio::test(start_paused = true)]
async fn configured_timeout_replaces_the_declared_one() {
    let begun = Instant::now();
    let error = Measure.run(8).configure(|steps| steps.fetch.timeout(ms(300))).await.unwrap_err();
    assert_eq!(begun.elapsed(), ms(300));
    assert_eq!(error.downcast_ref(), Some(&StepTimedOut::new(ms(300))));
    assert_eq!(failure(error), ("fetch", "took longer than 300ms".to_owned()));
}

/// Each step takes an hour.
#[workflow]
struct Slow;

#[event]
struct Half(u64);

#[workflow]
impl Slow {
    #[step]
    async fn first(&self, Start(n): Start<u64>) -> Half {
        sleep(Duration::from_hours(1)).await;
        Half(n)
    }

    #[step(timeout = "1s")]
    async fn second(&self, Half(n): Half) -> Stop<u64> {
        sleep(Duration::from_hours(1)).await;
        Stop(n)
    }
}

#[tokio::test(start_paused = true)]
async fn configured_timeout_may_be_none() {
    assert!(Slow.run(7).await.is_err());
    assert_eq!(Slow.run(7).configure(|steps| steps.second.timeout(None)).await.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn step_without_a_timeout_may_have_one_in_a_run() {
    let begun = Instant::now();
    let error = Slow.run(7).configure(|steps| steps.first.timeout(ms(20))).start().await.unwrap_err();
    assert_eq!(begun.elapsed(), ms(20));
    assert!(error.is::<StepTimedOut>());
}

#[test]
fn configured_timeout_needs_a_timer() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = runtime.block_on(Double.run(1).configure(|steps| steps.double.timeout(ms(1))).into_future());
    assert!(matches!(error, Err(RunError::NoTimer)));
    let doubled = runtime.block_on(Double.run(1).configure(|steps| steps.double.workers(1)).into_future());
    assert_eq!(doubled.unwrap(), 2);
}

#[workflow]
struct Double;

#[workflow]
impl Double {
    #[step]
    async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
        Stop(n * 2)
    }
}

#[test]
#[should_panic(expected = "a step needs at least one worker")]
fn zero_workers_panic() {
    drop(Double.run(1).configure(|steps| steps.double.workers(0)));
}

/// Fails twice by its timeout, then is in time.
#[workflow]
struct Retrying;

#[workflow]
impl Retrying {
    #[step(timeout = "1h", retry = Retry::immediate().max_attempts(3))]
    async fn hang(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<u32>> {
        let attempt = ctx.attempt().number;
        if attempt < 3 {
            pending::<()>().await;
        }
        Ok(Stop(attempt))
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_the_configured_timeout() {
    let begun = Instant::now();
    assert_eq!(Retrying.run(()).configure(|steps| steps.hang.timeout(ms(10))).await.unwrap(), 3);
    assert_eq!(begun.elapsed(), ms(20));
}

/// Waits for an answer after half a second.
#[workflow]
struct Waiting;

#[workflow]
impl Waiting {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
        Start(()): Start<()>,
    ) -> Stop<bool> {
        sleep(ms(500)).await;
        let answer: bool = ctx.ask_for("sure?".to_owned()).await;
        sleep(ms(800)).await;
        Stop(answer)
    }
}

#[tokio::test(start_paused = true)]
async fn configured_timeout_stops_during_a_wait() {
    for (timeout, is_in_time) in [(ms(1301), true), (ms(1299), false)] {
        let run = Waiting.run(()).configure(|steps| steps.ask.timeout(timeout)).start();
        sleep(Duration::from_mins(1)).await;
        run.send(HumanResponse(true)).unwrap();
        let result = run.await;
        assert_eq!(result.is_ok(), is_in_time, "{result:?}");
        if let Err(error) = result {
            assert_eq!(error.downcast_ref(), Some(&StepTimedOut::new(timeout)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn resumed_run_keeps_configured_options() {
    let run = Measure.run(8).configure(|steps| steps.fetch.workers(8).timeout(ms(7000))).start();
    sleep(ms(10)).await;
    let text = serde_json::to_string(&run.snapshot().await.unwrap()).unwrap();
    drop(run);
    let snapshot = || -> Snapshot<Measure> { serde_json::from_str(&text).unwrap() };

    assert_eq!(seconds(Measure.resume(snapshot())).await, 1);
    // Each option alone may be configured again.
    assert_eq!(seconds(Measure.resume(snapshot()).configure(|steps| steps.fetch.timeout(ms(2000)))).await, 1);
    assert_eq!(seconds(Measure.resume(snapshot()).configure(|steps| steps.fetch.workers(1))).await, 8);
    // And is kept again.
    let again = Measure.resume(snapshot()).configure(|steps| steps.fetch.workers(1)).start();
    let_others_run().await;
    let snapshot = again.snapshot().await.unwrap();
    drop(again);
    assert_eq!(seconds(Measure.resume(snapshot)).await, 8);
}

#[tokio::test(start_paused = true)]
async fn damaged_overrides_are_refused() {
    let run = Measure.run(8).configure(|steps| steps.fetch.workers(8)).start();
    sleep(ms(10)).await;
    let json = serde_json::to_value(run.snapshot().await.unwrap()).unwrap();
    assert_eq!(json["engine"]["overrides"][0]["step"], 1);
    let damage = |step: u64| {
        let mut json = json.clone();
        json["engine"]["overrides"][0]["step"] = step.into();
        serde_json::from_value::<Snapshot<Measure>>(json).unwrap()
    };
    let refused = |error: RunError| matches!(error, RunError::Resume(ResumeError::Damaged { .. }));
    assert!(refused(Measure.resume(damage(3)).await.unwrap_err()));
    assert!(Measure.resume(damage(2)).await.is_ok());

    let mut twice = json.clone();
    let first = twice["engine"]["overrides"][0].clone();
    twice["engine"]["overrides"].as_array_mut().unwrap().push(first);
    let twice: Snapshot<Measure> = serde_json::from_value(twice).unwrap();
    assert!(refused(Measure.resume(twice).await.unwrap_err()));

    let mut none = json;
    none["engine"]["overrides"][0]["workers"] = 0.into();
    assert!(serde_json::from_value::<Snapshot<Measure>>(none).is_err());
}

/// Hashes on a thread.
#[workflow]
struct Hash;

#[workflow]
impl Hash {
    #[step]
    #[blocking(cpu)]
    fn hash(&self, Start(n): Start<u64>) -> Stop<u64> {
        Stop(n)
    }
}

#[tokio::test]
async fn configured_options_apply_in_tests() {
    let record = Measure.run(8).configure(|steps| steps.fetch.workers(1)).test().await;
    assert_eq!(record.output(), &28);

    let test = Slow.run(7).configure(|steps| steps.first.timeout(ms(20))).test();
    assert!(test.await.error().is::<StepTimedOut>());

    // Of a blocking step whose declaration has no timeout.
    let test = Hash.run(7).configure(|steps| steps.hash.timeout(ms(20))).test();
    let record = test.fault("hash", 1, Fault::hang()).await;
    assert!(record.error().is::<StepTimedOut>());
    assert_eq!(Hash.run(7).configure(|steps| steps.hash.timeout(ms(20))).test().await.output(), &7);

    let test = || Measure.run(3).configure(|steps| steps.fetch.workers(1).timeout(ms(3000))).test();
    resume_everywhere(test, |whole, resumed| assert_eq!(whole.output(), resumed.output())).await;
}

/// Runs the pages of a child.
#[workflow]
struct Parent;

#[workflow]
impl Parent {
    #[step]
    async fn measure(&self, ctx: &Context<Self>, Start(pages): Start<u64>) -> StepResult<Stop<u64>> {
        Ok(Stop(ctx.run_child(&Arc::new(Measure), pages).configure(|steps| steps.fetch.workers(8)).await?))
    }
}

#[tokio::test(start_paused = true)]
async fn child_is_configured_by_its_parent() {
    let begun = Instant::now();
    assert_eq!(Parent.run(8).await.unwrap(), 28);
    assert_eq!(begun.elapsed().as_secs(), 1);
}

/// Has a parameter.
#[workflow]
struct Generic<T> {
    of: T,
}

#[workflow]
impl<T: ToString + Send + Sync + 'static> Generic<T> {
    #[step(timeout = "1h")]
    async fn r#match(&self, Start(()): Start<()>) -> Stop<String> {
        sleep(ms(500)).await;
        Stop(self.of.to_string())
    }
}

#[tokio::test(start_paused = true)]
async fn generic_workflow_is_configured() {
    let run = |timeout| Generic { of: 7 }.run(()).configure(|steps| steps.r#match.timeout(timeout));
    assert_eq!(run(ms(501)).await.unwrap(), "7");
    assert!(run(ms(499)).await.unwrap_err().is::<StepTimedOut>());
}

#[tokio::test(start_paused = true)]
async fn engine_is_configured() {
    let at = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
    let mut engine = Engine::<Measure>::begin("measure", 5, at);
    engine.configure(|steps| steps.fetch.workers(3).timeout(ms(700)), at);
    let Some(Command::Execute(list)) = engine.next_command() else { panic!("`list` starts") };
    assert_eq!(list.timeout(), None);
    assert_eq!(engine.deadline(), None);
    engine.answered(execute(&Arc::new(Measure), list).await).unwrap();
    let calls = |engine: &mut Engine<Measure>| {
        let mut timeouts = Vec::new();
        while let Some(Command::Execute(call)) = engine.next_command() {
            timeouts.push(call.timeout());
        }
        timeouts
    };
    assert_eq!(calls(&mut engine), [Some(ms(700)); 3]);
    let due = engine.deadline().unwrap();

    // A restored engine keeps the options.
    let snapshot = engine.snapshot(at).unwrap();
    let mut restored = Engine::<Measure>::restore(snapshot, at).unwrap();
    assert_eq!(calls(&mut restored), [Some(ms(700)); 3]);

    // More workers and more time, from now on.
    engine.configure(|steps| steps.fetch.workers(4).timeout(ms(900)), at + ms(300));
    assert_eq!(calls(&mut engine), [Some(ms(900))]);
    assert_eq!(engine.deadline(), Some(due + ms(500)));
}

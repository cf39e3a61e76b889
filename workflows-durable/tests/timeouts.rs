//! Timeouts of steps, workers that dropped executions hold, and resumed runs are recorded as ticks.
#![allow(missing_docs)]

#[path = "common/crashed.rs"]
mod crashed;
#[path = "common/logged.rs"]
mod logged;
#[path = "common/wide.rs"]
mod wide;
#[path = "common/written.rs"]
mod written;

use self::{
    crashed::claim,
    logged::Logged,
    wide::{Got, Part, parts, text},
    written::Written,
};
use std::{
    future::pending,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::sleep;
use workflows_durable::{DurableRun, Host, MemoryStore, Store};
use workflows_runtime::{FailedAttempt, RetryPolicy, StepTimedOut, durable::read, prelude::*};

/// A fan-out whose parts each take too long once.
#[workflow]
struct Slow;

#[workflow]
impl Slow {
    #[step]
    async fn split(&self, Start(count): Start<u32>) -> Vec<Part> {
        parts(count)
    }
    #[step(workers = 8, timeout = "1s", retry = Retry::fixed(Duration::from_millis(1)).max_attempts(2))]
    async fn part(&self, ctx: &Context<Self>, Part { number, text }: Part) -> StepResult<Got> {
        if ctx.attempt().number == 1 {
            pending::<()>().await;
        }
        Ok(Got { number, text })
    }
    #[step]
    async fn gather(&self, all: Vec<Got>) -> Stop<usize> {
        Stop(all.len())
    }
}

/// What a run of so many parts writes.
async fn written<W: workflows_runtime::durable::Durable<Input = u32, Output = usize>>(
    host: Host,
    store: &Logged,
    parts: u32,
) -> Written {
    let run = host.run::<W>(parts).start().await.unwrap();
    assert_eq!(run.result().await.unwrap(), parts as usize);
    let written = Written::of(store);
    println!("{parts} parts: {written:?}");
    written
}

/// A record of the whole run for each part would be in proportion to the square of the parts.
fn assert_linear(written: &[Written; 3], parts: [u32; 3]) {
    for (written, parts) in written.iter().zip(parts) {
        let events: usize =
            (0..parts).map(|number| serde_json::to_string(&Part { number, text: text(number) }).unwrap().len()).sum();
        assert!(written.bytes < 12 * events, "{written:?} for {events} bytes of parts");
    }
    let [few, _, many] = written;
    assert!(many.snapshots < few.snapshots + 8, "{written:?}");
}

#[tokio::test(start_paused = true)]
async fn steps_that_time_out_do_not_need_snapshots() {
    let counts = [500, 1_000, 2_000];
    let of = async |parts| {
        let store = Logged::default();
        let host = Host::on(store.clone()).workflow(Slow).start().await.unwrap();
        written::<Slow>(host, &store, parts).await
    };
    assert_linear(&[of(counts[0]).await, of(counts[1]).await, of(counts[2]).await], counts);
}

/// Opened by a test for blocking code that waits.
#[derive(Clone, Default)]
struct Barrier(Arc<(Mutex<bool>, Condvar)>);

impl Barrier {
    fn open(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    fn wait(&self) {
        let mut is_open = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !*is_open {
            is_open = self.0.1.wait(is_open).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[event]
struct Stuck;

/// A fan-out while blocking code runs on whose step has timed out.
#[workflow]
struct Held {
    barrier: Barrier,
}

#[workflow]
impl Held {
    #[step]
    async fn split(&self, Start(count): Start<u32>) -> (Stuck, Vec<Part>) {
        (Stuck, parts(count))
    }
    #[step(workers = 1, timeout = "1ms", retry = Retry::fixed(Duration::from_hours(1)).max_attempts(2))]
    #[blocking(io)]
    fn stuck(&self, _: Stuck) {
        self.barrier.wait();
    }
    #[step(workers = 8)]
    async fn part(&self, Part { number, text }: Part) -> Got {
        sleep(Duration::from_millis(10)).await;
        Got { number, text }
    }
    #[step]
    async fn gather(&self, all: Vec<Got>) -> Stop<usize> {
        self.barrier.open();
        Stop(all.len())
    }
}

#[tokio::test]
async fn held_workers_do_not_need_snapshots() {
    let counts = [100, 200, 400];
    let of = async |parts| {
        let store = Logged::default();
        let host = Host::on(store.clone()).workflow(Held { barrier: Barrier::default() }).start().await.unwrap();
        written::<Held>(host, &store, parts).await
    };
    assert_linear(&[of(counts[0]).await, of(counts[1]).await, of(counts[2]).await], counts);
}

#[event]
struct Question;
#[event]
struct Checked(bool);
#[event]
struct All(u32);

#[derive(Debug, thiserror::Error)]
#[error("busy")]
struct Busy;

/// Timeouts with and without another attempt, failures, a race, a wait, a state and collected events.
#[workflow(state = Vec<u32>, timeout = "24h")]
struct Mixed;

#[workflow]
impl Mixed {
    #[step]
    async fn split(&self, Start(count): Start<u32>) -> (Question, Vec<Part>) {
        (Question, parts(count))
    }
    #[step]
    async fn ask(&self, ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>, _: Question) -> Checked {
        Checked(ctx.ask_for::<bool>("good?".to_owned()).await)
    }
    #[step(workers = 3, timeout = "1s", retry = Retry::fixed(Duration::from_millis(5)).max_attempts(3))]
    async fn part(&self, ctx: &Context<Self>, Part { number, text }: Part) -> StepResult<Got> {
        let attempt = ctx.attempt().number;
        let pair = ctx.collect(Part { number, text: String::new() }, 2);
        if number % 4 == 2 && attempt == 1 {
            return Err(Busy.into());
        }
        if number % 3 == 1 && attempt == 1 || number % 5 == 4 {
            pending::<()>().await;
        }
        if let Some(pair) = pair {
            ctx.state().update(|pairs| pairs.extend(pair.iter().map(|part| part.number)));
        }
        Ok(Got { number, text })
    }
    #[catch_error(steps(part))]
    async fn never(&self, failed: StepFailed) -> Got {
        let number = failed.input().map_or(0, |Part { number, .. }| number);
        Got { number, text: failed.error.to_string() }
    }
    #[step]
    async fn gather(&self, all: Vec<Got>) -> All {
        let late = all.iter().filter(|got| got.text == "took longer than 1s").count();
        All(1_000 * u32::try_from(late).unwrap() + all.iter().map(|got| got.number).sum::<u32>())
    }
    #[step]
    async fn end(&self, All(sum): All, Checked(is_good): Checked) -> Stop<(u32, bool)> {
        Stop((sum, is_good))
    }
}

/// Answers the question of a run, unless it was answered before.
async fn finish(run: DurableRun<Mixed>) -> (u32, bool) {
    loop {
        if let [open] = &run.open_prompts()[..] {
            let _ = run.answer(open.id, true).await;
        }
        tokio::select! {
            result = run.result() => return result.unwrap(),
            () = sleep(Duration::from_millis(100)) => {}
        }
    }
}

/// Continues the run of a store. The result is in the store if the run had ended.
async fn continued(store: impl Store + Clone, what: &str) -> (u32, bool) {
    let host = Host::on(store).workflow(Mixed).start().await.unwrap();
    assert_eq!(host.recovered().refused, [], "{what}");
    match host.handle::<Mixed>("a") {
        Some(run) => finish(run).await,
        None => serde_json::from_str(&host.find("a").await.unwrap().unwrap().result.unwrap()).unwrap(),
    }
}

#[tokio::test(start_paused = true)]
async fn two_crashes_at_any_commits_do_not_change_the_result() {
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Mixed).start().await.unwrap();
    let run = host.run::<Mixed>(20).id("a").start().await.unwrap();
    let expected = finish(run).await;
    assert_eq!(expected, (4_190, true));
    let commits = store.commits.lock().unwrap().len();
    let (mut timeouts, mut resumes) = (0, 0);
    for first in 1..commits {
        let second = Logged { store: store.after(first).await, ..Logged::default() };
        let what = format!("crashed after commit {first} of {commits}");
        assert_eq!(continued(second.clone(), &what).await, expected, "{what}");
        let log = second.commits.lock().unwrap().clone();
        for count in (0..log.len()).step_by(3) {
            let third = store.after(first).await;
            claim(&third, "Mixed").await;
            for changes in &log[..count] {
                third.commit(Arc::clone(changes)).await.unwrap();
            }
            let what = format!("{what}, and after {count} of {}", log.len());
            if let Some(stored) = third.load("a".into()).await.unwrap() {
                let ticks: String = stored.ticks.into_iter().map(Result::unwrap).collect();
                timeouts += ticks.matches("\"timed_out\"").count();
                resumes += ticks.matches("\"resumed\"").count();
            }
            assert_eq!(continued(third, &what).await, expected, "{what}");
        }
    }
    assert!(timeouts > 1_000 && resumes > 100, "{timeouts} timeouts and {resumes} resumes were replayed");
}

/// A timeout or a worker that is not there, or one that is missing: a replay notices it, and does not panic.
#[tokio::test(start_paused = true)]
async fn other_timeouts_are_refused() {
    let log = Logged::default();
    let host = Host::on(log.clone()).workflow(Mixed).start().await.unwrap();
    finish(host.run::<Mixed>(20).id("a").start().await.unwrap()).await;
    let commits = log.commits.lock().unwrap().len();
    let edits = [
        ("\"timed_out\":{\"execution\":{\"serial\":", "\"timed_out\":{\"execution\":{\"serial\":9"),
        ("\"timed_out\":{\"execution\":{\"serial\":", "\"timed_out\":{\"execution\":{\"serial\":1,\"was\":"),
        ("{\"held\":", "{\"held\":9"),
        ("{\"held\":", "\"timer\",{\"held\":"),
        ("\"decided\":[", "\"decided\":[{\"held\":3},"),
        ("\"retry\":null", "\"retry\":{\"secs\":1,\"nanos\":0}"),
        ("\"retry\":{\"secs\":0,", "\"retry\":{\"secs\":1,"),
    ];
    let (mut refused, mut noticed) = ([0; 7], [0; 7]);
    for count in 1..commits {
        let Some(run) = log.after(count).await.load("a".into()).await.unwrap() else { continue };
        let (Ok(snapshot), Ok(ticks)) = (run.snapshot, run.ticks.into_iter().collect::<Result<Vec<String>, _>>())
        else {
            panic!("nothing is damaged");
        };
        let Some((last, before)) = ticks.split_last() else { continue };
        for (edit, (from, to)) in edits.iter().enumerate() {
            if last.contains(from) {
                let edited = [before, &[last.replacen(from, to, 1)]].concat();
                // Most records of a program that is not debugged have none.
                let (without_digest, _) = edited[before.len()].split_once(",\"digest\":").unwrap();
                let without_digest = [before, &[format!("{without_digest}}}")]].concat();
                noticed[edit] += u32::from(read::<Mixed>(&snapshot, &run.graph, &without_digest).is_err());
                let error = read::<Mixed>(&snapshot, &run.graph, &edited).err();
                let error = error.unwrap_or_else(|| panic!("{to} in place of {from} in {last}"));
                assert!(error.to_string().contains("does not lead to the state that was recorded"), "{error}");
                refused[edit] += 1;
            }
        }
    }
    assert!(refused.iter().all(|refused| *refused > 0), "{refused:?}");
    // A delay needs the digest.
    assert!(noticed[..5].iter().all(|noticed| *noticed > 0), "{noticed:?} without digests");
}

/// Tries again after a second, and at once after a timeout.
#[derive(Clone, Copy)]
struct Patient;

impl RetryPolicy for Patient {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        let delay = if failure.error.is::<StepTimedOut>() { Duration::ZERO } else { Duration::from_secs(1) };
        if failure.attempts == 1 { Some(delay) } else { None }
    }
}

/// In the same tick, a delay or a wait ends, and a step times out that holds the only worker.
#[workflow]
struct Together;

#[workflow]
impl Together {
    #[step]
    async fn split(&self, Start(waits): Start<bool>) -> (Vec<Part>, Option<Question>) {
        let text = if waits { "waits" } else { "fails" }.to_owned();
        (vec![Part { number: 0, text }, Part { number: 1, text: String::new() }], None)
    }
    #[step(workers = 1, timeout = "1s", retry = Patient)]
    async fn part(&self, ctx: &Context<Self, (HumanResponse<bool>,)>, Part { number, text }: Part) -> StepResult<Got> {
        if number == 0 && text == "waits" {
            let _ = ctx.wait_for::<bool>().timeout(Duration::from_secs(1)).await;
        } else if number == 0 && ctx.attempt().number == 1 {
            return Err(Busy.into());
        } else if ctx.attempt().number == 1 {
            pending::<()>().await;
        }
        Ok(Got { number, text })
    }
    #[step]
    async fn gather(&self, all: Vec<Got>) -> Stop<usize> {
        Stop(all.len())
    }
    #[step]
    async fn unused(&self, _: Question) {}
}

#[tokio::test(start_paused = true)]
async fn timers_that_expire_together_are_replayed_in_order() {
    for waits in [true, false] {
        let log = Logged::default();
        let host = Host::on(log.clone()).workflow(Together).start().await.unwrap();
        assert_eq!(host.run::<Together>(waits).id("a").start().await.unwrap().result().await.unwrap(), 2);
        let commits = log.commits.lock().unwrap().len();
        let mut together = 0;
        for count in 1..commits {
            let store = log.after(count).await;
            if let Some(stored) = store.load("a".into()).await.unwrap() {
                let timed_out = "\"decided\":[\"timer\",{\"timed_out\":";
                together += u32::from(stored.ticks.iter().flatten().any(|tick| tick.contains(timed_out)));
            }
            let host = Host::on(store).workflow(Together).start().await.unwrap();
            assert_eq!(host.recovered().refused, [], "after commit {count} of {commits}");
            if let Some(run) = host.handle::<Together>("a") {
                assert_eq!(run.result().await.unwrap(), 2);
            }
        }
        assert!(together > 0, "the delay or the wait ends first");
    }
}

/// Asks until the answer is 0, and has a large state.
#[workflow(state = String)]
struct Large;

#[workflow]
impl Large {
    #[step]
    async fn begin(&self, ctx: &Context<Self>, Start(len): Start<usize>) -> InputRequired<String> {
        ctx.state().set("x".repeat(len));
        InputRequired("more?".to_owned())
    }
    #[step]
    async fn next(
        &self,
        ctx: &Context<Self>,
        HumanResponse(more): HumanResponse<u32>,
    ) -> OneOf<InputRequired<String>, Stop<String>> {
        ctx.state().update(|text| text.push_str(&more.to_string()));
        if more == 0 {
            return OneOf::B(Stop(ctx.state().get().trim_start_matches('x').to_owned()));
        }
        OneOf::A(InputRequired("more?".to_owned()))
    }
}

/// Starts a run with a state of this size, and answers its questions, each through another host: the one before does not react
/// any more. Calls `check` with what each host has written, but the first one and the last one.
async fn taken_over(len: usize, hosts: u32, mut check: impl AsyncFnMut(&MemoryStore, Written)) {
    let memory = MemoryStore::new();
    let logged = || Logged { store: memory.clone(), ..Logged::default() };
    let mut store = logged();
    let mut host = Host::on(store.clone()).workflow(Large).start().await.unwrap();
    let mut run = host.run::<Large>(len).id("a").start().await.unwrap();
    for more in (0..hosts).rev() {
        let mut open = run.open_prompts();
        while open.is_empty() {
            sleep(Duration::from_millis(1)).await;
            open = run.open_prompts();
        }
        run.answer(open[0].id, more).await.unwrap();
        if more == 0 {
            break;
        }
        while memory.find("a".into()).await.unwrap().unwrap().prompts.iter().any(|prompt| prompt.id == open[0].id) {
            sleep(Duration::from_millis(1)).await;
        }
        if more + 1 < hosts {
            check(&memory, Written::of(&store)).await;
        }
        memory.owners().retire(host.owner().clone()).await.unwrap();
        store = logged();
        host = Host::on(store.clone()).workflow(Large).start().await.unwrap();
        assert_eq!(host.recovered().resumed, ["a"]);
        run = host.handle("a").unwrap();
    }
    let digits: String = (0..hosts).rev().map(|more| more.to_string()).collect();
    assert_eq!(run.result().await.unwrap(), digits);
}

#[tokio::test(start_paused = true)]
async fn resumed_run_is_recorded_behind_its_last_record() {
    let check = async |_: &MemoryStore, written: Written| {
        assert!(written.snapshots == 0 && written.records_of_ticks > 0 && written.bytes < 2_000, "{written:?}");
    };
    taken_over(200_000, 20, check).await;
}

#[tokio::test(start_paused = true)]
async fn ticks_of_all_hosts_are_replaced_by_a_snapshot() {
    let (mut longest, mut snapshots) = (0, 0);
    let check = async |memory: &MemoryStore, written: Written| {
        let stored = memory.load("a".into()).await.unwrap().unwrap();
        longest = longest.max(stored.ticks.iter().flatten().map(String::len).sum());
        snapshots += written.snapshots;
    };
    taken_over(1, 100, check).await;
    assert!(
        (3_000..4_096).contains(&longest) && (5..30).contains(&snapshots),
        "{longest} bytes, {snapshots} snapshots"
    );
}

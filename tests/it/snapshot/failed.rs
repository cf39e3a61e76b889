//! Snapshots of runs that have failed, and where these continue.

use super::round_trip;
use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};
use tokio::time::sleep;
use workflows_runtime::{Overrun, Snapshot, SnapshotError, prelude::*};
use workflows_tests::{Attempts, Log, failure, kinds, let_others_run, ms};

/// What goes wrong in a step, until the next run.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    Error,
    Panic,
    Hang,
    Block,
}

#[event]
struct Item(u32);
#[event]
struct Done(u32);

/// Works on items one by one, and fails at the item 1.
#[workflow(state = u32, timeout = "1h")]
struct Line {
    fault: Fault,
    log: Log<(u32, u32, Option<String>)>,
}

#[workflow]
impl Line {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
        (0..n).map(Item).collect()
    }

    #[step(workers = 1, timeout = "1s", retry = Attempts(2, ms(0)))]
    async fn work(&self, ctx: &Context<Self>, Item(n): Item) -> StepResult<Done> {
        let attempt = ctx.attempt();
        self.log.add((n, attempt.number, attempt.last_error.map(|error| error.to_string())));
        match self.fault {
            Fault::Error if n == 1 => return Err(StepError::msg("out of paper")),
            Fault::Panic if n == 1 => panic!("out of ink"),
            Fault::Hang if n == 1 => pending().await,
            Fault::Block if n == 1 => {
                let began = std::time::Instant::now();
                while began.elapsed() < ms(2) {}
            }
            _ => {}
        }
        ctx.state().update(|sum| *sum += n);
        Ok(Done(n))
    }

    #[step]
    async fn gather(&self, all: Vec<Done>) -> Stop<Vec<u32>> {
        Stop(all.into_iter().map(|Done(n)| n).collect())
    }
}

fn line(fault: Fault) -> (Line, Log<(u32, u32, Option<String>)>) {
    let log = Log::default();
    (Line { fault, log: log.clone() }, log)
}

#[tokio::test(start_paused = true)]
async fn failed_step_is_first_and_has_all_attempts_again() {
    for (fault, error) in
        [(Fault::Error, "out of paper"), (Fault::Panic, "panicked: out of ink"), (Fault::Hang, "took longer than 1s")]
    {
        let (workflow, log) = line(fault);
        let run = workflow.run(4).id("line").start();
        assert_eq!(failure(run.result().await.unwrap_err()), ("work", error.to_owned()));
        assert_eq!(log.take(), [(0, 1, None), (1, 1, None), (1, 2, Some(error.to_owned()))]);
        let snapshot = round_trip(&run.snapshot().await.unwrap());
        assert_eq!((snapshot.failed_step(), snapshot.state()), (Some("work"), Some(&0)));

        // The next failure can be resumed as well.
        let (workflow, log) = line(fault);
        let again = workflow.resume(snapshot).start();
        assert_eq!(failure(again.result().await.unwrap_err()), ("work", error.to_owned()));
        assert_eq!(log.take(), [(1, 1, None), (1, 2, Some(error.to_owned()))]);
        let snapshot = round_trip(&again.snapshot().await.unwrap());

        let (workflow, log) = line(Fault::None);
        let repaired = workflow.resume(snapshot).start();
        assert_eq!(repaired.result().await.unwrap(), [0, 1, 2, 3]);
        assert_eq!((repaired.id().as_str(), repaired.state().get()), ("line", 6));
        assert_eq!(log.take(), [(1, 1, None), (2, 1, None), (3, 1, None)]);
        assert_eq!(repaired.snapshot().await.unwrap_err(), SnapshotError::Ended);
    }
}

#[tokio::test(start_paused = true)]
async fn overrun_that_fails_a_run_can_be_resumed() {
    let run = line(Fault::Block).0.run(3).poll_budget(ms(1)).on_overrun(Overrun::Fail).start();
    assert_eq!(failure(run.result().await.unwrap_err()).0, "work");
    let snapshot = round_trip(&run.snapshot().await.unwrap());
    assert_eq!(snapshot.failed_step(), Some("work"));
    assert_eq!(line(Fault::None).0.resume(snapshot).await.unwrap(), [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn timed_out_run_has_no_failed_step() {
    let run = line(Fault::Hang).0.run(3).timeout(ms(500)).start();
    assert!(matches!(run.result().await, Err(RunError::TimedOut { .. })));
    let snapshot = round_trip(&run.snapshot().await.unwrap());
    assert_eq!(snapshot.failed_step(), None);
    assert_eq!(line(Fault::None).0.resume(snapshot).await.unwrap(), [0, 1, 2]);
}

/// Runs steps side by side, one of which fails.
#[workflow]
struct Beside {
    repaired: bool,
    log: Log<&'static str>,
}

#[event]
struct Slow(u32);

#[workflow]
impl Beside {
    #[step]
    async fn early(&self, Slow(n): Slow) -> Done {
        self.log.add("slow");
        sleep(ms(100)).await;
        Done(n)
    }

    #[step]
    async fn split(&self, Start(()): Start<()>) -> (Vec<Slow>, Vec<Item>) {
        (vec![Slow(1), Slow(2)], vec![Item(7)])
    }

    #[step]
    async fn fails(&self, Item(n): Item) -> StepResult<Done> {
        self.log.add("fails");
        sleep(ms(1)).await;
        if self.repaired { Ok(Done(n)) } else { Err(StepError::msg("broken")) }
    }

    #[step]
    async fn any(&self, ctx: &Context<Self>, Done(n): Done) -> Option<Stop<Vec<u32>>> {
        let all = ctx.collect(Done(n), 3)?;
        Some(Stop(all.into_iter().map(|Done(n)| n).collect()))
    }
}

#[tokio::test(start_paused = true)]
async fn failed_step_starts_before_those_that_ran_beside_it() {
    let log = Log::default();
    let run = Beside { repaired: false, log: log.clone() }.run(()).start();
    assert_eq!(failure(run.result().await.unwrap_err()), ("fails", "broken".to_owned()));
    assert_eq!(log.take(), ["slow", "slow", "fails"]);
    let snapshot = round_trip(&run.snapshot().await.unwrap());
    assert_eq!(Beside { repaired: true, log: log.clone() }.resume(snapshot).await.unwrap(), [7, 1, 2]);
    assert_eq!(log.take(), ["fails", "slow", "slow"]);
}

/// The first two quotes win; the one for 0 fails.
#[workflow]
struct Race {
    repaired: bool,
}

#[workflow]
impl Race {
    #[step]
    async fn ask(&self, Start(()): Start<()>) -> Vec<Item> {
        vec![Item(3), Item(0), Item(9)]
    }

    #[step]
    async fn quote(&self, Item(n): Item) -> StepResult<Done> {
        sleep(ms(n.into())).await;
        if n == 0 && !self.repaired { Err(StepError::msg("no quote")) } else { Ok(Done(n)) }
    }

    #[step]
    async fn best(&self, First(quotes): First<Done, 2>) -> Stop<Vec<u32>> {
        Stop(quotes.into_iter().map(|Done(n)| n).collect())
    }
}

#[tokio::test(start_paused = true)]
async fn race_is_resumed_after_a_failure_in_it() {
    let run = Race { repaired: false }.run(()).start();
    assert_eq!(failure(run.result().await.unwrap_err()), ("quote", "no quote".to_owned()));
    let snapshot = round_trip(&run.snapshot().await.unwrap());
    assert_eq!(Race { repaired: true }.resume(snapshot).await.unwrap(), [0, 3]);
}

/// An error handler that fails as well.
#[workflow]
struct Handled {
    repaired: bool,
    log: Log<&'static str>,
}

#[workflow]
impl Handled {
    #[step]
    async fn work(&self, Start(text): Start<String>) -> StepResult<Stop<String>> {
        self.log.add("work");
        Err(StepError::msg(text))
    }

    #[catch_error]
    async fn handle(&self, failed: StepFailed) -> StepResult<Stop<String>> {
        self.log.add("handle");
        if !self.repaired {
            return Err(StepError::msg("no help"));
        }
        Ok(Stop(format!("{}: {}", failed.step, failed.error)))
    }
}

#[tokio::test(start_paused = true)]
async fn failed_error_handler_is_executed_again() {
    let log = Log::default();
    let run = Handled { repaired: false, log: log.clone() }.run("torn".to_owned()).start();
    assert_eq!(failure(run.result().await.unwrap_err()), ("handle", "no help".to_owned()));
    let snapshot = round_trip(&run.snapshot().await.unwrap());
    assert_eq!((snapshot.failed_step(), log.take()), (Some("handle"), vec!["work", "handle"]));
    let resumed = Handled { repaired: true, log: log.clone() }.resume(snapshot);
    assert_eq!(resumed.await.unwrap(), "work: torn");
    assert_eq!(log.take(), ["handle"]);
}

/// A workflow whose only step runs another one.
#[workflow]
struct Parent {
    child: Arc<Child>,
}

#[workflow]
#[derive(Default)]
struct Child {
    repaired: AtomicBool,
    started: AtomicU32,
}

#[workflow]
impl Child {
    #[step]
    async fn double(&self, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        self.started.fetch_add(1, Ordering::Relaxed);
        if self.repaired.load(Ordering::Relaxed) { Ok(Stop(2 * n)) } else { Err(StepError::msg("not today")) }
    }
}

#[workflow]
impl Parent {
    #[step]
    async fn delegate(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        Ok(Stop(ctx.run_child(&self.child, n).await?))
    }
}

#[tokio::test(start_paused = true)]
async fn failure_of_a_child_is_resumed_at_the_step_of_its_parent() {
    let child = Arc::new(Child::default());
    let run = Parent { child: Arc::clone(&child) }.run(4).start();
    assert_eq!(failure(run.result().await.unwrap_err()).0, "delegate");
    let snapshot = round_trip(&run.snapshot().await.unwrap());
    assert_eq!(snapshot.failed_step(), Some("delegate"));
    child.repaired.store(true, Ordering::Relaxed);
    assert_eq!(Parent { child: Arc::clone(&child) }.resume(snapshot).await.unwrap(), 8);
    assert_eq!(child.started.load(Ordering::Relaxed), 2);
}

/// Fails after it has sent, collected, asked and received a response.
#[workflow]
struct Busy {
    repaired: bool,
    log: Log<u32>,
}

#[workflow]
impl Busy {
    #[step]
    async fn work(
        &self,
        ctx: &Context<Self, (Item, InputRequired<String>, HumanResponse<u32>)>,
        Start(n): Start<u32>,
    ) -> StepResult<Done> {
        ctx.send(Item(n));
        let answer = ctx.ask_for::<u32>("how many?".to_owned()).await;
        if !self.repaired {
            return Err(StepError::msg("lost count"));
        }
        Ok(Done(answer))
    }

    #[step]
    async fn note(&self, Item(n): Item) {
        self.log.add(n);
    }

    #[step]
    async fn end(&self, Done(n): Done) -> Stop<u32> {
        Stop(n)
    }
}

#[tokio::test(start_paused = true)]
async fn failed_step_replays_its_responses_and_sends_again() {
    let log = Log::default();
    let run = Busy { repaired: false, log: log.clone() }.run(5).start();
    let_others_run().await;
    run.send(HumanResponse(3)).unwrap();
    assert_eq!(failure(run.result().await.unwrap_err()), ("work", "lost count".to_owned()));
    let snapshot = round_trip(&run.snapshot().await.unwrap());
    let resumed = Busy { repaired: true, log: log.clone() }.resume(snapshot).start();
    assert_eq!(resumed.result().await.unwrap(), 3);
    assert!(!kinds(&workflows_tests::events_of(&resumed).await).contains(&"prompt".to_owned()));
    assert_eq!(log.take(), [5, 5], "a new attempt sends again, as a retry does");
}

/// Joins two events, one of which never comes.
#[workflow]
struct Half {
    whole: bool,
}

#[workflow]
impl Half {
    #[step]
    async fn split(&self, Start(()): Start<()>) -> (Item, Slow) {
        (Item(1), Slow(2))
    }

    #[step]
    async fn filter(&self, Slow(n): Slow) -> Option<Done> {
        if self.whole { Some(Done(n)) } else { None }
    }

    #[step]
    async fn join(&self, Item(one): Item, Done(two): Done) -> Stop<u32> {
        Stop(one + two)
    }
}

#[tokio::test(start_paused = true)]
async fn stalled_run_can_be_inspected() {
    let run = Half { whole: false }.run(()).start();
    assert!(matches!(run.result().await, Err(RunError::Stalled { .. })));
    let snapshot = round_trip(&run.snapshot().await.unwrap());
    assert_eq!(snapshot.failed_step(), None);
    assert!(matches!(Half { whole: true }.resume(snapshot).await, Err(RunError::Stalled { .. })));
}

/// A state that cannot be cloned.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Unclonable;

impl Clone for Unclonable {
    fn clone(&self) -> Self {
        panic!("do not copy")
    }
}

#[workflow(state = Unclonable)]
struct Fragile;

#[workflow]
impl Fragile {
    #[step]
    async fn fail(&self, Start(()): Start<()>) -> StepResult<Stop<()>> {
        Err(StepError::msg("as ever"))
    }
}

#[tokio::test(start_paused = true)]
async fn failure_is_reported_even_if_the_state_cannot_be_cloned() {
    let run = Fragile.run(()).start();
    assert_eq!(failure(run.result().await.unwrap_err()), ("fail", "as ever".to_owned()));
    assert_eq!(run.snapshot().await.unwrap_err(), SnapshotError::Ended);
}

#[tokio::test(start_paused = true)]
async fn snapshots_requested_while_a_run_fails_are_equal() {
    let run = line(Fault::Error).0.run(4).start();
    run.result().await.unwrap_err();
    let json = |snapshot: Snapshot<Line>| serde_json::to_value(&snapshot).unwrap();
    assert_eq!(json(run.snapshot().await.unwrap()), json(run.snapshot().await.unwrap()));
    // One that is requested before is of that moment, or of the end.
    let run = Arc::new(line(Fault::Error).0.run(4).start());
    let snapshots: Vec<_> = (0..20).map(|_| Arc::clone(&run)).map(|run| async move { run.snapshot().await }).collect();
    for snapshot in futures::future::join_all(snapshots).await {
        assert_eq!(line(Fault::None).0.resume(snapshot.unwrap()).await.unwrap(), [0, 1, 2, 3]);
    }
}

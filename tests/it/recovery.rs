//! Error handlers: which failures they receive, and their recovery budgets.

use tokio::time::sleep;
use workflows_runtime::prelude::*;
use workflows_tests::{Log, failure, ms, yield_once};

fn no<T>() -> StepResult<T> {
    Err(StepError::msg("no"))
}

#[event]
struct Item(u32);
#[event]
struct Other(u32);
#[event]
struct Done(u32);

#[tokio::test(start_paused = true)]
async fn handler_with_steps_takes_precedence_over_the_wildcard() {
    #[workflow]
    struct Handlers {
        log: Log<String>,
    }
    #[workflow]
    impl Handlers {
        #[step]
        async fn start(&self, _start: Start<()>) -> (Item, Other) {
            (Item(1), Other(2))
        }
        #[step]
        async fn one(&self, _item: Item) -> StepResult<Done> {
            no()
        }
        #[step]
        async fn two(&self, _item: Item) -> StepResult<Done> {
            no()
        }
        #[step]
        async fn three(&self, _other: Other) -> StepResult<Done> {
            no()
        }
        #[catch_error]
        async fn others(&self, failed: StepFailed) -> Done {
            self.log.add(format!("others {}", failed.step));
            Done(0)
        }
        #[catch_error(steps(two))]
        async fn second(&self, failed: StepFailed) -> Done {
            self.log.add(format!("second {}", failed.step));
            Done(0)
        }
        #[step]
        async fn end(&self, _all: [Done; 3]) -> Stop<()> {
            Stop(())
        }
    }
    let log = Log::default();
    Handlers { log: log.clone() }.run(()).await.unwrap();
    let mut handled = log.take();
    handled.sort();
    assert_eq!(handled, ["others one", "others three", "second two"]);
}

/// Fails unless its item is 0; the handler emits a smaller item.
#[workflow(state = u32, timeout = "1s")]
struct Recovers;

#[workflow]
impl Recovers {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Item {
        Item(n)
    }
    #[step]
    async fn work(&self, Item(n): Item) -> StepResult<Stop<u32>> {
        match n {
            0 => Ok(Stop(0)),
            99 => std::future::pending().await,
            n => Err(StepError::msg(format!("failed at {n}"))),
        }
    }
    #[catch_error(steps(work), max_recoveries = 2)]
    async fn again(&self, ctx: &Context<Self>, failed: StepFailed) -> StepResult<Item> {
        ctx.state().update(|n| *n += 1);
        let Some(Item(n)) = failed.input() else { return Err(StepError::msg("no input")) };
        if n == 50 { Err(StepError::msg("handler failed")) } else { Ok(Item(n - 1)) }
    }
}

#[tokio::test(start_paused = true)]
async fn handler_runs_at_most_max_recoveries_times() {
    assert_eq!(Recovers.run(2).await.unwrap(), 0);
    let run = Recovers.run(3).start();
    assert_eq!(failure(run.result().await.unwrap_err()), ("work", "failed at 1".to_owned()));
    assert_eq!(run.state().get(), 2);
}

#[tokio::test(start_paused = true)]
async fn failure_of_a_handler_fails_the_run() {
    assert_eq!(failure(Recovers.run(50).await.unwrap_err()), ("again", "handler failed".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn timeout_of_the_run_is_not_handled() {
    let run = Recovers.run(99).start();
    assert!(matches!(run.result().await, Err(RunError::TimedOut { .. })));
    assert_eq!(run.state().get(), 0);
}

/// Fails both attempts at each item; between two items it waits for a response.
#[workflow]
struct Circle {
    log: Log<String>,
}

#[workflow]
impl Circle {
    #[step]
    async fn start(&self, _start: Start<()>) -> Item {
        Item(0)
    }
    #[step(retry = Retry::fixed(Duration::from_millis(5)).max_attempts(2))]
    async fn work(&self, ctx: &Context<Self>, Item(n): Item) -> StepResult<Stop<u32>> {
        self.log.add(format!("{n} {}", ctx.attempt().number));
        if n == 9 { Ok(Stop(n)) } else { no() }
    }
    #[catch_error(steps(work))]
    async fn recover(&self, failed: StepFailed) -> StepResult<Other> {
        let Some(Item(n)) = failed.input() else { return no() };
        Ok(Other(n + 1))
    }
    #[step]
    async fn ask(&self, ctx: &Context<Self, (HumanResponse<bool>,)>, Other(n): Other) -> Item {
        Item(if ctx.wait_for::<bool>().await { 9 } else { n })
    }
}

#[tokio::test(start_paused = true)]
async fn budget_spans_retries_waits_and_snapshots() {
    let log = Log::default();
    let run = Circle { log: log.clone() }.run(()).start();
    run.send(HumanResponse(false)).unwrap();
    assert_eq!(failure(run.result().await.unwrap_err()), ("work", "no".to_owned()));
    assert_eq!(log.take(), ["0 1", "0 2", "1 1", "1 2"]);

    let run = Circle { log: log.clone() }.run(()).start();
    run.send(HumanResponse(true)).unwrap();
    assert_eq!(run.await.unwrap(), 9);
    assert_eq!(log.take(), ["0 1", "0 2", "9 1"]);

    // And across a snapshot.
    let run = Circle { log: log.clone() }.run(()).start();
    sleep(ms(10)).await;
    let text = serde_json::to_string(&run.snapshot().await.unwrap()).unwrap();
    drop(log.take());
    let run = Circle { log: log.clone() }.resume(serde_json::from_str(&text).unwrap()).start();
    run.send(HumanResponse(false)).unwrap();
    assert_eq!(failure(run.result().await.unwrap_err()), ("work", "no".to_owned()));
    assert_eq!(log.take(), ["1 1", "1 2"]);
}

/// Each branch fails as many times as its number.
#[workflow]
struct Branches;

#[workflow]
impl Branches {
    #[step]
    async fn start(&self, Start(failures): Start<Vec<u32>>) -> Vec<Item> {
        failures.into_iter().map(Item).collect()
    }
    #[step]
    async fn work(&self, Item(failures): Item) -> StepResult<Done> {
        if failures == 0 { Ok(Done(1)) } else { no() }
    }
    #[catch_error(max_recoveries = 2)]
    async fn again(&self, failed: StepFailed) -> StepResult<Item> {
        let Some(Item(failures)) = failed.input() else { return no() };
        Ok(Item(failures - 1))
    }
    #[step]
    async fn end(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.len())
    }
}

#[tokio::test(start_paused = true)]
async fn each_branch_has_the_full_budget() {
    assert_eq!(Branches.run(vec![2; 100]).await.unwrap(), 100);
    assert_eq!(failure(Branches.run(vec![0, 1, 3, 2]).await.unwrap_err()), ("work", "no".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn each_handler_has_its_own_budget() {
    #[workflow(state = Vec<String>)]
    struct Two;
    #[workflow]
    impl Two {
        #[step]
        async fn one(&self, _start: Start<()>) -> StepResult<Item> {
            no()
        }
        #[catch_error(steps(one))]
        async fn recover_one(&self, ctx: &Context<Self>, failed: StepFailed) -> Item {
            ctx.state().update(|handled| handled.push(failed.step.clone()));
            Item(1)
        }
        #[step]
        async fn two(&self, _item: Item) -> StepResult<Stop<u32>> {
            no()
        }
        #[catch_error(steps(two))]
        async fn recover_two(&self, ctx: &Context<Self>, failed: StepFailed) -> Stop<u32> {
            ctx.state().update(|handled| handled.push(failed.step.clone()));
            Stop(2)
        }
    }
    let run = Two.run(()).start();
    assert_eq!(run.result().await.unwrap(), 2);
    assert_eq!(run.state().get(), ["one", "two"]);
}

/// One of two branches has used the budget before the join.
#[workflow]
struct Joined;

#[workflow]
impl Joined {
    #[step]
    async fn start(&self, Start(failing): Start<u32>) -> Vec<Item> {
        (0..2).map(|n| Item(u32::from(n == failing))).collect()
    }
    #[step]
    async fn work(&self, Item(fails): Item) -> StepResult<Done> {
        if fails == 1 { no() } else { Ok(Done(0)) }
    }
    #[step]
    async fn pair(&self, _both: [Done; 2]) -> StepResult<Stop<u32>> {
        no()
    }
    #[catch_error]
    async fn recover(&self, failed: StepFailed) -> OneOf<Done, Stop<u32>> {
        if failed.step == "work" { Done(1).emit() } else { Stop(7).emit() }
    }
}

#[tokio::test(start_paused = true)]
async fn join_inherits_the_recoveries_of_all_its_events() {
    assert_eq!(Joined.run(5).await.unwrap(), 7, "the budget is available");
    for failing in [0, 1] {
        assert_eq!(failure(Joined.run(failing).await.unwrap_err()).0, "pair");
    }
}

#[event]
struct Note(u32);

// An event that is sent after a recovery belongs to the same lineage.
#[tokio::test(start_paused = true)]
async fn sent_event_inherits_the_recoveries_of_its_sender() {
    #[workflow]
    struct Circle {
        log: Log<String>,
    }
    #[workflow]
    impl Circle {
        #[step]
        async fn start(&self, _start: Start<()>) -> Note {
            Note(0)
        }
        #[step]
        async fn fails(&self, Note(n): Note) -> StepResult<Option<Stop<()>>> {
            self.log.add(n.to_string());
            Err(StepError::msg("always"))
        }
        #[catch_error(max_recoveries = 2)]
        async fn caught(&self, ctx: &Context<Self, (Note,)>, failed: StepFailed) {
            let Note(n) = failed.input().expect("the step's input is a note");
            yield_once().await;
            ctx.send(Note(n + 1));
        }
    }
    let log = Log::<String>::default();
    let error = Circle { log: log.clone() }.run(()).await.unwrap_err();
    assert!(matches!(error, RunError::Failed { step: "fails", attempts: 1, .. }), "{error:?}");
    assert_eq!(log.take(), ["0", "1", "2"]);
}

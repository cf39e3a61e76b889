//! Error handlers and their budgets: which failure is whose, and what counts as one line of events.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]
#![allow(clippy::type_complexity, reason = "the lists of contexts")]

use tokio::time::{Instant, sleep};
use workflows::{Log, failure, let_others_run};
use workflows_runtime::prelude::*;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

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
async fn a_handler_with_a_list_takes_its_steps_and_one_without_all_the_others() {
    // CA-06
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
    let mut said = log.take();
    said.sort();
    assert_eq!(said, ["others one", "others three", "second two"]);
}

/// Fails at each item, twice; between two items a person is asked.
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
    async fn mend(&self, failed: StepFailed) -> StepResult<Other> {
        let Some(Item(n)) = failed.input() else { return no() };
        Ok(Other(n + 1))
    }
    #[step]
    async fn ask(&self, ctx: &Context<Self, (HumanResponse<bool>,)>, Other(n): Other) -> Item {
        Item(if ctx.wait_for::<bool>().await { 9 } else { n })
    }
}

#[tokio::test(start_paused = true)]
async fn a_budget_goes_along_with_what_is_returned_over_attempts_and_waits() {
    // CA-11: also over a wait, decided otherwise
    let log = Log::default();
    let run = Circle { log: log.clone() }.run(()).start();
    run.send(HumanResponse(false)).unwrap();
    assert_eq!(failure(run.result().await.unwrap_err()), ("work", "no".to_owned()));
    assert_eq!(log.take(), ["0 1", "0 2", "1 1", "1 2"]);

    let run = Circle { log: log.clone() }.run(()).start();
    run.send(HumanResponse(true)).unwrap();
    assert_eq!(run.await.unwrap(), 9);
    assert_eq!(log.take(), ["0 1", "0 2", "9 1"]);

    // And over a snapshot: CA-14
    let run = Circle { log: log.clone() }.run(()).start();
    sleep(ms(10)).await;
    let text = serde_json::to_string(&run.snapshot().await.unwrap()).unwrap();
    drop(log.take());
    let run = Circle { log: log.clone() }.resume(serde_json::from_str(&text).unwrap()).start();
    run.send(HumanResponse(false)).unwrap();
    assert_eq!(failure(run.result().await.unwrap_err()), ("work", "no".to_owned()));
    assert_eq!(log.take(), ["1 1", "1 2"]);
}

/// Each branch fails as often as its number says.
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
async fn each_branch_has_the_whole_budget() {
    // CA-12
    assert_eq!(Branches.run(vec![2; 100]).await.unwrap(), 100);
    assert_eq!(failure(Branches.run(vec![0, 1, 3, 2]).await.unwrap_err()), ("work", "no".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn handlers_count_apart_in_one_line_of_events() {
    // CA-13
    #[workflow(state = Vec<String>)]
    struct Two;
    #[workflow]
    impl Two {
        #[step]
        async fn one(&self, _start: Start<()>) -> StepResult<Item> {
            no()
        }
        #[catch_error(steps(one))]
        async fn mend_one(&self, ctx: &Context<Self>, failed: StepFailed) -> Item {
            ctx.state().update(|said| said.push(failed.step.clone()));
            Item(1)
        }
        #[step]
        async fn two(&self, _item: Item) -> StepResult<Stop<u32>> {
            no()
        }
        #[catch_error(steps(two))]
        async fn mend_two(&self, ctx: &Context<Self>, failed: StepFailed) -> Stop<u32> {
            ctx.state().update(|said| said.push(failed.step.clone()));
            Stop(2)
        }
    }
    let run = Two.run(()).start();
    assert_eq!(run.result().await.unwrap(), 2);
    assert_eq!(run.state().get(), ["one", "two"]);
}

/// One of two branches has used the budget before they are joined.
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
    async fn mend(&self, failed: StepFailed) -> OneOf<Done, Stop<u32>> {
        if failed.step == "work" { Done(1).emit() } else { Stop(7).emit() }
    }
}

#[tokio::test(start_paused = true)]
async fn a_join_has_recovered_from_all_that_its_events_have() {
    // CE-15: decided otherwise
    assert_eq!(Joined.run(5).await.unwrap(), 7, "the budget is there");
    for failing in [0, 1] {
        assert_eq!(failure(Joined.run(failing).await.unwrap_err()).0, "pair");
    }
}

#[tokio::test(start_paused = true)]
async fn two_that_fail_together_are_both_tried_again() {
    // RT-06
    #[workflow]
    struct Together {
        log: Log<(u32, u32)>,
    }
    #[workflow]
    impl Together {
        #[step]
        async fn start(&self, _start: Start<()>) -> Vec<Item> {
            vec![Item(0), Item(1)]
        }
        #[step(retry = Retry::fixed(Duration::from_millis(20)))]
        async fn work(&self, ctx: &Context<Self>, Item(n): Item) -> StepResult<Done> {
            let attempt = ctx.attempt().number;
            self.log.add((n, attempt));
            if attempt == 1 { no() } else { Ok(Done(n)) }
        }
        #[step]
        async fn end(&self, all: Vec<Done>) -> Stop<usize> {
            Stop(all.len())
        }
    }
    let (log, began) = (Log::default(), Instant::now());
    let run = Together { log: log.clone() }.run(()).start();
    let_others_run().await;
    assert_eq!(log.take(), [(0, 1), (1, 1)]);
    assert_eq!(run.await.unwrap(), 2);
    assert_eq!((log.take(), began.elapsed()), (vec![(0, 2), (1, 2)], ms(20)));
}

//! What steps put by with `ctx.collect`, until there are enough.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use tokio::time::sleep;
use workflows::{Log, published, yield_once};
use workflows_runtime::{Executors, Parked, prelude::*};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[event]
struct Item(u32);
#[event]
struct Other(u32);
#[event]
struct Done;

/// Sends `0..n` and publishes the sets that it gets of `size`.
#[workflow(stream = Vec<u32>)]
struct Sets {
    size: usize,
}

#[workflow]
impl Sets {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
        (0..n).map(Item).collect()
    }
    #[step(workers = 1)]
    async fn put_by(&self, ctx: &Context<Self>, item: Item) -> Option<Stop<u32>> {
        let last = item.0 == u32::MAX;
        let set = ctx.collect(item, self.size)?;
        ctx.publish(set.iter().map(|item| item.0).collect::<Vec<_>>());
        last.then_some(Stop(0))
    }
}

fn parked(error: RunError) -> Vec<(String, usize)> {
    match error {
        RunError::Stalled { parked, .. } => {
            parked.into_iter().map(|Parked { step, events, .. }| (step, events)).collect()
        }
        other => panic!("not stalled: {other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn sets_come_in_the_order_of_arrival_and_what_is_left_over_stays() {
    // CE-02, CE-04, CE-06, CE-07
    let run = Sets { size: 3 }.run(7).start();
    assert_eq!(published(&run).await, [[0, 1, 2], [3, 4, 5]]);
    let error = run.await.unwrap_err();
    let text = "stalled: no step can run and none has returned `Stop` (`put_by` is missing events, 1 parked)";
    assert_eq!(error.to_string(), text);
    assert_eq!(parked(error), [("put_by".to_owned(), 1)]);
}

#[tokio::test(start_paused = true)]
async fn an_empty_set_is_there_at_once() {
    // CE-01
    let run = Sets { size: 0 }.run(2).start();
    assert_eq!(published(&run).await, [[0_u32; 0], []]);
    assert_eq!(parked(run.await.unwrap_err()), [], "nothing was put by");
}

#[tokio::test(start_paused = true)]
async fn a_set_of_one_is_the_event_itself() {
    let run = Sets { size: 1 }.run(3).start();
    assert_eq!(published(&run).await, [[0], [1], [2]]);
    assert_eq!(parked(run.await.unwrap_err()), []);
}

#[tokio::test(start_paused = true)]
async fn bodies_that_overlap_share_each_event_out_once_and_run_once() {
    // CE-12, CE-13
    #[workflow(state = u32, stream = Vec<u32>)]
    struct Overlap;
    #[workflow]
    impl Overlap {
        #[step]
        async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step(workers = 50)]
        async fn put_by(&self, ctx: &Context<Self>, Item(n): Item) -> Other {
            ctx.state().update(|bodies| *bodies += 1);
            // They come to it in another order than they were sent in.
            sleep(ms(u64::from(n * 37 % 50))).await;
            if let Some(set) = ctx.collect(Item(n), 7) {
                sleep(ms(u64::from(n % 11))).await;
                ctx.publish(set.into_iter().map(|Item(n)| n).collect::<Vec<_>>());
            }
            Other(n)
        }
        #[step]
        async fn end(&self, _all: Vec<Other>) -> Stop<()> {
            Stop(())
        }
    }
    let run = Overlap.run(500).start();
    let sets = published(&run).await;
    assert_eq!(sets.len(), 500 / 7);
    assert!(sets.iter().all(|set| set.len() == 7));
    let mut all: Vec<u32> = sets.into_iter().flatten().collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 500 / 7 * 7, "each is in exactly one set");
    assert_eq!(run.state().get(), 500, "no body has run twice");
    run.await.unwrap();
}

#[tokio::test]
async fn threads_that_overlap_share_each_event_out_once() {
    // CE-13
    #[workflow(state = Vec<Vec<u32>>)]
    struct Threads;
    #[workflow]
    impl Threads {
        #[step]
        async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step(workers = 8)]
        #[blocking(io)]
        fn put_by(&self, ctx: &Context<Self>, item: Item) -> Other {
            let n = item.0;
            if let Some(set) = ctx.collect(item, 5) {
                ctx.state().update(|sets| sets.push(set.into_iter().map(|Item(n)| n).collect()));
            }
            Other(n)
        }
        #[step]
        async fn end(&self, ctx: &Context<Self>, _all: Vec<Other>) -> Stop<Vec<Vec<u32>>> {
            Stop(ctx.state().get())
        }
    }
    let executors = Executors::builder().io_threads(8).build().unwrap();
    let sets = Threads.run(400).executors(&executors).await.unwrap();
    assert_eq!(sets.len(), 80);
    let mut all: Vec<u32> = sets.into_iter().flatten().collect();
    all.sort_unstable();
    assert_eq!(all, (0..400).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn the_size_may_change_from_call_to_call() {
    #[workflow(stream = Vec<u32>)]
    struct Growing;
    #[workflow]
    impl Growing {
        #[step]
        async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step(workers = 1)]
        async fn put_by(&self, ctx: &Context<Self>, item: Item) -> Option<Stop<()>> {
            // Known only while the run goes on: there is more on the pile than the last call wants.
            let size = if item.0 < 4 { 10 } else { 2 };
            let last = item.0 == 5;
            let set = ctx.collect(item, size)?;
            ctx.publish(set.iter().map(|item| item.0).collect::<Vec<_>>());
            last.then_some(Stop(()))
        }
    }
    let run = Growing.run(6).start();
    assert_eq!(published(&run).await, [[0, 1], [2, 3]]);
    run.await.unwrap();
}

/// Puts items and others by: on piles of two names, in two steps.
#[workflow(stream = (String, Vec<u32>))]
struct Piles;

#[workflow]
impl Piles {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
        (0..n).map(Item).collect()
    }
    #[step(workers = 1)]
    async fn by_name(&self, ctx: &Context<Self>, Item(n): Item) -> Other {
        let pile = if n % 2 == 0 { "even" } else { "odd" };
        if let Some(set) = ctx.collect_as(pile, Item(n), 2) {
            ctx.publish((pile.to_owned(), set.into_iter().map(|Item(n)| n).collect::<Vec<_>>()));
        }
        Other(n)
    }
    #[step(workers = 1)]
    async fn by_step(&self, ctx: &Context<Self>, item: Item) -> Done {
        if let Some(set) = ctx.collect_as("even", item, 3) {
            ctx.publish(("step".to_owned(), set.into_iter().map(|Item(n)| n).collect::<Vec<_>>()));
        }
        Done
    }
    #[step(workers = 1)]
    async fn by_type(&self, ctx: &Context<Self>, either: OneOf<Item, Other>) -> Done {
        let set = match either {
            OneOf::A(item) => {
                ctx.collect(item, 2).map(|set| ("items", set.into_iter().map(|Item(n)| n).collect::<Vec<_>>()))
            }
            OneOf::B(other) => ctx.collect(other, 2).map(|set| ("others", set.into_iter().map(|Other(n)| n).collect())),
        };
        if let Some((name, set)) = set {
            ctx.publish((name.to_owned(), set));
        }
        Done
    }
    #[step]
    async fn end(&self, _all: Vec<Done>) -> Stop<()> {
        Stop(())
    }
}

#[tokio::test(start_paused = true)]
async fn piles_are_apart_by_name_by_type_and_by_step() {
    // CE-05, CE-09, CE-10, CE-11
    let run = Piles.run(6).start();
    let mut sets: Vec<_> = published(&run).await.iter().map(|(name, set)| format!("{name} {set:?}")).collect();
    sets.sort();
    assert_eq!(
        sets,
        [
            "even [0, 2]",
            "items [0, 1]",
            "items [2, 3]",
            "items [4, 5]",
            "odd [1, 3]",
            "others [0, 1]",
            "others [2, 3]",
            "others [4, 5]",
            "step [0, 1, 2]",
            "step [3, 4, 5]",
        ]
    );
    run.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_body_may_put_several_by() {
    // CE-10
    #[workflow]
    struct Several {
        log: Log<Option<usize>>,
    }
    #[workflow]
    impl Several {
        #[step]
        async fn start(&self, Start(n): Start<u32>) -> Item {
            Item(n)
        }
        #[step]
        async fn put_by(&self, ctx: &Context<Self>, Item(n): Item) -> Stop<()> {
            for _ in 0..n {
                yield_once().await;
                self.log.add(ctx.collect(Item(n), 2).map(|set| set.len()));
            }
            Stop(())
        }
    }
    let log = Log::default();
    Several { log: log.clone() }.run(5).await.unwrap();
    assert_eq!(log.take(), [None, Some(2), None, Some(2), None]);
}

#[tokio::test(start_paused = true)]
async fn runs_of_one_instance_have_piles_of_their_own() {
    // CE-14
    let workflow = std::sync::Arc::new(Sets { size: 2 });
    let runs: Vec<_> = (0..3).map(|n| WorkflowExt::run(&workflow, n).start()).collect();
    for (run, sets) in runs.into_iter().zip([0, 0, 1]) {
        assert_eq!(published(&run).await.len(), sets);
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_attempt_has_the_same_set_again() {
    // CE-08
    #[workflow]
    struct Again {
        log: Log<(u32, Option<Vec<u32>>)>,
    }
    #[workflow]
    impl Again {
        #[step]
        async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step(workers = 1, retry = Retry::fixed(Duration::from_millis(50)))]
        async fn put_by(&self, ctx: &Context<Self>, item: Item) -> StepResult<Done> {
            let set = ctx.collect(item, 2).map(|set| set.into_iter().map(|Item(n)| n).collect());
            let attempt = ctx.attempt().number;
            self.log.add((attempt, set.clone()));
            // While it waits for its next attempt, others put more by.
            if set.is_some() && attempt == 1 { Err(StepError::msg("no")) } else { Ok(Done) }
        }
        #[step]
        async fn end(&self, _all: Vec<Done>) -> Stop<()> {
            Stop(())
        }
    }
    let log = Log::default();
    Again { log: log.clone() }.run(4).await.unwrap();
    let sets: Vec<_> = log.take().into_iter().filter_map(|(attempt, set)| Some((attempt, set?))).collect();
    assert_eq!(sets, [(1, vec![0, 1]), (1, vec![2, 3]), (2, vec![0, 1]), (2, vec![2, 3])]);
}

#[tokio::test(start_paused = true)]
async fn what_a_race_drops_does_not_take_back_what_it_has_put_by() {
    #[workflow(stream = Vec<u32>)]
    struct Race;
    #[workflow]
    impl Race {
        #[step]
        async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step]
        async fn put_by(&self, ctx: &Context<Self>, Item(n): Item) -> Other {
            if let Some(set) = ctx.collect(Item(n), 2) {
                ctx.publish(set.into_iter().map(|Item(n)| n).collect::<Vec<_>>());
            }
            sleep(ms(u64::from(n) + 1)).await;
            Other(n)
        }
        #[step]
        async fn first(&self, _first: First<Other, 1>) -> Stop<()> {
            Stop(())
        }
    }
    let run = Race.run(4).start();
    assert_eq!(published(&run).await, [[0, 1], [2, 3]]);
    run.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn very_many_are_put_by() {
    let run = Sets { size: 10_000 }.run(10_000).start();
    let sets = published(&run).await;
    assert_eq!((sets.len(), sets[0].len(), sets[0][9_999]), (1, 10_000, 9_999));
    assert_eq!(parked(run.await.unwrap_err()), []);
}

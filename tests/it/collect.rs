//! `ctx.collect`: sets of events whose size is known at run time only.

use tokio::time::sleep;
use workflows_runtime::{Executors, prelude::*};
use workflows_tests::{Log, ms, published, stalled, yield_once};

#[event]
struct Item(u32);
#[event]
struct Other(u32);
#[event]
struct Done;

/// Emits `0..n`, and publishes the collected sets of `size`.
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
    async fn collect(&self, ctx: &Context<Self>, item: Item) -> Option<Stop<u32>> {
        let last = item.0 == u32::MAX;
        let set = ctx.collect(item, self.size)?;
        ctx.publish(set.iter().map(|item| item.0).collect::<Vec<_>>());
        last.then_some(Stop(0))
    }
}

#[tokio::test(start_paused = true)]
async fn sets_are_in_arrival_order_and_the_rest_stays_parked() {
    let run = Sets { size: 3 }.run(7).start();
    assert_eq!(published(&run).await, [[0, 1, 2], [3, 4, 5]]);
    let error = run.await.unwrap_err();
    let text = "stalled: no step can run and none has returned `Stop` (`collect` is missing `Item`, 1 parked)";
    assert_eq!(error.to_string(), text);
    assert_eq!(stalled(error), [("collect".to_owned(), 1)]);
}

#[tokio::test(start_paused = true)]
async fn empty_set_is_returned_at_once() {
    let run = Sets { size: 0 }.run(2).start();
    assert_eq!(published(&run).await, [[0_u32; 0], []]);
    assert_eq!(stalled(run.await.unwrap_err()), [], "no event is parked");
}

#[tokio::test(start_paused = true)]
async fn set_of_one_is_returned_at_once() {
    let run = Sets { size: 1 }.run(3).start();
    assert_eq!(published(&run).await, [[0], [1], [2]]);
    assert_eq!(stalled(run.await.unwrap_err()), []);
}

#[tokio::test(start_paused = true)]
async fn overlapping_executions_collect_each_event_once() {
    #[workflow(state = u32, stream = Vec<u32>)]
    struct Overlap;
    #[workflow]
    impl Overlap {
        #[step]
        async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step(workers = 50)]
        async fn collect(&self, ctx: &Context<Self>, Item(n): Item) -> Other {
            ctx.state().update(|executions| *executions += 1);
            // Executions collect in another order than the events were sent.
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
    assert_eq!(all.len(), 500 / 7 * 7, "each event is in exactly one set");
    assert_eq!(run.state().get(), 500, "no execution has run twice");
    run.await.unwrap();
}

#[tokio::test]
async fn overlapping_threads_collect_each_event_once() {
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
        fn collect(&self, ctx: &Context<Self>, item: Item) -> Other {
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
async fn set_size_may_change_between_calls() {
    #[workflow(stream = Vec<u32>)]
    struct Growing;
    #[workflow]
    impl Growing {
        #[step]
        async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step(workers = 1)]
        async fn collect(&self, ctx: &Context<Self>, item: Item) -> Option<Stop<()>> {
            // The size is known at run time only; more events are stored than the last call requires.
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

/// Collects items and others, under two names and in several steps.
#[workflow(stream = (String, Vec<u32>))]
struct Collections;

#[workflow]
impl Collections {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
        (0..n).map(Item).collect()
    }
    #[step(workers = 1)]
    async fn by_name(&self, ctx: &Context<Self>, Item(n): Item) -> Other {
        let name = if n % 2 == 0 { "even" } else { "odd" };
        if let Some(set) = ctx.collect_as(name, Item(n), 2) {
            ctx.publish((name.to_owned(), set.into_iter().map(|Item(n)| n).collect::<Vec<_>>()));
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
async fn collections_are_separate_by_name_type_and_step() {
    let run = Collections.run(6).start();
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
async fn one_execution_may_collect_several_times() {
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
        async fn collect(&self, ctx: &Context<Self>, Item(n): Item) -> Stop<()> {
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
async fn each_run_has_its_own_collections() {
    let workflow = std::sync::Arc::new(Sets { size: 2 });
    let runs: Vec<_> = (0..3).map(|n| WorkflowExt::run(&workflow, n).start()).collect();
    for (run, sets) in runs.into_iter().zip([0, 0, 1]) {
        assert_eq!(published(&run).await.len(), sets);
    }
}

#[tokio::test(start_paused = true)]
async fn next_attempt_receives_the_same_set() {
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
        async fn collect(&self, ctx: &Context<Self>, item: Item) -> StepResult<Done> {
            let set = ctx.collect(item, 2).map(|set| set.into_iter().map(|Item(n)| n).collect());
            let attempt = ctx.attempt().number;
            self.log.add((attempt, set.clone()));
            // While it waits for its next attempt, other executions collect more events.
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
async fn race_loser_does_not_withdraw_collected_events() {
    #[workflow(stream = Vec<u32>)]
    struct Race;
    #[workflow]
    impl Race {
        #[step]
        async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step]
        async fn collect(&self, ctx: &Context<Self>, Item(n): Item) -> Other {
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
async fn set_of_10_000_events_is_collected() {
    let run = Sets { size: 10_000 }.run(10_000).start();
    let sets = published(&run).await;
    assert_eq!((sets.len(), sets[0].len(), sets[0][9_999]), (1, 10_000, 9_999));
    assert_eq!(stalled(run.await.unwrap_err()), []);
}

#[tokio::test(start_paused = true)]
async fn many_named_collections_are_independent() {
    // Linear in the number of names per call, this takes minutes.
    #[workflow]
    struct Named;
    #[workflow]
    impl Named {
        #[step]
        async fn start(&self, ctx: &Context<Self, (Item,)>, Start(n): Start<u32>) -> Option<Stop<u32>> {
            let mut sets = 0;
            for name in (0..n).chain(0..n) {
                sets += ctx.collect_as(&name.to_string(), Item(name), 2).map_or(0, |_| 1);
            }
            Some(Stop(sets))
        }
        #[step]
        async fn item(&self, _item: Item) {}
    }
    assert_eq!(Named.run(100_000).await.unwrap(), 100_000);
}

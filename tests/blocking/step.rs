//! Blocking steps: where they run, what crosses the hop, and their bounds.

use super::{executors, thread_name};
use std::{collections::BTreeSet, sync::Arc, thread};
use workflows_runtime::{ExecutorError, Executors, Panicked, prelude::*};
use workflows_tests::{Log, failure, published};

#[event]
struct Raw(String);
#[event]
struct Parsed(Vec<String>);
#[event]
struct Embedded(Vec<String>);

/// Returns the thread of each step.
#[workflow(state = Vec<String>)]
struct Places;

#[workflow]
impl Places {
    #[step]
    #[blocking(io)]
    fn load(&self, Start(name): Start<String>) -> Raw {
        Raw(format!("{name}: {}", thread_name()))
    }
    #[step]
    #[blocking(cpu)]
    fn parse(&self, Raw(raw): Raw) -> Parsed {
        Parsed(vec![raw, thread_name()])
    }
    #[step]
    #[blocking(cpu, pool = "embed")]
    fn embed(&self, Parsed(mut so_far): Parsed) -> Embedded {
        so_far.push(thread_name());
        Embedded(so_far)
    }
    #[step]
    async fn end(&self, Embedded(mut so_far): Embedded) -> Stop<Vec<String>> {
        so_far.push(thread_name());
        Stop(so_far)
    }
}

#[tokio::test]
async fn each_kind_runs_on_its_own_threads() {
    let here = thread_name();
    let places = Places.run("io".to_owned()).executors(&executors(2, 1)).await.unwrap();
    assert!(places[0].starts_with("io: ") && places[0] != format!("io: {here}"), "{places:?}");
    assert_eq!(places[1..3], ["wf-cpu-0", "wf-embed-0"]);
    assert_eq!(places[3], here);
}

#[tokio::test]
async fn unknown_pool_of_a_step_is_named_in_the_error() {
    let few = Executors::builder().io_threads(1).cpu_threads(1).build().unwrap();
    let error = Places.run(String::new()).executors(&few).await.unwrap_err();
    let RunError::Failed { source, .. } = &error else { panic!("{error}") };
    assert!(matches!(source.downcast_ref(), Some(ExecutorError::NoPool { name, .. }) if name == "embed"));
    let (step, text) = failure(error);
    assert_eq!(step, "embed");
    assert!(text.starts_with("no pool `embed` among the executors of this run; there are: none."), "{text}");
}

#[test]
fn executors_without_threads_are_refused() {
    for builder in
        [Executors::builder().io_threads(0), Executors::builder().cpu_threads(0), Executors::builder().pool("embed", 0)]
    {
        assert!(matches!(builder.build(), Err(ExecutorError::NoThreads { .. })));
    }
}

#[test]
fn blocking_steps_need_no_runtime() {
    let executors = executors(1, 1);
    let places = futures::executor::block_on(Places.run(String::new()).executors(&executors).into_future()).unwrap();
    assert_eq!(places[0], ": wf-io-0");
}

#[event]
struct Piece(u32);

/// Sends, publishes and updates the state from blocking steps.
#[workflow(state = u32, stream = String)]
struct Talk;

#[workflow]
impl Talk {
    #[step]
    #[blocking(io)]
    fn cut(&self, ctx: &Context<Self, (Piece,)>, Start(n): Start<u32>) -> Vec<Piece> {
        for n in 0..n {
            ctx.send(Piece(100 + n));
            ctx.publish(format!("{} {}", ctx.step(), n));
        }
        ctx.state().update(|sum| *sum += 1000);
        (0..n).map(Piece).collect()
    }
    #[step]
    #[blocking(cpu)]
    fn glue(&self, ctx: &Context<Self>, Piece(n): Piece) -> Option<Stop<u32>> {
        let sum = ctx.state().update(|sum| {
            *sum += n;
            *sum
        });
        // 100 + 101 + 102 were sent, 0 + 1 + 2 were returned.
        (sum == 1306).then_some(Stop(sum))
    }
}

#[tokio::test]
async fn blocking_step_sends_publishes_and_updates_the_state() {
    let run = Talk.run(3).executors(&executors(1, 2)).start();
    assert_eq!(published(&run).await, ["cut 0", "cut 1", "cut 2"]);
    assert_eq!(run.result().await.unwrap(), 1306);
    assert_eq!(run.state().get(), 1306);
}

#[tokio::test]
async fn blocking_step_gathers_a_batch() {
    #[workflow]
    struct Rank;
    #[workflow]
    impl Rank {
        #[step]
        #[blocking(io)]
        fn fan(&self, Start(n): Start<u32>) -> Vec<Piece> {
            (0..n).map(Piece).collect()
        }
        #[step]
        #[blocking(cpu)]
        fn rank(&self, pieces: Vec<Piece>) -> Stop<Vec<u32>> {
            Stop(pieces.into_iter().map(|piece| piece.0).collect())
        }
    }
    let executors = executors(1, 1);
    assert_eq!(Rank.run(3).executors(&executors).await.unwrap(), [0, 1, 2]);
    assert!(Rank.run(0).executors(&executors).await.unwrap().is_empty());
}

#[tokio::test]
async fn errors_and_panics_of_a_blocking_step_name_it() {
    #[workflow]
    struct Shaky;
    #[workflow]
    impl Shaky {
        #[step]
        #[blocking(cpu)]
        fn shaky(&self, Start(how): Start<String>) -> StepResult<Stop<u32>> {
            match how.as_str() {
                "panic" => panic!("no {}", "way"),
                number => Ok(Stop(number.parse()?)),
            }
        }
    }
    let executors = executors(1, 1);
    let workflow = Arc::new(Shaky);
    for _ in 0..3 {
        let error = workflow.clone().run("panic".to_owned()).executors(&executors).await.unwrap_err();
        let RunError::Failed { source, .. } = &error else { panic!("{error}") };
        assert!(source.is::<Panicked>());
        assert_eq!(failure(error), ("shaky", "panicked: no way".to_owned()));
        let error = workflow.clone().run("x".to_owned()).executors(&executors).await.unwrap_err();
        assert_eq!(failure(error), ("shaky", "invalid digit found in string".to_owned()));
        assert_eq!(workflow.clone().run("5".to_owned()).executors(&executors).await.unwrap(), 5);
    }
}

#[tokio::test]
async fn blocking_work_is_bounded_by_the_number_of_threads() {
    #[derive(Clone, Default, Serialize, Deserialize)]
    struct Seen {
        now: usize,
        most: usize,
        threads: BTreeSet<String>,
    }

    #[workflow(state = Seen)]
    struct Fan;
    #[workflow]
    impl Fan {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Piece> {
            (0..200).map(Piece).collect()
        }
        #[step(workers = 50)]
        #[blocking(io)]
        fn wait(&self, ctx: &Context<Self>, Piece(n): Piece) -> Waited {
            ctx.state().update(|seen| {
                seen.now += 1;
                seen.most = seen.most.max(seen.now);
            });
            thread::yield_now();
            ctx.state().update(|seen| seen.now -= 1);
            Waited(n)
        }
        #[step(workers = 50)]
        #[blocking(cpu)]
        fn compute(&self, ctx: &Context<Self>, Waited(n): Waited) -> Computed {
            ctx.state().update(|seen| seen.threads.insert(thread_name()));
            Computed(n)
        }
        #[step]
        async fn end(&self, ctx: &Context<Self>, all: Vec<Computed>) -> Stop<(usize, usize, usize)> {
            assert!(all.is_sorted_by_key(|computed| computed.0));
            Stop(ctx.state().read(|seen| (all.len(), seen.most, seen.threads.len())))
        }
    }
    #[event]
    struct Waited(u32);
    #[event]
    struct Computed(u32);

    let (all, most, threads) = Fan.run(()).executors(&executors(3, 2)).await.unwrap();
    assert_eq!(all, 200);
    assert!(most <= 3, "{most} at once");
    assert!(threads <= 2, "on {threads} threads");
}

#[tokio::test]
async fn cpu_pool_is_first_in_first_out() {
    #[workflow]
    struct Fan {
        log: Log<u32>,
    }
    #[workflow]
    impl Fan {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Piece> {
            (0..100).map(Piece).collect()
        }
        #[step(workers = 100)]
        #[blocking(cpu)]
        fn work(&self, Piece(n): Piece) -> Done {
            self.log.add(n);
            Done
        }
        #[step]
        async fn end(&self, _all: Vec<Done>) -> Stop<()> {
            Stop(())
        }
    }
    #[event]
    struct Done;
    let log = Log::default();
    Fan { log: log.clone() }.run(()).executors(&executors(1, 1)).await.unwrap();
    assert_eq!(log.take(), (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn cpu_pool_runs_20_000_jobs() {
    #[workflow]
    struct Fan;
    #[workflow]
    impl Fan {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<Piece> {
            (0..n).map(Piece).collect()
        }
        #[step(workers = 100)]
        #[blocking(cpu)]
        fn work(&self, Piece(n): Piece) -> Done {
            Done(n)
        }
        #[step]
        async fn end(&self, all: Vec<Done>) -> Stop<usize> {
            Stop(all.len())
        }
    }
    #[event]
    struct Done(u32);
    assert_eq!(Fan.run(20_000).executors(&executors(1, 2)).await.unwrap(), 20_000);
}

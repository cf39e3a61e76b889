//! Blocking steps: where they run, what crosses the hop, and what becomes of work that nobody
//! waits for any more.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, mpsc},
    thread,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use workflows::{Log, events_of, failure, kinds, let_others_run, published};
use workflows_runtime::{ExecutorError, Executors, Panicked, StepPhase, prelude::*};

fn executors(io: usize, cpu: usize) -> Executors {
    Executors::builder().io_threads(io).cpu_threads(cpu).pool("embed", 1).build().unwrap()
}

fn thread_name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

/// What blocking code does under the eyes of a test: it tells that it has begun, and goes on when
/// it is let.
struct Inside {
    begun: UnboundedSender<u32>,
    go: Mutex<mpsc::Receiver<()>>,
}

/// The test's side of [`Inside`].
struct Outside {
    begun: UnboundedReceiver<u32>,
    go: mpsc::Sender<()>,
}

impl Inside {
    fn new() -> (Self, Outside) {
        let ((begun, has_begun), (go, may_go)) = (unbounded_channel(), mpsc::channel());
        (Self { begun, go: Mutex::new(may_go) }, Outside { begun: has_begun, go })
    }

    fn stay(&self, n: u32) {
        self.begun.send(n).unwrap();
        self.go.lock().unwrap().recv().unwrap();
    }
}

// ---- where it runs ----

#[event]
struct Raw(String);
#[event]
struct Parsed(Vec<String>);
#[event]
struct Embedded(Vec<String>);

/// Notes on which thread each step runs.
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
async fn each_kind_runs_on_its_own_threads_and_mixes_with_async_steps() {
    // ST-06
    let here = thread_name();
    let places = Places.run("io".to_owned()).executors(&executors(2, 1)).await.unwrap();
    assert!(places[0].starts_with("io: ") && places[0] != format!("io: {here}"), "{places:?}");
    assert_eq!(places[1..3], ["workflows-cpu-0", "workflows-embed-0"]);
    assert_eq!(places[3], here);
}

#[tokio::test]
async fn a_pool_that_the_runs_executors_lack_is_an_error_with_its_name() {
    let few = Executors::builder().io_threads(1).cpu_threads(1).build().unwrap();
    let error = Places.run(String::new()).executors(&few).await.unwrap_err();
    let RunError::Failed { source, .. } = &error else { panic!("{error}") };
    assert!(matches!(source.downcast_ref(), Some(ExecutorError::NoPool { name, .. }) if name == "embed"));
    let (step, text) = failure(error);
    assert_eq!(step, "embed");
    assert!(text.starts_with("no pool `embed` among the executors of this run; there are: none."), "{text}");
}

#[test]
fn executors_without_threads_are_refused_when_they_are_built() {
    for builder in
        [Executors::builder().io_threads(0), Executors::builder().cpu_threads(0), Executors::builder().pool("embed", 0)]
    {
        assert!(matches!(builder.build(), Err(ExecutorError::NoThreads { .. })));
    }
}

#[test]
fn without_a_runtime_io_is_an_error_and_cpu_runs() {
    #[workflow]
    struct Square;
    #[workflow]
    impl Square {
        #[step]
        #[blocking(cpu)]
        fn square(&self, Start(n): Start<u32>) -> Stop<u32> {
            Stop(n * n)
        }
    }
    let error = futures::executor::block_on(Places.run(String::new()).into_future()).unwrap_err();
    assert_eq!(failure(error), ("load", "`#[blocking(io)]` needs a tokio runtime to run on".to_owned()));
    assert_eq!(futures::executor::block_on(Square.run(7).into_future()).unwrap(), 49);
}

// ---- what crosses the hop ----

#[event]
struct Piece(u32);

/// Uses everything that a context has from blocking code.
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
        // 100 + 101 + 102 were sent, 0 + 1 + 2 returned.
        (sum == 1306).then_some(Stop(sum))
    }
}

#[tokio::test]
async fn a_blocking_step_sends_publishes_and_uses_the_state() {
    // ST-07
    let run = Talk.run(3).executors(&executors(1, 2)).start();
    assert_eq!(published(&run).await, ["cut 0", "cut 1", "cut 2"]);
    assert_eq!(run.result().await.unwrap(), 1306);
    assert_eq!(run.state().get(), 1306);
}

#[tokio::test]
async fn a_blocking_step_gathers_a_batch() {
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
async fn errors_and_panics_come_back_with_the_steps_name_and_the_pool_survives() {
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

// ---- bounds ----

#[tokio::test]
async fn no_more_goes_on_at_once_than_there_are_threads() {
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
async fn a_cpu_pool_is_first_in_first_out() {
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

// ---- what nobody waits for any more ----

/// One blocking step that stays, and one that ends the run on an answer.
#[workflow(stream = u32, state = bool)]
struct Stay {
    inside: Inside,
    ended: UnboundedSender<bool>,
}

#[workflow]
impl Stay {
    #[step]
    #[blocking(io)]
    fn stay(&self, ctx: &Context<Self>, Start(n): Start<u32>) {
        self.inside.stay(n);
        ctx.publish(n);
        self.ended.send(ctx.is_cancelled()).unwrap();
    }
    #[step]
    async fn end(&self, _end: HumanResponse<()>) -> Stop<()> {
        Stop(())
    }
}

#[tokio::test]
async fn work_that_outlives_its_run_is_reported_and_not_seen() {
    let (inside, mut outside) = Inside::new();
    let (ended, mut has_ended) = unbounded_channel();
    let run = Stay { inside, ended }.run(1).step_events(true).executors(&executors(1, 1)).start();
    assert_eq!(outside.begun.recv().await, Some(1));
    run.send(HumanResponse(())).unwrap();
    run.result().await.unwrap();
    let seen = kinds(&events_of(&run).await);
    assert_eq!(seen, ["stay running", "end running", "end done", "stay abandoned", "completed"]);

    outside.go.send(()).unwrap();
    assert_eq!(has_ended.recv().await, Some(true), "it can see that it was cancelled");
    assert_eq!(kinds(&events_of(&run).await), seen, "and what it does is not seen");
}

#[tokio::test]
async fn only_internal_readers_are_told_of_abandoned_work() {
    let (inside, mut outside) = Inside::new();
    let (ended, _has_ended) = unbounded_channel();
    let run = Stay { inside, ended }.run(1).executors(&executors(1, 1)).start();
    outside.begun.recv().await.unwrap();
    run.cancel();
    assert_eq!(kinds(&events_of(&run).await), ["failed: cancelled"]);
    outside.go.send(()).unwrap();
}

#[tokio::test]
async fn a_thread_is_taken_until_the_work_really_ends() {
    let executors = executors(1, 1);
    let (inside, mut outside) = Inside::new();
    let (ended, mut has_ended) = unbounded_channel();
    let workflow = Arc::new(Stay { inside, ended });
    let first = workflow.clone().run(1).executors(&executors).start();
    assert_eq!(outside.begun.recv().await, Some(1));
    first.cancel();
    assert!(matches!(first.result().await, Err(RunError::Cancelled)), "the run does not wait for it");

    let second = workflow.run(2).executors(&executors).start();
    let_others_run().await;
    assert!(outside.begun.try_recv().is_err(), "there is no thread for it");
    outside.go.send(()).unwrap();
    assert_eq!(has_ended.recv().await, Some(true));
    assert_eq!(outside.begun.recv().await, Some(2));
    outside.go.send(()).unwrap();
    assert_eq!(has_ended.recv().await, Some(false));
    second.cancel();
}

#[tokio::test]
async fn work_that_has_not_begun_is_withdrawn() {
    #[workflow]
    struct Queue {
        inside: Inside,
    }
    #[workflow]
    impl Queue {
        #[step]
        #[blocking(cpu)]
        fn work(&self, Start(n): Start<u32>) -> Stop<u32> {
            self.inside.stay(n);
            Stop(n)
        }
    }
    let executors = executors(1, 1);
    let (inside, mut outside) = Inside::new();
    let workflow = Arc::new(Queue { inside });
    let runs: Vec<_> =
        (0..3).map(|n| workflow.clone().run(n).step_events(true).executors(&executors).start()).collect();
    assert_eq!(outside.begun.recv().await, Some(0));
    let_others_run().await;
    runs[1].cancel();
    assert_eq!(kinds(&events_of(&runs[1]).await), ["work running", "failed: cancelled"], "not abandoned");
    outside.go.send(()).unwrap();
    assert_eq!(outside.begun.recv().await, Some(2), "the second never begins");
    outside.go.send(()).unwrap();
    assert_eq!(runs[2].result().await.unwrap(), 2);
}

#[tokio::test]
async fn what_loses_a_race_is_cancelled_although_the_run_goes_on() {
    #[event]
    struct Try(u32);
    #[event]
    struct Won(u32);

    #[workflow(stream = u32)]
    struct Race {
        inside: Inside,
    }
    #[workflow]
    impl Race {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Try> {
            vec![Try(1), Try(2)]
        }
        #[step]
        #[blocking(io)]
        fn run(&self, ctx: &Context<Self>, Try(n): Try) -> Won {
            if n == 1 {
                self.inside.stay(n);
            }
            assert_eq!(ctx.is_cancelled(), n == 1);
            ctx.publish(n);
            // Tells the test that the loser is through.
            self.inside.begun.send(n).unwrap();
            Won(n)
        }
        #[step]
        async fn won(&self, First([Won(n)]): First<Won, 1>) -> InputRequired<u32> {
            InputRequired(n)
        }
        #[step]
        async fn end(&self, _end: HumanResponse<()>) -> Stop<()> {
            Stop(())
        }
    }
    let (inside, mut outside) = Inside::new();
    let run = Race { inside }.run(()).step_events(true).executors(&executors(2, 1)).start();
    let mut events = run.events();
    while let Some(event) = events.next().await {
        if let RunEvent::InputRequired(winner) = event {
            assert_eq!(winner, 2);
            break;
        }
    }
    outside.go.send(()).unwrap();
    let mut told = vec![outside.begun.recv().await, outside.begun.recv().await, outside.begun.recv().await];
    told.sort_unstable();
    assert_eq!(told, [Some(1), Some(1), Some(2)]);
    run.send(HumanResponse(())).unwrap();
    let all = events_of(&run).await;
    let published: Vec<_> = all.iter().filter(|event| matches!(event, RunEvent::Published(_))).collect();
    assert!(matches!(published[..], [RunEvent::Published(2)]), "{published:?}");
    let phases = all.iter().filter_map(|event| match event {
        RunEvent::Step(step) if step.step == "run" => Some(step.phase),
        _ => None,
    });
    let end = [StepPhase::Done, StepPhase::Dropped, StepPhase::Abandoned];
    assert_eq!(phases.skip(2).collect::<Vec<_>>(), end);
}

#[tokio::test]
async fn a_blocking_step_that_takes_too_long_is_left_behind() {
    #[workflow]
    struct Slow {
        inside: Inside,
    }
    #[workflow]
    impl Slow {
        #[step(timeout = "1h")]
        #[blocking(cpu)]
        fn slow(&self, Start(n): Start<u32>) -> Stop<u32> {
            self.inside.stay(n);
            Stop(n)
        }
    }
    let (inside, mut outside) = Inside::new();
    let run = Slow { inside }.run(1).step_events(true).executors(&executors(1, 1)).start();
    outside.begun.recv().await.unwrap();
    // Not before: a paused clock does not wait for threads.
    tokio::time::pause();
    tokio::time::advance(Duration::from_hours(2)).await;
    assert_eq!(failure(run.result().await.unwrap_err()), ("slow", "took longer than 3600s".to_owned()));
    let seen = kinds(&events_of(&run).await);
    assert_eq!(seen[..3], ["slow running", "slow abandoned", "slow failed"]);
    outside.go.send(()).unwrap();
}

#[tokio::test]
async fn an_in_place_run_that_is_dropped_leaves_its_blocking_work_behind() {
    let (inside, mut outside) = Inside::new();
    let (ended, mut has_ended) = unbounded_channel();
    let mut run = Stay { inside, ended }.run(1).executors(&executors(1, 1)).into_future();
    tokio::select! {
        _ = &mut run => panic!("it waits"),
        begun = outside.begun.recv() => assert_eq!(begun, Some(1)),
    }
    drop(run);
    outside.go.send(()).unwrap();
    assert_eq!(has_ended.recv().await, Some(true));
}

#[test]
fn a_runtime_that_shuts_down_ends_runs_with_blocking_work() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let (inside, mut outside) = Inside::new();
    let (ended, mut has_ended) = unbounded_channel();
    let run = {
        let _on = runtime.enter();
        Stay { inside, ended }.run(1).start()
    };
    assert_eq!(outside.begun.blocking_recv(), Some(1));
    runtime.shutdown_background();
    assert!(matches!(futures::executor::block_on(run.into_future()), Err(RunError::Cancelled)));
    outside.go.send(()).unwrap();
    assert_eq!(has_ended.blocking_recv(), Some(true));
}

#[tokio::test]
async fn very_much_blocking_work() {
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

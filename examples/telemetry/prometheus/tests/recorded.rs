//! What runs and pools report, received by a recorder of the test's thread.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{
    future::{pending, poll_fn},
    pin::Pin,
    sync::{
        Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    task::Poll,
    time::Instant,
};
use workflows_runtime::{Executors, prelude::*};

/// Ends as its input says: `done`, `fail`, or never.
#[workflow]
struct Task;

#[workflow]
impl Task {
    #[step]
    async fn work(&self, Start(order): Start<String>) -> StepResult<Stop<u32>> {
        match order.as_str() {
            "done" => Ok(Stop(0)),
            "fail" => Err("out of order".into()),
            "block" => {
                let began = Instant::now();
                while began.elapsed() < Duration::from_millis(20) {
                    std::hint::spin_loop();
                }
                Ok(Stop(1))
            }
            _ => pending().await,
        }
    }
}

#[event]
struct Part {
    number: u32,
}

#[event]
struct Made {
    number: u32,
}

/// Takes the first of three parts, two of which are never made.
#[workflow]
struct Race;

#[workflow]
impl Race {
    #[step]
    async fn split(&self, Start(()): Start<()>) -> Vec<Part> {
        (0..3).map(|number| Part { number }).collect()
    }

    #[step(workers = 3, retry = Retry::immediate())]
    async fn make(&self, ctx: &Context<Self>, part: Part) -> StepResult<Made> {
        if part.number < 2 {
            pending::<()>().await;
        }
        if ctx.attempt().number == 1 {
            return Err("again".into());
        }
        Ok(Made { number: part.number })
    }

    #[step]
    async fn take(&self, First([made]): First<Made, 1>) -> Stop<u32> {
        Stop(made.number)
    }
}

/// Holds the only thread of its pool until it receives a message.
#[workflow]
struct Hold {
    begun: Sender<()>,
    release: Mutex<Receiver<()>>,
}

#[workflow]
impl Hold {
    #[step]
    #[blocking(cpu, pool = "narrow")]
    fn hold(&self, Start(()): Start<()>) -> StepResult<Stop<()>> {
        self.begun.send(())?;
        self.release.lock().map_err(|_| "poisoned")?.recv()?;
        Ok(Stop(()))
    }
}

/// Needs the same pool.
#[workflow]
struct Next;

#[workflow]
impl Next {
    #[step]
    #[blocking(cpu, pool = "narrow")]
    fn next(&self, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

#[tokio::test]
async fn ends_of_runs_are_counted_by_outcome() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    Task.run("done".to_owned()).await.unwrap();
    Task.run("done".to_owned()).start().await.unwrap();
    Task.run("fail".to_owned()).await.unwrap_err();
    let handle = Task.run("wait".to_owned()).start();
    tokio::task::yield_now().await;
    handle.cancel();
    handle.await.unwrap_err();
    let recorded = Recorded::of(&recorder.handle());
    for (outcome, runs) in [("completed", "2"), ("failed", "1"), ("cancelled", "1")] {
        let labels = format!("{{workflow=\"Task\",outcome=\"{outcome}\"}}");
        assert_eq!(recorded.value(&format!("workflows_runs_total{labels}")), runs);
        assert_eq!(recorded.value(&format!("workflows_run_seconds_count{labels}")), runs);
    }
    assert_eq!(recorded.value("workflows_runs_live{workflow=\"Task\"}"), "0");
}

#[tokio::test]
async fn waiting_run_is_live_until_it_is_dropped() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let live = || Recorded::of(&recorder.handle()).value("workflows_runs_live{workflow=\"Task\"}").to_owned();
    let mut waiting = Box::pin(Task.run("wait".to_owned()).into_future());
    assert!(is_pending(waiting.as_mut()).await);
    assert_eq!(live(), "1");
    drop(waiting);
    assert_eq!(live(), "0");
    let recorded = Recorded::of(&recorder.handle());
    assert_eq!(recorded.value("workflows_runs_total{workflow=\"Task\",outcome=\"cancelled\"}"), "1");
}

#[tokio::test]
async fn outcomes_of_steps_are_distinguished() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    assert_eq!(Race.run(()).await.unwrap(), 2);
    Task.run("fail".to_owned()).await.unwrap_err();
    let recorded = Recorded::of(&recorder.handle());
    for (workflow, step, outcome, executions) in [
        ("Race", "split", "done", "1"),
        ("Race", "make", "done", "1"),
        ("Race", "make", "dropped", "2"),
        ("Race", "take", "done", "1"),
        ("Task", "work", "failed", "1"),
    ] {
        let labels = format!("{{workflow=\"{workflow}\",step=\"{step}\",outcome=\"{outcome}\"}}");
        assert_eq!(recorded.value(&format!("workflows_step_seconds_count{labels}")), executions, "{labels}");
    }
    assert_eq!(recorded.value("workflows_step_retries_total{workflow=\"Race\",step=\"make\"}"), "1");
}

#[tokio::test]
async fn overrun_is_counted_for_its_step() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    // In place and without a subscriber, nothing else observes the overrun.
    Task.run("block".to_owned()).poll_budget(Duration::from_millis(1)).await.unwrap();
    let recorded = Recorded::of(&recorder.handle());
    assert_eq!(recorded.value("workflows_overruns_total{workflow=\"Task\",step=\"work\"}"), "1");
}

#[tokio::test]
async fn withdrawn_job_leaves_the_queue_of_its_pool() {
    // Threads of pools have no recorder of their own.
    let recorder = PrometheusBuilder::new().install_recorder().unwrap();
    let gauge = |name: &str| {
        let name = format!("workflows_pool_{name}{{pool=\"narrow\"}}");
        Recorded::of(&recorder).value(&name).to_owned()
    };
    let executors = Executors::builder().pool("narrow", 1).build().unwrap();
    let (begun, begins) = channel();
    let (release, released) = channel();
    let hold = Hold { begun, release: Mutex::new(released) };
    let holding = hold.run(()).executors(&executors).start();
    tokio::task::spawn_blocking(move || begins.recv()).await.unwrap().unwrap();
    let mut queued = Box::pin(Next.run(()).executors(&executors).into_future());
    assert!(is_pending(queued.as_mut()).await);
    assert_eq!([gauge("queued"), gauge("running"), gauge("limit")], ["1", "1", "1"]);
    drop(queued);
    assert_eq!(gauge("queued"), "0");
    release.send(()).unwrap();
    holding.await.unwrap();
    executors.drain().await;
    Next.run(()).executors(&executors).await.unwrap();
    executors.drain().await;
    assert_eq!([gauge("queued"), gauge("running")], ["0", "0"]);
    assert_eq!(Recorded::of(&recorder).value("workflows_pool_wait_seconds_count{pool=\"narrow\"}"), "2");
}

/// The values as Prometheus receives them.
struct Recorded(String);

impl Recorded {
    fn of(recorder: &PrometheusHandle) -> Self {
        Self(recorder.render())
    }

    fn value(&self, name: &str) -> &str {
        let found = self.0.lines().find_map(|line| line.strip_prefix(name));
        found.unwrap_or_else(|| panic!("{name} is not in:\n{}", self.0)).trim()
    }
}

async fn is_pending<F: Future + ?Sized>(mut future: Pin<&mut F>) -> bool {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await
}

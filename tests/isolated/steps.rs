//! Isolated steps in a run: events, resources, publishing, errors and output.

use crate::common::isolated;
use std::{
    fmt::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};
use tracing_subscriber::{Layer, layer::SubscriberExt, registry::LookupSpan};
use workflows_runtime::{
    Executors, QueueTimedOut,
    graph::{ExecutorKind, WorkflowGraph},
    isolated::{IsolatedOutput, Registry},
    prelude::*,
};

pub(crate) fn register(registry: Registry) -> Registry {
    registry
        .workflow(Scores { factor: 100, made: AtomicU32::new(0) })
        .workflow(Parse)
        .workflow(Talk)
        .workflow(Crowd)
        .workflow(Traced)
        .workflow(Sized { value: 3_u8 })
        .workflow(Sized { value: "three".to_owned() })
        .workflow(Conditional)
        .workflow(Alone)
        .workflow(Queued)
        .function(twice)
}

#[event]
struct Page {
    text: String,
}

#[event]
struct Score(u64);

#[workflow(stream = String)]
struct Scores {
    factor: u64,
    made: AtomicU32,
}

#[workflow]
impl Scores {
    #[step]
    async fn split(&self, Start(text): Start<String>) -> Vec<Page> {
        text.split(' ').map(|text| Page { text: text.to_owned() }).collect()
    }

    /// The resource is created in the process that uses it.
    #[resource]
    async fn table(&self) -> Vec<u64> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.made.fetch_add(1, Ordering::SeqCst);
        vec![self.factor, std::process::id().into()]
    }

    #[step(workers = 4)]
    #[blocking(cpu, isolated)]
    fn score(&self, ctx: &Context<Self>, #[resource(table)] table: &[u64], page: Page) -> Score {
        assert_eq!(table[1], u64::from(std::process::id()));
        assert_eq!(self.made.load(Ordering::SeqCst), 1);
        assert!(!ctx.is_cancelled());
        ctx.publish(format!("{} in {}, attempt {}", page.text, ctx.run_id(), ctx.attempt().number));
        Score(page.text.len() as u64 * table[0])
    }

    #[step]
    #[blocking(cpu, isolated)]
    fn end(&self, scores: Vec<Score>) -> Stop<u64> {
        Stop(scores.iter().map(|score| score.0).sum())
    }
}

#[tokio::test]
async fn events_resources_and_items_cross() {
    let test = isolated(2).await;
    // This instance differs from the one in the registry, which executes the isolated steps.
    let workflow = Scores { factor: 1, made: AtomicU32::new(0) };
    let run = workflow.run("a bb ccc".to_owned()).id("r1").executors(&test.executors).start();
    let mut events = run.events();
    let mut published = Vec::new();
    while let Some(event) = events.next().await {
        if let RunEvent::Published(text) = event {
            published.push(text);
        }
    }
    published.sort();
    assert_eq!(published, ["a in r1, attempt 1", "bb in r1, attempt 1", "ccc in r1, attempt 1"]);
    assert_eq!(run.result().await.unwrap(), 600);
    test.end().await;
}

#[workflow]
struct Parse;

#[workflow]
impl Parse {
    #[step(retry = Retry::immediate().max_attempts(3).when(StepError::is::<std::num::ParseIntError>))]
    #[blocking(cpu, isolated)]
    fn parse(&self, ctx: &Context<Self>, Start(text): Start<String>) -> StepResult<Stop<u32>> {
        if text == "other" {
            return Err(StepError::msg(format!("other error in attempt {}", ctx.attempt().number)));
        }
        let number: u32 = text.parse().inspect_err(|_| eprintln!("attempt {}", ctx.attempt().number))?;
        Ok(Stop(number))
    }

    #[catch_error]
    async fn caught(&self, failed: StepFailed) -> StepResult<Stop<u32>> {
        let text = failed.error.to_string();
        if text == "invalid digit found in string" { Ok(Stop(failed.attempts)) } else { Err(text.into()) }
    }
}

#[tokio::test]
async fn retry_condition_sees_the_type_of_the_error() {
    let test = isolated(1).await;
    assert_eq!(Parse.run("7".to_owned()).executors(&test.executors).await.unwrap(), 7);
    assert_eq!(Parse.run("seven".to_owned()).executors(&test.executors).await.unwrap(), 3);
    let error = Parse.run("other".to_owned()).executors(&test.executors).await.unwrap_err();
    assert!(error.to_string().contains("other error in attempt 1"), "{error}");
    test.end().await;
}

#[workflow]
struct Talk;

#[workflow]
impl Talk {
    #[step]
    #[blocking(io, isolated)]
    fn talk(&self, _: Start<()>) -> Stop<()> {
        println!("to stdout");
        eprintln!("to stderr");
        Stop(())
    }
}

/// Notes the lines of isolated code.
struct Lines;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                let _ = write!(self.0, " {field}={value:?}");
            }
        }
        let mut text = Text(event.metadata().level().to_string());
        event.record(&mut text);
        LINES.lock().unwrap().push(text.0);
    }
}

#[tokio::test]
async fn output_becomes_tracing_events() {
    let test = isolated(1).await;
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Lines)).unwrap();
    let executors =
        Executors::builder().isolated_processes(1).isolated_output(IsolatedOutput::Tracing).build().unwrap();
    Talk.run(()).executors(&executors).await.unwrap();
    assert!(executors.shutdown_timeout(Duration::from_secs(30)).await);
    // The process has ended, and its output was read to the end.
    let has = |line: &str| LINES.lock().unwrap().iter().any(|noted| noted == line);
    while !has("INFO message=to stdout step=\"talk\"") || !has("WARN message=to stderr step=\"talk\"") {
        tokio::task::yield_now().await;
    }
    test.end().await;
}

/// Many runs share the processes, in turn.
#[workflow]
struct Crowd;

#[event]
struct Turn(u32);

#[event]
struct Taken(u32);

#[workflow]
impl Crowd {
    #[step]
    async fn begin(&self, Start(count): Start<u32>) -> Vec<Turn> {
        (0..count).map(Turn).collect()
    }

    #[step(workers = 100)]
    #[blocking(cpu, isolated)]
    fn take(&self, Turn(number): Turn) -> Taken {
        Taken(number)
    }

    #[step]
    async fn end(&self, all: Vec<Taken>) -> Stop<usize> {
        Stop(all.len())
    }
}

#[tokio::test]
async fn small_run_does_not_wait_for_a_large_one() {
    let test = isolated(1).await;
    let large = Crowd.run(300).executors(&test.executors).start();
    while test.metrics().completed == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(Crowd.run(2).executors(&test.executors).await.unwrap(), 2);
    assert!(test.metrics().completed < 200, "the small run waited for {} calls", test.metrics().completed);
    assert_eq!(large.result().await.unwrap(), 300);
    test.end().await;
}

#[workflow]
struct Shown;

#[workflow]
impl Shown {
    #[step]
    #[blocking(cpu, isolated)]
    fn read(&self, Start(text): Start<String>) -> Page {
        Page { text }
    }

    #[step]
    #[blocking(io, isolated(memory = "1GiB"), pool = "extra")]
    fn write(&self, page: Page) -> Stop<usize> {
        Stop(page.text.len())
    }
}

#[test]
fn graph_and_pictures_show_processes() {
    let graph = Shown::graph();
    let read = &graph.step("read").unwrap().executor;
    let write = &graph.step("write").unwrap().executor;
    assert_eq!(*read, ExecutorKind::Process { pool: None });
    assert_eq!(*write, ExecutorKind::Process { pool: Some("extra".to_owned()) });
    assert!(read.is_blocking() && write.is_blocking());
    let text = serde_json::to_string(&graph).unwrap();
    assert!(text.contains(r#""executor":{"process":{"pool":"extra"}}"#), "{text}");
    assert_eq!(serde_json::from_str::<WorkflowGraph>(&text).unwrap(), graph);
    let mermaid = graph.mermaid().to_string();
    assert!(mermaid.contains(r#"step_read[["read<br/><i>isolated process</i>"]]:::blocking"#), "{mermaid}");
    assert!(
        mermaid.contains(r#"step_write[["write<br/><i>isolated process, pool extra</i>"]]:::blocking"#),
        "{mermaid}"
    );
    let page = graph.html().to_string();
    assert!(page.contains("a process of its own") && page.contains("a process of the pool `extra`"), "{page}");
}

#[blocking(io, isolated, pool = "extra")]
fn twice(number: u64) -> u64 {
    number * 2
}

#[event]
struct Doubled(u64);

#[workflow]
struct Traced;

#[workflow]
impl Traced {
    #[step]
    #[blocking(cpu, isolated)]
    fn double(&self, Start(number): Start<u64>) -> Doubled {
        Doubled(number * 2)
    }

    #[step]
    async fn end(&self, Doubled(number): Doubled) -> Stop<u64> {
        Stop(twice(number).await)
    }
}

/// Notes the ends of spans.
#[derive(Clone, Default)]
struct Closed(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Closed {
    fn on_new_span(
        &self,
        attributes: &tracing::span::Attributes<'_>,
        id: &tracing::Id,
        context: tracing_subscriber::layer::Context<'_, S>,
    ) {
        struct Executor(String);
        impl tracing::field::Visit for Executor {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                if ["executor", "step"].contains(&field.name()) {
                    self.0 = format!(" {value:?}");
                }
            }
        }
        let mut executor = Executor(String::new());
        attributes.record(&mut executor);
        context.span(id).unwrap().extensions_mut().insert(executor.0);
    }

    fn on_close(&self, id: tracing::Id, context: tracing_subscriber::layer::Context<'_, S>) {
        let mut line = Vec::new();
        for span in context.span_scope(&id).unwrap().from_root() {
            line.push(span.name().to_owned() + span.extensions().get::<String>().unwrap());
        }
        self.0.lock().unwrap().push(line.join(": "));
    }
}

#[tokio::test]
async fn call_has_a_span_in_that_of_its_attempt() {
    let test = isolated(1).await;
    let closed = Closed::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(closed.clone()));
    assert_eq!(Traced.run(1).executors(&test.executors).await.unwrap(), 4);
    let lines = std::mem::take(&mut *closed.0.lock().unwrap());
    assert_eq!(
        lines,
        [
            r#"run: step "double": attempt: blocking "isolated""#,
            r#"run: step "double": attempt"#,
            r#"run: step "double""#,
            r#"run: step "end": attempt: blocking "extra""#,
            r#"run: step "end": attempt"#,
            r#"run: step "end""#,
            "run",
        ]
    );
    test.end().await;
}

/// Two types of one name.
#[workflow]
struct Sized<T: Send + Sync + std::fmt::Debug + 'static> {
    value: T,
}

#[workflow]
impl<T: Send + Sync + std::fmt::Debug + 'static> Sized<T> {
    #[step]
    #[blocking(cpu, isolated)]
    fn show(&self, _: Start<()>) -> Stop<String> {
        Stop(format!("{:?}", self.value))
    }
}

#[tokio::test]
async fn each_type_of_a_generic_workflow_is_registered() {
    let test = isolated(1).await;
    assert_eq!(Sized { value: 0_u8 }.run(()).executors(&test.executors).await.unwrap(), "3");
    assert_eq!(Sized { value: String::new() }.run(()).executors(&test.executors).await.unwrap(), "\"three\"");
    let error = Sized { value: 0_u16 }.run(()).executors(&test.executors).await.unwrap_err();
    assert!(error.to_string().contains("`show` is not registered"), "{error}");
    test.end().await;
}

#[workflow]
struct Conditional;

#[workflow]
impl Conditional {
    #[cfg(any())]
    #[step]
    #[blocking(cpu, isolated)]
    fn absent(&self, page: Page) -> Stop<usize> {
        Stop(page.text.len())
    }

    #[step]
    #[blocking(io, isolated, pool = "extra")]
    fn begin(&self, Start(text): Start<String>) -> Page {
        Page { text }
    }

    #[cfg(not(any()))]
    #[step]
    #[blocking(cpu, isolated)]
    fn present(&self, page: Page) -> Stop<usize> {
        Stop(page.text.len())
    }
}

#[tokio::test]
async fn isolated_steps_may_have_conditions() {
    let test = isolated(1).await;
    assert_eq!(Conditional.run("abc".to_owned()).executors(&test.executors).await.unwrap(), 3);
    test.end().await;
}

#[workflow]
struct Alone;

#[workflow]
impl Alone {
    #[step]
    async fn begin(&self, Start(count): Start<u32>) -> Vec<Turn> {
        (0..count).map(Turn).collect()
    }

    #[step(workers = 1)]
    #[blocking(io, isolated)]
    fn alone(&self, Turn(number): Turn) -> StepResult<Taken> {
        // Fails while another process has it.
        let lock = std::env::temp_dir().join(format!("workflows-alone-{}", std::os::unix::process::parent_id()));
        let lock = std::fs::File::options().create(true).append(true).open(lock)?;
        lock.try_lock()?;
        Ok(Taken(number))
    }

    #[step]
    async fn end(&self, all: Vec<Taken>) -> Stop<usize> {
        Stop(all.len())
    }
}

#[tokio::test]
async fn workers_bound_the_processes_of_a_step() {
    let test = isolated(2).await;
    assert_eq!(Alone.run(50).executors(&test.executors).await.unwrap(), 50);
    let lock = std::env::temp_dir().join(format!("workflows-alone-{}", std::process::id()));
    std::fs::remove_file(lock).unwrap();
    assert_eq!(test.metrics().started, 1);
    test.end().await;
}

#[workflow]
struct Queued;

#[workflow]
impl Queued {
    #[step(queue_timeout = "50ms")]
    #[blocking(cpu, isolated)]
    fn compute(&self, Start(endless): Start<bool>) -> Stop<()> {
        loop {
            if !endless {
                return Stop(());
            }
            std::hint::spin_loop();
        }
    }
}

#[tokio::test]
async fn queue_timeout_applies_to_processes() {
    let test = isolated(1).await;
    // Its process may take longer to start.
    while Queued.run(false).executors(&test.executors).await.is_err() {}
    let busy = Queued.run(true).executors(&test.executors).start();
    // Not queued any more, but in its process.
    while test.metrics().running == 0 {
        tokio::task::yield_now().await;
    }
    let error = Queued.run(false).executors(&test.executors).await.unwrap_err();
    assert!(error.downcast_ref::<QueueTimedOut>().is_some(), "{error}");
    busy.cancel();
    assert!(busy.result().await.is_err());
    test.end().await;
}

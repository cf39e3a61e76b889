//! `#[blocking]` on functions, statements and blocks.

use super::{executors, thread_name};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
    mpsc,
};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tracing::{Instrument, span::Id};
use tracing_subscriber::{Layer, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt};
use workflows_runtime::{Executors, Panicked, StepPhase, prelude::*};

#[blocking(cpu)]
fn repeated(text: String, mut times: usize) -> String {
    times += 1;
    text.repeat(times)
}

#[blocking(io)]
fn parsed<T>(text: T) -> Result<u32, std::num::ParseIntError>
where
    T: AsRef<str> + Send + 'static,
{
    let number: u32 = text.as_ref().parse()?;
    Ok(number)
}

#[blocking(cpu, pool = "embed")]
fn on_pool() -> String {
    thread_name()
}

#[blocking(cpu)]
fn on_cpu() -> String {
    thread_name()
}

#[blocking(cpu)]
fn broken() -> u32 {
    panic!("no such number")
}

struct Client {
    base: String,
}

impl Client {
    #[blocking(io)]
    fn get(self: Arc<Self>, path: String) -> String {
        format!("{}/{path}", self.base)
    }

    #[blocking(cpu)]
    fn into_base(self) -> String {
        self.base
    }
}

#[tokio::test]
async fn blocking_function_keeps_its_signature() {
    assert_eq!(repeated("ab".to_owned(), 2).await, "ababab");
    assert_eq!(parsed("17").await, Ok(17));
    assert!(parsed("x".to_owned()).await.is_err());
    let client = Arc::new(Client { base: "http://here".to_owned() });
    assert_eq!(Arc::clone(&client).get("a".to_owned()).await, "http://here/a");
    assert_eq!(Client { base: "b".to_owned() }.into_base().await, "b");
}

#[tokio::test]
#[should_panic(expected = "is not polled")]
async fn blocking_call_is_lazy_until_awaited() {
    drop(broken());
    panic!("is not polled");
}

#[event]
struct Named {
    names: Vec<String>,
}

#[workflow(stream = String, state = u32)]
struct Places;

#[workflow]
impl Places {
    /// Uses every form, and the context in each.
    #[step]
    async fn forms(&self, ctx: &Context<Self>, Start(text): Start<String>) -> StepResult<Named> {
        let mut names = vec![on_pool().await, on_cpu().await];
        #[blocking(cpu)]
        let number = text.parse::<u32>()?;
        #[blocking(cpu, pool = "embed")]
        let (name, doubled) = {
            ctx.publish(format!("parsed {number}"));
            ctx.state().update(|state| *state += number);
            if number == 13 {
                return Err(StepError::msg("unlucky"));
            }
            let one: u32 = "1".parse()?;
            (thread_name(), number * 2 + one)
        };
        names.push(name);
        let mut sum = number;
        #[blocking(cpu)]
        sum += doubled;
        names.push(sum.to_string());
        Ok(Named { names })
    }

    #[step]
    #[blocking(cpu, pool = "embed")]
    fn whole(&self, ctx: &Context<Self>, Named { mut names }: Named) -> Stop<Vec<String>> {
        ctx.publish("whole".to_owned());
        names.push(thread_name());
        Stop(names)
    }
}

#[tokio::test]
async fn blocking_call_uses_the_executors_state_and_stream_of_the_run() {
    let run = Places.run("20".to_owned()).executors(&executors(2, 1)).start();
    let mut events = run.events();
    let mut published = Vec::new();
    while let Some(event) = events.next().await {
        if let RunEvent::Published(text) = event {
            published.push(text);
        }
    }
    assert_eq!(published, ["parsed 20", "whole"]);
    assert_eq!(run.state().get(), 20);
    let names = run.await.unwrap();
    assert_eq!(names, ["wf-embed-0", "wf-cpu-0", "wf-embed-0", "61", "wf-embed-0"]);
}

#[tokio::test]
async fn question_mark_and_return_in_a_block_leave_the_step() {
    let error = Places.run("x".to_owned()).executors(&executors(2, 1)).await.unwrap_err();
    assert!(error.to_string().contains("step `forms` failed: "), "{error}");
    assert!(error.to_string().ends_with("invalid digit found in string"), "{error}");
    let error = Places.run("13".to_owned()).executors(&executors(2, 1)).await.unwrap_err();
    assert!(error.to_string().ends_with("unlucky"), "{error}");
}

#[workflow]
struct Fails;

#[workflow]
impl Fails {
    #[step]
    async fn fail(&self, Start(pool): Start<bool>) -> Stop<u32> {
        if pool {
            on_pool().await;
        }
        Stop(broken().await)
    }
}

#[tokio::test]
async fn panic_in_a_blocking_call_fails_the_step_only() {
    let executors = executors(2, 1);
    for _ in 0..3 {
        let error = Fails.run(false).executors(&executors).await.unwrap_err();
        let RunError::Failed { step: "fail", source, .. } = error else { panic!("{error}") };
        assert_eq!(source.downcast_ref::<Panicked>().unwrap().0, "no such number");
    }
}

#[tokio::test]
async fn unknown_pool_of_a_call_is_named_in_the_error() {
    let none = Executors::builder().cpu_threads(1).build().unwrap();
    let error = Fails.run(true).executors(&none).await.unwrap_err();
    assert!(error.to_string().contains("no pool `embed`"), "{error}");
}

/// Counts the started calls, each of which blocks until the gate is opened.
#[derive(Clone)]
struct Gate {
    begun: Arc<AtomicUsize>,
    open: Arc<Mutex<mpsc::Receiver<()>>>,
}

impl Gate {
    fn new() -> (Self, mpsc::Sender<()>) {
        let (open, wait) = mpsc::channel();
        (Self { begun: Arc::default(), open: Arc::new(Mutex::new(wait)) }, open)
    }

    #[blocking(cpu, pool = "embed")]
    fn pass(self) -> usize {
        let number = self.begun.fetch_add(1, Ordering::SeqCst);
        self.open.lock().unwrap().recv().unwrap();
        number
    }
}

#[event]
struct Pass;

#[workflow]
struct Gated {
    gate: Gate,
}

#[workflow]
impl Gated {
    #[step]
    async fn both(&self, Start(()): Start<()>) -> Vec<Pass> {
        vec![Pass, Pass]
    }

    #[step]
    async fn pass(&self, _: Pass) -> OneOf<Stop<()>, Pass> {
        self.gate.clone().pass().await;
        Stop(()).emit()
    }
}

#[tokio::test]
async fn cancelled_call_is_withdrawn_or_reported_as_abandoned() {
    let (gate, open) = Gate::new();
    let executors = executors(2, 1);
    let run = Gated { gate: gate.clone() }.run(()).executors(&executors).step_events(true).start();
    while gate.begun.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    run.cancel();
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));
    let mut abandoned = 0;
    let mut events = run.events();
    while let Some(event) = events.next().await {
        abandoned += usize::from(matches!(event, RunEvent::Step(step) if step.phase == StepPhase::Abandoned));
    }
    assert_eq!(abandoned, 1, "the started call");
    // The thread is occupied until the call really ends; later calls wait for it, and the other
    // call of the cancelled run never starts.
    open.send(()).unwrap();
    open.send(()).unwrap();
    let run = Gated { gate: gate.clone() }.run(()).executors(&executors).start();
    open.send(()).unwrap();
    run.await.unwrap();
    assert!(gate.begun.load(Ordering::SeqCst) >= 2);
}

#[workflow]
struct Embed;

#[workflow]
impl Embed {
    #[step]
    async fn embed(&self, Start(()): Start<()>) -> Stop<String> {
        Stop(on_pool().await)
    }
}

/// Records the threads on which a span in the span `request` is entered.
struct Entered(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Entered {
    fn on_enter(&self, id: &Id, context: tracing_subscriber::layer::Context<'_, S>) {
        if context.span_scope(id).is_some_and(|mut scope| scope.any(|span| span.name() == "request")) {
            self.0.lock().unwrap().push(thread_name());
        }
    }
}

#[tokio::test]
async fn current_span_crosses_the_hop() {
    let threads = Arc::default();
    let _subscriber = tracing_subscriber::registry().with(Entered(Arc::clone(&threads))).set_default();
    let run = Embed.run(()).executors(&executors(2, 1)).into_future();
    run.instrument(tracing::info_span!("request")).await.unwrap();
    let threads = threads.lock().unwrap();
    assert!(threads.iter().any(|name| name.starts_with("wf-embed-")), "{threads:?}");
}

/// Reports when it is dropped.
struct Permit(mpsc::Sender<&'static str>);

impl Drop for Permit {
    fn drop(&mut self) {
        let _ = self.0.send("released");
    }
}

#[blocking(cpu)]
fn holds_a_permit(
    started: UnboundedSender<()>,
    open: mpsc::Receiver<()>,
    reports: mpsc::Sender<&'static str>,
    _permit: Permit,
    (_, _): (Permit, u8),
    _: Permit,
) {
    started.send(()).unwrap();
    open.recv().unwrap();
    reports.send("ended").unwrap();
}

#[tokio::test]
async fn unused_arguments_of_an_abandoned_function_live_until_it_ends() {
    let (started, mut has_started) = unbounded_channel();
    let (open, opened) = mpsc::channel();
    let (reports, reported) = mpsc::channel();
    let permit = || Permit(reports.clone());
    let call = tokio::spawn(holds_a_permit(started, opened, reports.clone(), permit(), (permit(), 0), permit()));
    has_started.recv().await.unwrap();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert!(reported.try_recv().is_err(), "the body still runs");
    open.send(()).unwrap();
    drop(reports);
    assert_eq!(reported.iter().collect::<Vec<_>>(), ["ended", "released", "released", "released"]);
}

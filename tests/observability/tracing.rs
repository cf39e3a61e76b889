//! Spans and events of runs.

use ::tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};
use std::{
    fmt::Write,
    sync::{Arc, Mutex},
};
use tracing_subscriber::{
    Layer,
    layer::{Context as LayerContext, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};
use workflows_runtime::{BlockingJob, Executors, StateMap, prelude::*};

/// Records each event as a line with its level and spans, and each end of a span.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn install() -> (Self, DefaultGuard) {
        let log = Self::default();
        let guard = tracing_subscriber::registry().with(log.clone()).set_default();
        (log, guard)
    }

    /// Executors that carry the subscriber of the test to their threads.
    fn executors() -> Executors {
        let carry = || {
            let subscriber = ::tracing::dispatcher::get_default(Clone::clone);
            move |job: BlockingJob<'_>| ::tracing::dispatcher::with_default(&subscriber, || job.run())
        };
        Executors::builder().carry(carry).build().unwrap()
    }

    /// The lines so far that contain `part`.
    fn lines(&self, part: &str) -> Vec<String> {
        self.0.lock().unwrap().iter().filter(|line| line.contains(part)).cloned().collect()
    }
}

/// Fields as text, without durations and ids that differ between runs.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let separator = if self.0.is_empty() { "" } else { " " };
        match field.name() {
            "message" => self.0.insert_str(0, &format!("{value:?}{separator}")),
            "took" | "otel.name" => {}
            name => write!(self.0, "{separator}{name}={value:?}").unwrap(),
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Log {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        context.span(id).unwrap().extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: LayerContext<'_, S>) {
        let span = context.span(id).unwrap();
        let mut extensions = span.extensions_mut();
        values.record(extensions.get_mut::<Fields>().unwrap());
    }

    fn on_event(&self, event: &Event<'_>, context: LayerContext<'_, S>) {
        let mut line = event.metadata().level().to_string();
        for span in context.event_scope(event).into_iter().flat_map(tracing_subscriber::registry::Scope::from_root) {
            write!(line, " {}", span.name()).unwrap();
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        write!(line, ": {}", fields.0.trim_end()).unwrap();
        self.0.lock().unwrap().push(line);
    }

    fn on_close(&self, id: Id, context: LayerContext<'_, S>) {
        let span = context.span(&id).unwrap();
        let parent = span.parent().map_or("-", |parent| parent.name());
        let line = format!("close {} in {parent}: {}", span.name(), span.extensions().get::<Fields>().unwrap().0);
        self.0.lock().unwrap().push(line);
    }
}

/// Records the `otel.name` that each span has when it starts.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<String>>>);

impl Visit for Names {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "otel.name" {
            self.0.lock().unwrap().push(format!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

impl<S: Subscriber> Layer<S> for Names {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: LayerContext<'_, S>) {
        attributes.record(&mut self.clone());
    }
}

#[derive(Clone)]
#[event]
struct Page(String);

#[workflow]
struct Fetch;

#[workflow]
impl Fetch {
    #[step(retry = Retry::fixed(Duration::from_secs(1)))]
    async fn fetch(&self, ctx: &Context<Self>, Start(path): Start<String>) -> StepResult<Page> {
        ::tracing::info!("sent a request");
        if ctx.attempt().number == 1 {
            return Err(StepError::msg("busy"));
        }
        Ok(Page(path))
    }

    #[step]
    #[blocking(cpu)]
    fn count(&self, Page(text): Page) -> StepResult<Stop<usize>> {
        ::tracing::info!("counts");
        if text.is_empty() { Err(StepError::msg("empty")) } else { Ok(Stop(text.len())) }
    }
}

#[tokio::test(start_paused = true)]
async fn events_tell_each_attempt_and_each_step() {
    let (log, _guard) = Log::install();
    assert_eq!(
        Fetch
            .run("/news".to_owned())
            .id("r")
            .poll_budget(Duration::MAX)
            .executors(&Log::executors())
            .start()
            .await
            .unwrap(),
        5
    );
    assert_eq!(
        log.lines(": ").iter().filter(|line| !line.starts_with("close")).collect::<Vec<_>>(),
        [
            "INFO run: run started",
            "DEBUG run step: step started attempt=1",
            "INFO run step attempt: sent a request",
            "WARN run step: step failed and will be retried error=busy delay=1s",
            "DEBUG run step: step started attempt=2",
            "INFO run step attempt: sent a request",
            "INFO run step: step done attempts=2",
            "DEBUG run step: step started attempt=1",
            "INFO run step attempt blocking: counts",
            "INFO run step: step done attempts=1",
            "INFO run: run completed",
        ]
    );
    assert_eq!(
        log.lines("close"),
        [
            "close attempt in step: attempt=1 otel.status_code=\"ERROR\" exception.message=busy",
            "close attempt in step: attempt=2",
            "close step in run: step=\"fetch\" execution=1",
            "close blocking in attempt: executor=\"cpu\"",
            "close attempt in step: attempt=1",
            "close step in run: step=\"count\" execution=2",
            "close run in -: workflow=\"Fetch\" run=r",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn spans_start_with_their_names_for_opentelemetry() {
    let names = Names::default();
    let _guard = tracing_subscriber::registry().with(names.clone()).set_default();
    Fetch.run("/news".to_owned()).executors(&Log::executors()).start().await.unwrap();
    assert_eq!(
        *names.0.lock().unwrap(),
        ["run Fetch", "fetch", "attempt 1", "attempt 2", "count", "attempt 1", "blocking cpu"]
    );
}

#[tokio::test]
async fn failure_is_in_the_spans() {
    let (log, _guard) = Log::install();
    let _ = Fetch.run(String::new()).id("r").executors(&Log::executors()).start().await;
    assert_eq!(log.lines("ERROR run step: "), ["ERROR run step: step failed error=empty attempts=1"]);
    assert_eq!(log.lines("ERROR run: "), ["ERROR run: run failed error=step `count` failed: empty"]);
    assert_eq!(
        log.lines("close run"),
        [
            "close run in -: workflow=\"Fetch\" run=r otel.status_code=\"ERROR\" exception.message=step `count` failed: empty"
        ]
    );
}

#[workflow]
struct Both;

#[workflow]
impl Both {
    #[step]
    async fn both(&self, ctx: &Context<Self>, Start(path): Start<String>) -> StepResult<Stop<usize>> {
        Ok(Stop(ctx.run_child(Fetch, path).await?))
    }
}

#[tokio::test(start_paused = true)]
async fn child_is_in_the_span_of_its_step() {
    let (log, _guard) = Log::install();
    Both.run("/news".to_owned()).executors(&Log::executors()).await.unwrap();
    assert_eq!(log.lines("completed"), ["INFO run step attempt run: run completed", "INFO run: run completed"]);
    assert_eq!(log.lines("counts"), ["INFO run step attempt run step attempt blocking: counts"]);
}

#[workflow]
struct Ask;

#[workflow]
impl Ask {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
        Start(question): Start<String>,
    ) -> Stop<bool> {
        Stop(ctx.ask_for(question).await)
    }
}

#[tokio::test]
async fn waits_and_cancellation_are_events() {
    let (log, _guard) = Log::install();
    let run = Ask.run("continue?".to_owned()).start();
    run.events().next().await;
    run.send(HumanResponse(true)).unwrap();
    assert!(run.await.unwrap());
    assert_eq!(
        log.lines("DEBUG"),
        [
            "DEBUG run step: step started attempt=1",
            "DEBUG run step attempt: step waits for a response",
            "DEBUG run: run waits",
            "DEBUG run step attempt: step has a response",
        ]
    );

    let run = Ask.run("continue?".to_owned()).start();
    run.events().next().await;
    run.cancel();
    assert!(run.await.is_err());
    // Dropped during the delay of the retry.
    drop(tokio::time::timeout(Duration::ZERO, Fetch.run("/news".to_owned()).into_future()).await);
    assert_eq!(log.lines("cancelled"), ["INFO run: run cancelled", "INFO run: run cancelled"]);
    assert_eq!(log.lines("close run").len(), 3);
}

#[tokio::test]
async fn detached_context_is_no_run() {
    let (log, _guard) = Log::install();
    let ctx = Context::detached(StateMap::default());
    assert!(Fetch.fetch(&ctx, Start("/news".to_owned())).await.is_err());
    assert_eq!(log.lines(""), ["INFO: sent a request"]);
}

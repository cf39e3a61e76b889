//! Sends the spans of a run to an OpenTelemetry collector: run, steps, attempts and calls of blocking code are one trace.
//!
//! Run it with a collector, such as Jaeger, at port 4318: `cargo run -p otlp`, or with another address in
//! `OTEL_EXPORTER_OTLP_ENDPOINT`.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use std::error::Error;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};
use workflows_runtime::prelude::*;

#[event]
struct Page {
    text: String,
}

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step(retry = Retry::immediate())]
    async fn fetch(&self, ctx: &Context<Self>, Start(path): Start<String>) -> StepResult<Page> {
        if ctx.attempt().number == 1 {
            return Err("connection reset".into());
        }
        Ok(Page { text: format!("the page at {path}") })
    }

    #[step]
    async fn count(&self, page: Page) -> Stop<usize> {
        Stop(words_of(page.text).await)
    }
}

/// Runs on a thread for computations.
#[blocking(cpu)]
fn words_of(text: String) -> usize {
    tracing::info!("counts the words");
    text.split(' ').count()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name("count").build())
        .with_batch_exporter(SpanExporter::builder().with_http().build()?)
        .build();
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("count"));
    // At the level `debug` each attempt and each call of blocking code is a span.
    let filter =
        Targets::new().with_target("workflows_runtime", tracing::Level::DEBUG).with_default(tracing::Level::INFO);
    tracing_subscriber::registry().with(spans.with_filter(filter)).init();

    let words = Count.run("/news".to_owned()).id("first").await?;
    println!("{words} words");
    // Sends what is not sent yet.
    provider.shutdown()?;
    Ok(())
}

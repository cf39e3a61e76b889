//! What a run did, and when: summaries of its steps, and with a folder as argument its pictures.
//! Run it: `cargo run --example trace -- target`, then open `target/timeline.html` in a browser, and
//! `target/trace.json` in <https://ui.perfetto.dev>.

use std::{env, fs, path::Path};
use tokio::time::sleep;
use workflows_runtime::{prelude::*, run_trace::RunTrace};

#[event]
struct Page {
    number: u32,
}

#[event]
struct Text {
    number: u32,
    text: String,
}

#[event]
struct Summary {
    line: String,
}

#[event]
struct Draft {
    text: String,
}

/// Reads pages, sums them up, and asks before it publishes the result.
#[workflow]
struct Digest;

#[workflow]
impl Digest {
    #[step]
    async fn list(&self, Start(pages): Start<u32>) -> Vec<Page> {
        sleep(Duration::from_millis(5)).await;
        (1..=pages).map(|number| Page { number }).collect()
    }

    /// Fails at first for every third page.
    #[step(workers = 3, retry = Retry::fixed(Duration::from_millis(30)))]
    async fn fetch(&self, ctx: &Context<Self>, Page { number }: Page) -> StepResult<Text> {
        sleep(Duration::from_millis(u64::from(8 + 5 * (number % 4)))).await;
        if number % 3 == 0 && ctx.attempt().number == 1 {
            return Err(StepError::msg("connection reset"));
        }
        Ok(Text { number, text: format!("page {number}") })
    }

    #[step(workers = 4)]
    #[blocking(cpu, pool = "models")]
    fn sum_up(&self, Text { number, text }: Text) -> Summary {
        std::thread::sleep(Duration::from_millis(12));
        Summary { line: format!("{number}: {text}") }
    }

    /// The draft is the work of another workflow.
    #[step]
    async fn merge(&self, ctx: &Context<Self>, all: Vec<Summary>) -> StepResult<Draft> {
        let lines = all.into_iter().map(|summary| summary.line).collect();
        Ok(Draft { text: ctx.run_child(Write, lines).id("write").await? })
    }

    #[step]
    async fn approve(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
        Draft { text }: Draft,
    ) -> OneOf<Stop<String>, Rejected> {
        if ctx.ask_for::<bool>(text.clone()).await { Stop(text).emit() } else { Rejected.emit() }
    }

    #[step]
    async fn explain(&self, _: Rejected) -> Stop<String> {
        Stop("nothing to read today".to_owned())
    }
}

#[event]
struct Rejected;

#[event]
struct Outline {
    lines: Vec<String>,
}

#[workflow]
struct Write;

#[workflow]
impl Write {
    #[step]
    async fn outline(&self, Start(lines): Start<Vec<String>>) -> Outline {
        sleep(Duration::from_millis(10)).await;
        Outline { lines }
    }

    #[step]
    async fn write(&self, Outline { lines }: Outline) -> Stop<String> {
        sleep(Duration::from_millis(15)).await;
        Stop(lines.join("\n"))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let executors = workflows_runtime::Executors::builder().pool("models", 2).build()?;
    let run = Digest.run(8).id("monday").executors(&executors).record_trace(10_000).start();
    let mut events = run.events();
    while let Some(event) = events.next().await {
        if let RunEvent::InputRequired { id, .. } = event {
            sleep(Duration::from_millis(40)).await;
            run.answer(id, true)?;
        }
    }
    let trace = run.trace().ok_or("the run is not recorded")?;
    for step in trace.steps.iter().filter(|step| step.executions > 0) {
        println!("{}: {} executions, {} retried, {} failed", step.step, step.executions, step.retried, step.failed);
    }
    if let Some(folder) = env::args().nth(1) {
        write(&trace, Path::new(&folder))?;
    }
    Ok(())
}

fn write(trace: &RunTrace, folder: &Path) -> std::io::Result<()> {
    let graph = Digest::graph();
    let drawn = trace.on_graph(&graph);
    fs::write(folder.join("timeline.svg"), trace.timeline_svg().to_string())?;
    fs::write(folder.join("timeline.html"), trace.timeline_html().to_string())?;
    fs::write(folder.join("path.svg"), drawn.svg().to_string())?;
    fs::write(folder.join("path.html"), drawn.html().to_string())?;
    fs::write(folder.join("trace.json"), trace.chrome_trace().to_string())
}

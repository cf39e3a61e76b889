//! `Workflow::graph`: what the data says.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use workflows_runtime::{
    graph::{Collects, EventKind, ExecutorKind, InjectedSource, OutputShape, StepRole, WorkflowGraph},
    prelude::*,
};

/// A page of a book.
///
/// It has words.
#[event]
struct Page {
    text: String,
}

#[event]
struct Summary {
    text: String,
}

#[event]
struct Note {
    text: String,
}

#[event]
struct Progress {
    done: usize,
}

#[derive(Clone, Serialize, Deserialize)]
struct Approval {
    yes: bool,
}

#[derive(Deserialize)]
struct ModelConfig {
    name: String,
}

struct Model {
    name: String,
}

/// Reads books.
#[workflow(stream = OneOf<Progress, String>)]
struct Read;

/// The steps.
#[workflow]
impl Read {
    /// The model, shared by all runs.
    #[resource]
    async fn model(&self, #[config("model.json", select = "prod")] config: &ModelConfig) -> StepResult<Model> {
        Ok(Model { name: config.name.clone() })
    }

    /// Splits the book.
    #[step]
    async fn split(&self, Start(book): Start<String>) -> Vec<Page> {
        book.lines().map(|line| Page { text: line.to_owned() }).collect()
    }

    #[step(workers = 2, timeout = "5s", queue_timeout = "1m", retry = Retry::fixed(Duration::from_secs(1)).max_attempts(3))]
    #[blocking(cpu, pool = "models")]
    fn sum_up(&self, page: Page, #[resource(model)] model: &Model) -> StepResult<Summary> {
        if page.text.is_empty() {
            return Err(StepError::msg("an empty page"));
        }
        Ok(Summary { text: format!("{}: {}", model.name, page.text) })
    }

    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<Approval>, Note)>,
        all: Vec<Summary>,
    ) -> StepResult<OneOf<Stop<usize>, Option<Note>>> {
        let approval = ctx.ask_for::<Approval>("fine?".to_owned()).await;
        ctx.send(Note { text: String::new() });
        Ok(if approval.yes { Stop(all.len()).emit() } else { None.emit() })
    }

    #[step]
    #[blocking(io)]
    fn save(&self, [one, other]: [Note; 2]) -> (Stop<usize>, ()) {
        (Stop(one.text.len() + other.text.len()), ())
    }

    #[catch_error(steps(sum_up), max_recoveries = 2)]
    async fn skip(&self, failed: StepFailed) -> Summary {
        Summary { text: failed.step }
    }
}

#[test]
fn graph_has_the_options_of_the_steps() {
    let graph = Read::graph();
    assert_eq!((graph.name.as_str(), graph.docs.as_str()), ("Read", "Reads books."));
    let step = graph.step("sum_up").unwrap();
    assert_eq!(step.executor, ExecutorKind::BlockingCpu { pool: Some("models".to_owned()) });
    assert_eq!(step.workers, 2);
    assert_eq!(step.timeout, Some(Duration::from_secs(5)));
    assert_eq!(step.queue_timeout, Some(Duration::from_mins(1)));
    assert_eq!(step.retry.as_deref(), Some("Retry::fixed(Duration::from_secs(1)).max_attempts(3)"));
    assert_eq!(step.signature, "fn sum_up(&self, page: Page, model: &Model) -> StepResult<Summary>");
    assert_eq!(step.handler.as_deref(), Some("skip"));
    let split = graph.step("split").unwrap();
    assert_eq!((split.docs.as_str(), split.workers), ("Splits the book.", 4));
    assert_eq!((&split.executor, &split.timeout, &split.retry), (&ExecutorKind::Async, &None, &None));
    assert_eq!(graph.step("save").unwrap().executor, ExecutorKind::BlockingIo);
}

#[test]
fn graph_has_inputs_outputs_and_roles() {
    let graph = Read::graph();
    let role = |name: &str| graph.step(name).unwrap().role;
    assert_eq!(role("split"), StepRole::Single);
    assert_eq!(role("ask"), StepRole::Gather);
    assert_eq!(role("save"), StepRole::Join);
    assert_eq!(role("skip"), StepRole::Handler);
    let save = graph.step("save").unwrap();
    assert_eq!((save.inputs[0].collects, &save.inputs[0].events[..]), (Collects::Every(2), &["Note".to_owned()][..]));
    assert_eq!(
        save.output,
        OutputShape::AllOf(vec![OutputShape::Emits("Stop<usize>".to_owned()), OutputShape::Nothing])
    );
    let ask = graph.step("ask").unwrap();
    assert_eq!(ask.sends, ["InputRequired<String>", "Note"]);
    assert_eq!(ask.awaits, ["HumanResponse<Approval>"]);
    let note = OutputShape::Maybe(Box::new(OutputShape::Emits("Note".to_owned())));
    assert_eq!(ask.output, OutputShape::AnyOf(vec![OutputShape::Emits("Stop<usize>".to_owned()), note]));
    let skip = graph.step("skip").unwrap();
    assert_eq!((&skip.covers[..], skip.max_recoveries), (&["sum_up".to_owned()][..], Some(2)));
    assert!(skip.inputs.is_empty());
}

#[test]
fn graph_has_events_batches_and_the_boundary() {
    let graph = Read::graph();
    let page = graph.event("Page").unwrap();
    assert_eq!(page.docs, "A page of a book.\n\nIt has words.");
    assert_eq!((page.kind, page.is_batched), (EventKind::Plain, true));
    let kinds = [("Start<String>", EventKind::RunInput), ("Stop<usize>", EventKind::RunResult)];
    for (id, kind) in kinds {
        assert_eq!(graph.event(id).unwrap().kind, kind);
    }
    assert_eq!(graph.batches.len(), 1);
    assert_eq!((graph.batches[0].step.as_str(), &graph.batches[0].gathered_by[..]), ("split", &["ask".to_owned()][..]));
    let boundary = &graph.boundary;
    assert_eq!((boundary.start.as_str(), boundary.stop.as_str()), ("Start<String>", "Stop<usize>"));
    assert_eq!(boundary.prompts, ["InputRequired<String>"]);
    assert_eq!(boundary.responses, ["HumanResponse<Approval>"]);
    assert_eq!(boundary.streamed, ["Progress", "String"]);
    assert_eq!(graph.takers("Summary").collect::<Vec<_>>(), ["ask"]);
}

#[test]
fn graph_has_resources_and_configs() {
    let graph = Read::graph();
    let [model] = &graph.resources[..] else { panic!("{:?}", graph.resources) };
    assert_eq!((model.name.as_str(), model.ty.as_str(), model.cached), ("model", "Model", true));
    assert_eq!(model.docs, "The model, shared by all runs.");
    assert_eq!(model.injected[0].source, InjectedSource::Config(0));
    let [config] = &graph.configs[..] else { panic!("{:?}", graph.configs) };
    assert_eq!(
        (config.file.as_str(), config.select.as_deref(), config.ty.as_str()),
        ("model.json", Some("prod"), "ModelConfig")
    );
    let injected = &graph.step("sum_up").unwrap().injected[0];
    assert_eq!(injected.parameter.as_deref(), Some("model"));
    assert_eq!(injected.source, InjectedSource::Resource("model".to_owned()));
}

#[test]
fn graph_serializes_and_deserializes() {
    let graph = Read::graph();
    let json = serde_json::to_string(&graph).unwrap();
    assert_eq!(serde_json::from_str::<WorkflowGraph>(&json).unwrap(), graph);
}

#[test]
fn generic_code_reads_the_graph_of_any_workflow() {
    fn steps<W: Workflow>() -> Vec<String> {
        W::graph().steps.into_iter().map(|step| step.name).collect()
    }
    assert_eq!(steps::<Read>(), ["split", "sum_up", "ask", "save", "skip"]);
    assert_eq!(steps::<Echo<u8>>(), ["echo"]);
}

#[workflow]
struct Echo<T> {
    value: T,
}

#[workflow]
impl<T: Send + Sync + 'static> Echo<T> {
    #[step]
    async fn echo(&self, Start(text): Start<String>) -> Stop<String> {
        let _ = &self.value;
        Stop(text)
    }
}

mod one {
    use workflows_runtime::prelude::*;

    #[event]
    pub(super) struct Joke {
        pub(super) text: String,
    }
}

#[event]
struct Joke {
    text: String,
}

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Joke {
        Joke { text }
    }

    #[step]
    async fn again(&self, joke: Joke) -> one::Joke {
        one::Joke { text: joke.text }
    }

    #[step]
    async fn laugh(&self, joke: one::Joke) -> OneOf<Joke, Stop<String>> {
        Stop(joke.text).emit()
    }
}

#[test]
fn events_of_one_name_have_different_ids() {
    let graph = Jokes::graph();
    let [one, other] = [1, 2].map(|step| graph.steps[step].inputs[0].events[0].as_str());
    assert_ne!(one, other);
    assert!(one.ends_with("::Joke") && other.ends_with("::one::Joke"), "{one} {other}");
    assert_eq!([graph.event(one).unwrap().name.as_str(), graph.event(other).unwrap().name.as_str()], ["Joke", "Joke"]);
}

#[test]
fn steps_that_lead_to_each_other_are_a_loop() {
    assert_eq!(Jokes::graph().loops, [["again", "laugh"]]);
    assert!(Read::graph().loops.is_empty());
}

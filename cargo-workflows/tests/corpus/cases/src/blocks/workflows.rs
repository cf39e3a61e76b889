//! Steps of workflows.

use std::{fs, marker::PhantomData};
use workflows_runtime::prelude::*;

#[event]
struct Draft {
    text: String,
}

#[workflow]
struct Writer;

#[workflow]
impl Writer {
    #[step]
    async fn first_step(&self, Start(topic): Start<String>) -> Draft {
        Draft { text: template(&topic) }
    }

    #[step(workers = 2)]
    async fn second_step(&self, draft: Draft) -> StepResult<Stop<String>> {
        let text = self.polish(draft).await?;
        Ok(Stop(text))
    }

    #[catch_error]
    async fn handler(&self, failed: StepFailed) -> Stop<String> {
        Stop(recorded(&failed.error.to_string()))
    }

    async fn polish(&self, draft: Draft) -> StepResult<String> {
        Ok(draft.text + &fs::read_to_string("polish")?) //~ second_step: polish, std::fs::read_to_string
    }
}

fn template(topic: &str) -> String {
    fs::read_to_string(topic).unwrap_or_default() //~ first_step: template, std::fs::read_to_string
}

fn recorded(text: &str) -> String {
    let _ = fs::write("failures", text); //~ handler: recorded, std::fs::write
    text.to_owned()
}

trait Backend: Send + Sync + 'static {
    fn ask(question: &str) -> String;
}
struct Files;
impl Backend for Files {
    fn ask(question: &str) -> String {
        fs::read_to_string(question).unwrap_or_default() //~ generic_step: ask, std::fs::read_to_string
    }
}

#[workflow]
struct Generic<B>(PhantomData<B>);

#[workflow]
impl<B: Backend> Generic<B> {
    #[step]
    async fn generic_step(&self, Start(question): Start<String>) -> Stop<String> {
        Stop(B::ask(&question))
    }
}

/// The program uses the workflow with this type.
pub fn start() -> RunHandle<Generic<Files>> {
    Generic::<Files>(PhantomData).run("question".to_owned()).start()
}

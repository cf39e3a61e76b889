//! Child workflows: a step runs another workflow, forwards its stream and handles its error.
//! Run it: `cargo run --example child`.

use std::sync::Arc;
use tokio::sync::Semaphore;
use workflows_runtime::prelude::*;

/// Translates word by word, over a limited number of connections.
#[workflow(stream = String)]
struct Translate {
    connections: Arc<Semaphore>,
}

#[workflow]
impl Translate {
    #[step]
    async fn translate(&self, ctx: &Context<Self>, Start(text): Start<String>) -> StepResult<Stop<String>> {
        let _connection = self.connections.acquire().await?;
        let mut words = Vec::new();
        for word in text.split(' ') {
            let word = match word {
                "good" => "god",
                "morning" => "morgen",
                "wait" => std::future::pending().await,
                other => return Err(StepError::msg(format!("`{other}` is in no dictionary"))),
            };
            ctx.publish(word.to_owned());
            words.push(word);
        }
        Ok(Stop(words.join(" ")))
    }
}

#[workflow(stream = String)]
struct Letter {
    translate: Arc<Translate>,
}

#[workflow]
impl Letter {
    #[step]
    async fn write(&self, ctx: &Context<Self>, Start(text): Start<String>) -> StepResult<Stop<String>> {
        let child = ctx.run_child(&self.translate, text.clone()).start();
        let mut events = child.events();
        while let Some(event) = events.next().await {
            let RunEvent::Published(word) = event else { continue };
            ctx.publish(format!("translated: {word}"));
        }
        match child.await {
            Ok(text) => Ok(Stop(text)),
            Err(RunError::Failed { source, .. }) => Ok(Stop(format!("{text} (as it was: {source})"))),
            Err(error) => Err(error.into()),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connections = Arc::new(Semaphore::new(1));
    let translate = Arc::new(Translate { connections: Arc::clone(&connections) });
    for text in ["good morning", "good evening", "good wait"] {
        let run = Letter { translate: Arc::clone(&translate) }.run(text.to_owned()).start();
        let mut events = run.events();
        while let Some(event) = events.next().await {
            let RunEvent::Published(line) = event else { continue };
            println!("{line}");
            if text == "good wait" {
                run.cancel();
            }
        }
        match run.await {
            Ok(text) => println!("{text}"),
            Err(error) => println!("{error}"),
        }
    }
    let _free = connections.acquire().await?;
    println!("the child has let go of its connection");
    Ok(())
}

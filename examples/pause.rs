//! Pause and resume: a run that waits for a response is saved to a JSON file and resumed by another process.
//! Run it: `cargo run --example pause -- begin letter.json`, then
//! `cargo run --example pause -- resume letter.json yes`.

use std::{error::Error, fs};
use workflows_runtime::{Snapshot, prelude::*};

/// The state is part of the snapshot, so it is available after the response.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Letter {
    text: String,
}

#[event]
struct Answer {
    ok: bool,
}

#[workflow(state = Letter)]
struct Post;

#[workflow]
impl Post {
    #[step]
    async fn write(&self, ctx: &Context<Self>, Start(to): Start<String>) -> InputRequired<String> {
        println!("writing to {to}");
        let text = format!("Dear {to}, all is well.");
        ctx.state().update(|letter| letter.text.clone_from(&text));
        InputRequired(format!("send `{text}`?"))
    }

    #[step]
    async fn send(&self, ctx: &Context<Self>, HumanResponse(Answer { ok }): HumanResponse<Answer>) -> Stop<String> {
        let Letter { text } = ctx.state().get();
        Stop(if ok { format!("sent: {text}") } else { "thrown away".to_owned() })
    }
}

async fn begin(file: &str) -> Result<(), Box<dyn Error>> {
    let run = Post.run("Ann".to_owned()).id("letter-7").start();
    let mut events = run.events();
    while let Some(event) = events.next().await {
        match event {
            RunEvent::InputRequired { prompt: question, .. } => println!("{question}"),
            // Nothing is queued or running: take the snapshot and exit.
            RunEvent::Idle => {
                fs::write(file, serde_json::to_string_pretty(&run.snapshot().await?)?)?;
                return Ok(());
            }
            _ => {}
        }
    }
    Err("it has ended and asked nothing".into())
}

async fn resume(file: &str, answer: &str) -> Result<(), Box<dyn Error>> {
    let snapshot: Snapshot<Post> = serde_json::from_str(&fs::read_to_string(file)?)?;
    let run = Post.resume(snapshot).start();
    // A run whose snapshot is refused has ended: its result is the reason.
    let _ = run.send(HumanResponse(Answer { ok: answer == "yes" }));
    println!("{}: {}", run.id(), run.result().await?);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["begin", file] => begin(file).await,
        ["resume", file, answer] => resume(file, answer).await,
        _ => Err("pause begin FILE, or pause resume FILE yes".into()),
    }
}

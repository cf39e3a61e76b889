//! The passing twin of `fail/publish_of_str`, and a stream that is never published.

use workflows_runtime::prelude::*;

#[workflow(stream = String, timeout = "1d")]
struct Jokes;

#[workflow]
impl Jokes {
    #[step(timeout = "2w")]
    async fn tell(&self, ctx: &Context<Self, (InputRequired<String>,)>, Start(text): Start<String>) -> Stop<String> {
        ctx.publish("knock".to_owned());
        ctx.publish(text.clone());
        ctx.ask("who is there?".to_owned());
        Stop(text)
    }
}

#[workflow]
struct Silent;

#[workflow]
impl Silent {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Stop<String> {
        Stop(text)
    }
}

async fn show() {
    let run = Silent.run("knock".to_owned()).start();
    let mut events = run.events();
    while let Some(event) = events.next().await {
        if let RunEvent::Published(item) = event {
            println!("{item}");
        }
    }
}

fn main() {
    let _ = show;
    drop(Jokes.run("knock".to_owned()));
}

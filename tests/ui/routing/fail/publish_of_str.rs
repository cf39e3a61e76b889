use workflows_runtime::prelude::*;

#[workflow(stream = String)]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, ctx: &Context<Self, (InputRequired<String>,)>, Start(text): Start<String>) -> Stop<String> {
        ctx.publish("knock");
        ctx.publish(text.as_str());
        ctx.ask("who is there?");
        Stop(text)
    }
}

fn main() {}

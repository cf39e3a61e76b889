use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}
#[event]
struct Pun {
    text: String,
}
#[event]
struct Progress {
    done: usize,
}
#[event]
struct Laugh;

#[workflow(stream = OneOf<Progress, Laugh>)]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, ctx: &Context<Self, (Joke, Pun)>, Start(text): Start<String>) {
        ctx.send(Joke { text: text.clone() });
        ctx.send(Pun { text });
        ctx.publish(Progress { done: 1 });
        ctx.publish(Laugh);
    }

    #[step]
    async fn laugh(&self, joke: Joke, pun: Pun, ctx: &Context<Self>) -> Stop<String> {
        ctx.publish(Laugh);
        Stop(joke.text + &pun.text)
    }
}

fn main() {}

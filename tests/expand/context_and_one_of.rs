use workflows_runtime::prelude::*;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, ctx: &Context<Self, (Pun,)>, Start(text): Start<String>) -> StepResult<OneOf<Joke, Stop<usize>>> {
        ctx.send(Pun);
        Ok(Joke { text }.emit())
    }

    #[step]
    async fn judge(&self, any: OneOf<Joke, Pun>) -> Stop<usize> {
        Stop(3)
    }
}

use workflows_runtime::{Context as Ctx, prelude::*};

#[event]
struct Left;
#[event]
struct Right;

type Plain = Ctx<Joins>;

#[workflow(state = u32)]
struct Joins {
    label: String,
}

#[workflow]
impl Joins {
    #[step]
    async fn begin(&self, _: Start<()>, ctx: &Ctx<Self, (Right,)>) -> Left {
        ctx.send(Right);
        Left
    }

    #[step]
    async fn join(&self, _: Right, ctx: &Plain, _: Left) -> Stop<String> {
        Stop(format!("{} {}", self.label, ctx.state().update(|n| *n)))
    }

    #[step]
    async fn watch(&self, ctx: &workflows_runtime::Context<Joins>, _: Left) {
        let _ = ctx.run_id();
    }
}

fn main() {}

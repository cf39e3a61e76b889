//! Steps that ask and wait in their bodies, and steps that take the same answers as parameters.

use workflows_runtime::{AskedBy, AwaitedBy, TakenBy, prelude::*};

#[event]
struct Draft(String);
#[event]
struct Approval(bool);
#[event]
struct Ask(String);

type Yes = Approval;

#[workflow]
struct Publish;

#[workflow]
impl Publish {
    #[step]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        Draft(topic)
    }

    #[step]
    async fn check(
        &self,
        ctx: &Context<Self, (InputRequired<Ask>, HumanResponse<Approval>)>,
        Draft(text): Draft,
    ) -> Stop<String> {
        asks_and_waits::<_, _, Ask, Approval>(ctx);
        Stop(text)
    }

    // The same list under other names.
    #[step]
    async fn check_again(
        &self,
        ctx: &Context<Publish, (InputRequired<Ask>, HumanResponse<Yes>)>,
        Draft(text): Draft,
    ) -> Stop<String> {
        asks_and_waits::<_, _, Ask, Yes>(ctx);
        Stop(text)
    }

    // Waits only, and sends.
    #[step]
    async fn wait(&self, ctx: &Context<Self, (Draft, HumanResponse<u64>)>, Draft(text): Draft) {
        waits::<_, _, u64>(ctx);
        ctx.send(Draft(text));
    }

    #[step]
    async fn also(&self, HumanResponse(yes): HumanResponse<Approval>) -> InputRequired<String> {
        InputRequired(format!("{yes:?}"))
    }
}

fn asks_and_waits<W: Workflow, L, A: AskedBy<W, L>, T: AwaitedBy<W, L>>(_: &Context<W, L>) {}
fn waits<W: Workflow, L, T: AwaitedBy<W, L>>(_: &Context<W, L>) {}
fn answers<T: TakenBy<Publish>>() {}

fn main() {
    answers::<HumanResponse<u64>>();
    answers::<HumanResponse<Approval>>();
}

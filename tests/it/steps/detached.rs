//! Steps that are called by hand, with a detached context.

use workflows_runtime::prelude::*;

#[event]
#[derive(PartialEq)]
struct Query(String);

#[event]
#[derive(PartialEq)]
struct Count(usize);

#[workflow(stream = OneOf<String, u8>)]
struct Research;

#[workflow]
impl Research {
    #[step]
    async fn plan(
        &self,
        ctx: &Context<Self, (Query, Count, InputRequired<String>, InputRequired<u8>)>,
        Start(topic): Start<String>,
    ) {
        for word in topic.split(' ') {
            ctx.send(Query(word.to_owned()));
            ctx.send(Count(word.len()));
            ctx.publish(word.to_owned());
        }
        ctx.publish(9_u8);
        ctx.ask(topic);
        ctx.ask(1_u8);
        let clone = ctx.clone();
        clone.send(Count(0));
    }

    #[step]
    async fn search(&self, ctx: &Context<Self>, Query(text): Query) -> Stop<usize> {
        Stop(text.len() + ctx.sent::<Query>().len() + ctx.published().len() + ctx.asked().len())
    }

    #[step]
    async fn count(&self, ctx: &Context<Self>, Count(_): Count) {
        ctx.publish(1_u8);
    }
}

#[tokio::test]
async fn detached_context_records_what_the_step_does() {
    let ctx = Context::detached(StateMap::default());
    Research.plan(&ctx, Start("rust async".to_owned())).await;
    assert_eq!(ctx.sent::<Query>(), [Query("rust".to_owned()), Query("async".to_owned())]);
    assert_eq!(ctx.sent::<Count>(), [Count(4), Count(5), Count(0)]);
    assert_eq!(ctx.published(), [OneOf::A("rust".to_owned()), OneOf::A("async".to_owned()), OneOf::B(9)]);
    assert_eq!(ctx.asked(), [OneOf::A("rust async".to_owned()), OneOf::B(1)]);
    // Reading takes nothing, and later calls are added.
    Research.plan(&ctx, Start("more".to_owned())).await;
    assert_eq!(ctx.sent::<Query>().len(), 3);
    assert_eq!(ctx.clone().published().len(), 5);
    assert!(Context::<Research, (Query,)>::detached(StateMap::default()).sent::<Query>().is_empty());
}

#[tokio::test]
async fn context_of_a_run_records_nothing() {
    assert_eq!(Research.run("ab".to_owned()).await.unwrap(), 2);
}

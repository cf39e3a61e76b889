use workflows_runtime::prelude::*;

#[workflow(max_runs = 2)]
struct Research<C: LlmClient, const N: usize = 3> {
    client: C,
}

#[workflow]
impl<C: LlmClient, const N: usize> Research<C, N> {
    #[resource]
    async fn session(&self) -> Result<C::Session, C::Error> {
        self.client.open().await
    }

    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (Query,)>,
        #[resource(session)] session: &C::Session,
        Start(topic): Start<String>,
    ) {
        ctx.send(session.query(topic));
    }

    #[step]
    async fn answer(&self, query: Query) -> Result<Stop<String>, C::Error> {
        self.client.complete(query).await.map(Stop)
    }
}

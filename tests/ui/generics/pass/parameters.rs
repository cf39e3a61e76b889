//! Every kind of parameter and bound, and every place where a parameter may appear.

#![deny(warnings)]

use std::{marker::PhantomData, sync::Arc};
use workflows_runtime::prelude::*;

#[event]
struct Draft(String);

trait LlmClient {
    type Session;
    type Error: Into<StepError>;
    const MODEL: &'static str;

    fn complete(&self, prompt: &str) -> impl Future<Output = Result<String, Self::Error>> + Send;
    fn session(&self) -> Self::Session;
}

/// Bounds on the struct, a default, and a context behind an alias.
#[workflow(state = Vec<String>, max_runs = 4)]
struct Writer<C: LlmClient = Mock, const N: usize = 3> {
    client: C,
}

type Ctx<W> = Context<W, (Draft,)>;

#[workflow]
impl<C: LlmClient<Session: Send + Sync> + Send + Sync + 'static, const N: usize> Writer<C, N> {
    const LENGTH: usize = N * 2;

    #[resource]
    async fn session(&self) -> C::Session {
        self.client.session()
    }

    #[resource]
    async fn draft(&self, #[resource(session)] session: &C::Session) -> Result<Arc<(String, usize)>, C::Error> {
        let _ = session;
        Ok(Arc::new((self.client.complete(C::MODEL).await?, Self::LENGTH)))
    }

    #[step]
    async fn write(
        &self,
        ctx: &Ctx<Self>,
        #[resource(session)] session: &C::Session,
        #[resource(draft)] draft: &Arc<(String, usize)>,
        Start(topic): Start<String>,
    ) {
        let _ = (session, draft);
        for _ in 0..N {
            ctx.send(Draft(topic.clone()));
        }
    }

    #[step(retry = Retry::fixed(Duration::from_secs(1)).max_attempts(2))]
    async fn review(&self, ctx: &Context<Writer<C, N>>, Draft(text): Draft) -> Result<Stop<String>, C::Error> {
        ctx.state().update(|texts| texts.push(text.clone()));
        Ok(Stop(self.client.complete(&text).await?))
    }
}

/// Bounds on the `impl` only; `Send` and `Sync` are not among them.
#[workflow]
struct Hello<C: ?Sized, K> {
    key: PhantomData<K>,
    client: Arc<C>,
}

#[workflow]
impl<C, K> Hello<C, K>
where
    C: LlmClient<Session = K> + ?Sized,
{
    #[step]
    async fn greet(&self, ctx: &Context<Self>, Start(name): Start<String>) -> StepResult<Stop<String>> {
        let _ = ctx.step();
        Ok(Stop(self.client.complete(&name).await.map_err(Into::into)?))
    }
}

struct Mock;

impl LlmClient for Mock {
    type Session = u8;
    type Error = std::io::Error;
    const MODEL: &'static str = "mock";

    async fn complete(&self, prompt: &str) -> Result<String, std::io::Error> {
        Ok(prompt.to_owned())
    }

    fn session(&self) -> u8 {
        1
    }
}

/// The same graph for every client.
fn is_workflow<W: Workflow<Input = String, Output = String>>(_: &W) {}

fn main() {
    is_workflow::<Writer>(&Writer { client: Mock });
    is_workflow(&Writer::<_, 1> { client: Mock });
    is_workflow(&Hello { key: PhantomData, client: Arc::new(Mock) });
}

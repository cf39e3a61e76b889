use workflows_runtime::prelude::*;

trait Provider: Send + Sync + 'static {
    type Session;
    type Token;

    fn open(&self) -> impl Future<Output = StepResult<Self::Session>> + Send;
}

#[workflow]
struct Ask<P> {
    provider: P,
}

#[workflow]
impl<P: Provider> Ask<P> {
    #[resource]
    async fn session(&self) -> StepResult<P::Session> {
        self.provider.open().await
    }

    #[step]
    async fn ask(&self, #[resource(session)] token: &P::Token, Start(question): Start<String>) -> Stop<String> {
        let _ = token;
        Stop(question)
    }
}

fn main() {}

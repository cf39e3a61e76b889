//! Injects a client by type parameter, so a test can replace it.
//! Run it: `cargo run --example client`.

use workflows_runtime::prelude::*;

/// The returned futures are `Send`, because a run may move between threads.
trait LlmClient: Send + Sync + 'static {
    fn complete(&self, prompt: &str) -> impl Future<Output = StepResult<String>> + Send;
}

#[event]
struct Outline(String);

#[workflow]
struct Research<C> {
    client: C,
}

#[workflow]
impl<C: LlmClient> Research<C> {
    #[step]
    async fn outline(&self, Start(topic): Start<String>) -> StepResult<Outline> {
        Ok(Outline(self.client.complete(&format!("outline {topic}")).await?))
    }

    #[step]
    async fn report(&self, Outline(outline): Outline) -> StepResult<Stop<String>> {
        Ok(Stop(self.client.complete(&outline).await?))
    }
}

/// A placeholder for the client of a service. An implementation may be an `async fn`.
struct Service {
    model: &'static str,
}

impl LlmClient for Service {
    async fn complete(&self, prompt: &str) -> StepResult<String> {
        tokio::task::yield_now().await;
        Ok(format!("{} on {prompt}", self.model))
    }
}

/// A mock, which needs no network.
struct Mock;

impl LlmClient for Mock {
    async fn complete(&self, prompt: &str) -> StepResult<String> {
        Ok(format!("[{prompt}]"))
    }
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    println!("{}", Research { client: Service { model: "large" } }.run("tea".to_owned()).await?);

    let tested = Research { client: Mock }.run("tea".to_owned()).await?;
    assert_eq!(tested, "[[outline tea]]");
    Ok(())
}

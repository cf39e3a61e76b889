//! Sealed traits are bounds of generic code, and a user's traits have implementations for all events and workflows.

use workflows_runtime::{Settings, WorkflowExt, prelude::*};

#[event]
struct Joke {
    text: String,
}

#[workflow(timeout = "5s")]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Joke {
        Joke { text }
    }

    #[step]
    async fn laugh(&self, joke: Joke) -> Stop<String> {
        Stop(joke.text)
    }
}

trait Named {
    fn name() -> String;
}

impl<E: Event> Named for E {
    fn name() -> String {
        E::NAME.to_lowercase()
    }
}

trait Limited {
    fn limit(&self) -> Option<Duration>;
}

impl<W: Settings> Limited for W {
    fn limit(&self) -> Option<Duration> {
        W::TIMEOUT
    }
}

async fn run<W>(workflow: W, text: &str) -> Result<String, RunError>
where
    W: Workflow<Input = String, Output = String>,
{
    workflow.run(text.to_owned()).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(Joke::name(), "joke");
    assert_eq!(Jokes.limit(), Some(Duration::from_secs(5)));
    assert_eq!(run(Jokes, "knock").await.unwrap(), "knock");
}

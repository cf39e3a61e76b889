//! The second `impl` exists under its condition, and so do the graph with its steps and the error.

use workflows_runtime::prelude::*;

#[event]
struct Draft(String);

#[workflow]
struct Writer;

#[workflow]
impl Writer {
    #[step]
    async fn publish(&self, Draft(text): Draft) -> Stop<String> {
        Stop(text)
    }
}

#[cfg(all())]
#[workflow]
impl Writer {
    #[step]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        Draft(topic)
    }
}

#[workflow]
struct Reader;

#[cfg(not(any()))]
#[workflow]
impl Reader {
    #[step]
    async fn read(&self, Start(topic): Start<String>) -> Draft {
        Draft(topic)
    }
}

#[cfg(all())]
#[workflow]
impl Reader {
    #[step]
    async fn show(&self, Draft(text): Draft) -> Stop<String> {
        Stop(text)
    }
}

async fn run() -> (String, String) {
    (Writer.run("rust".to_owned()).await.unwrap(), Reader.run("rust".to_owned()).await.unwrap())
}

fn main() {
    let _ = run;
}

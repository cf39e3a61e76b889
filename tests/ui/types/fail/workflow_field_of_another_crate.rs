//! A field whose type is declared in another crate, and cannot be shared.

use tokio::task::LocalSet;
use workflows_runtime::prelude::*;

#[workflow]
struct Reader {
    tasks: Option<LocalSet>,
    name: String,
}

#[workflow]
impl Reader {
    #[step]
    async fn read(&self, Start(topic): Start<String>) -> Stop<String> {
        Stop(format!("{}: {topic} {}", self.name, self.tasks.is_some()))
    }
}

async fn run(reader: Reader) -> String {
    reader.run("rust".to_owned()).await.unwrap()
}

fn main() {
    let _ = run;
}

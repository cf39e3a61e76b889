//! Fields whose types are declared in another file, or in another crate.

#[path = "elsewhere/documents.rs"]
mod documents;

use documents::Document;
use std::sync::Arc;
use tokio::task::LocalSet;
use workflows_runtime::prelude::*;

#[workflow]
struct Reader {
    document: Arc<Document>,
    tasks: Option<LocalSet>,
    name: String,
}

#[workflow]
impl Reader {
    #[step]
    async fn read(&self, Start(topic): Start<String>) -> Stop<String> {
        let has_tasks = self.tasks.is_some();
        if let documents::Node::Text(text) = &self.document.root {
            return Stop(format!("{}: {topic} {text} {has_tasks}", self.name));
        }
        Stop(topic)
    }
}

async fn run(reader: Reader) -> String {
    reader.run("rust".to_owned()).await.unwrap()
}

fn main() {
    let _ = run;
}

//! Fields whose types are declared in another file, or in another crate, also if they refer to the workflow.

#[path = "elsewhere/documents.rs"]
mod documents;

use documents::{Document, Files, Source};
use std::sync::Arc;
use tokio::sync::Semaphore;
use workflows_runtime::prelude::*;

#[workflow]
#[derive(Default)]
pub struct Reader {
    document: Arc<Document>,
    runs: documents::Runs,
    others: Option<Arc<<Files as Source>::Held>>,
}

#[workflow]
impl Reader {
    #[step]
    async fn read(&self, Start(topic): Start<String>) -> Stop<String> {
        let count = self.runs.all.lock().unwrap().len();
        Stop(format!("{topic} {:?} {count} {}", self.document.text, self.others.is_some()))
    }
}

#[workflow]
struct Limited {
    document: Document,
    permits: Semaphore,
    barrier: Option<Box<tokio::sync::Barrier>>,
}

#[workflow]
impl Limited {
    #[step]
    async fn read(&self, Start(topic): Start<String>) -> Stop<String> {
        let _permit = self.permits.acquire().await;
        Stop(format!("{topic} {:?} {}", self.document.text, self.barrier.is_some()))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(Reader::default().run("rust".to_owned()).await.unwrap(), "rust None 0 false");
    let limited = Limited { document: Document::default(), permits: Semaphore::new(1), barrier: None };
    assert_eq!(limited.run("rust".to_owned()).await.unwrap(), "rust None false");
}

//! Each instance of a generic type is a workflow of its own.

use std::marker::PhantomData;
use workflows_runtime::prelude::*;

#[event]
struct Draft {
    text: String,
}

#[workflow]
struct Writer<T>(PhantomData<T>);

#[workflow]
impl Writer<String> {
    #[step]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        Draft { text: topic }
    }

    #[step]
    async fn publish(&self, draft: Draft) -> Stop<String> {
        Stop(draft.text)
    }
}

mod numbers {
    use super::*;

    #[workflow]
    impl Writer<u64> {
        #[step]
        async fn write(&self, Start(n): Start<u64>) -> Stop<u64> {
            Stop(n)
        }
    }
}

#[tokio::main]
async fn main() {
    assert_eq!(Writer::<String>(PhantomData).run("rust".to_owned()).await.unwrap(), "rust");
    assert_eq!(Writer::<u64>(PhantomData).run(7).await.unwrap(), 7);
}

//! A type of this crate in the fields of events, without derives.

use workflows_runtime::prelude::*;

struct Source {
    url: String,
}

#[event]
struct Draft {
    text: String,
    sources: Vec<Source>,
}

#[event]
enum Review {
    Good(Source),
    Bad { source: Option<Source> },
}

#[workflow]
struct Writer;

#[workflow]
impl Writer {
    #[step]
    async fn write(&self, Start(text): Start<String>) -> Draft {
        let url = text.clone();
        Draft { text, sources: vec![Source { url }] }
    }

    #[step]
    async fn review(&self, draft: Draft) -> Vec<Review> {
        println!("{:?}", draft.clone());
        draft.sources.into_iter().map(Review::Good).collect()
    }

    #[step]
    async fn publish(&self, reviews: Vec<Review>) -> Stop<usize> {
        Stop(reviews.len())
    }
}

async fn run() -> usize {
    Writer.run("rust".to_owned()).await.unwrap()
}

fn main() {
    let _ = run;
}

//! A join of an event inside a batch with one outside.

use workflows_runtime::prelude::*;

#[event]
struct Query {
    text: String,
}

#[event]
struct Limits {
    length: usize,
}

#[event]
struct Answer {
    text: String,
}

#[workflow]
struct Search;

#[workflow]
impl Search {
    #[step]
    async fn plan(&self, Start(text): Start<String>) -> (Vec<Query>, Limits) {
        (vec![Query { text }], Limits { length: 80 })
    }

    #[step]
    async fn ask(&self, query: Query, limits: Limits) -> Answer {
        Answer { text: query.text.chars().take(limits.length).collect() }
    }

    #[step]
    async fn merge(&self, answers: Vec<Answer>) -> Stop<usize> {
        Stop(answers.len())
    }
}

fn main() {}

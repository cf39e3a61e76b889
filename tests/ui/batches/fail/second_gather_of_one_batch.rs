use workflows_runtime::prelude::*;

#[event]
struct Query {
    text: String,
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
    async fn plan(&self, Start(text): Start<String>) -> Vec<Query> {
        text.split(' ').map(|text| Query { text: text.to_owned() }).collect()
    }

    #[step]
    async fn collect(&self, queries: Vec<Query>) -> Answer {
        Answer { text: queries[0].text.clone() }
    }

    #[step]
    async fn rank(&self, answers: Vec<Answer>) -> Stop<usize> {
        Stop(answers.len())
    }
}

fn main() {}

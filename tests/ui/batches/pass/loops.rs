use workflows_runtime::prelude::*;

#[event]
struct Query {
    tries: u32,
}
#[event]
struct Answer;
#[event]
struct Topic;

#[workflow]
struct Search;

#[workflow]
impl Search {
    #[step]
    async fn plan(&self, _: Start<()>) -> Topic {
        Topic
    }

    #[step]
    async fn fan_out(&self, _: Topic) -> Vec<Query> {
        vec![Query { tries: 3 }]
    }

    #[step]
    async fn search(&self, Query { tries }: Query) -> OneOf<Query, Answer> {
        if tries == 0 { Answer.emit() } else { Query { tries: tries - 1 }.emit() }
    }

    /// Another round, a narrower one, or the end.
    #[step]
    async fn collect(&self, answers: Vec<Answer>) -> OneOf<Vec<Query>, Topic, Stop<usize>> {
        match answers.len() {
            0 => Topic.emit(),
            1 => vec![Query { tries: 1 }].emit(),
            more => Stop(more).emit(),
        }
    }
}

fn main() {}

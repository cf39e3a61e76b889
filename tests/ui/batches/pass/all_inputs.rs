use workflows_runtime::prelude::*;

#[event]
struct Query {
    text: String,
}
#[event]
struct Answer {
    text: String,
}
#[event]
struct Miss;
#[event]
struct Best(String);
#[event]
struct Pair(String);

#[workflow]
struct Search;

#[workflow]
impl Search {
    #[step]
    async fn plan(&self, Start(text): Start<String>) -> Vec<Query> {
        text.split(' ').map(|text| Query { text: text.to_owned() }).collect()
    }

    #[step(workers = 8)]
    async fn search(&self, Query { text }: Query) -> OneOf<Answer, Miss> {
        if text.is_empty() { Miss.emit() } else { Answer { text }.emit() }
    }

    #[step]
    async fn all(&self, all: Vec<OneOf<Answer, Miss>>) -> Stop<usize> {
        Stop(all.len())
    }

    #[step]
    async fn fastest(&self, First([answer, _]): First<Answer, 2>) -> Best {
        Best(answer.text)
    }

    #[step]
    async fn threes(&self, [a, b, c]: [Answer; 3]) -> Pair {
        Pair(a.text + &b.text + &c.text)
    }

    #[step]
    async fn join(&self, best: Best, pair: Pair) -> Stop<usize> {
        Stop(best.0.len() + pair.0.len())
    }
}

fn main() {}

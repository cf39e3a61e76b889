//! x
#![allow(missing_docs, missing_debug_implementations)]
use workflows_runtime::prelude::*;

#[event]
struct Query {
    text: String,
}
#[event]
struct Answer {
    text: String,
    score: f64,
}
#[event]
#[derive(PartialEq)]
pub struct Report {
    best: Vec<Answer>,
}
#[event]
struct Question {
    text: String,
}
#[event]
struct Progress {
    done: usize,
}
#[event]
struct Loop {
    n: u32,
}
mod events {
    pub(crate) use super::Loop as Again;
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Tally {
    answered: usize,
}

#[workflow(state = Tally, stream = Progress, timeout = "60s")]
struct Research;

#[workflow]
impl Research {
    #[step]
    async fn plan(&self, Start(question): Start<Question>) -> OneOf<Vec<Query>, Loop> {
        if question.text.is_empty() {
            return Loop { n: 3 }.emit();
        }
        question.text.split(' ').map(|t| Query { text: t.into() }).collect::<Vec<_>>().emit()
    }
    #[step(workers = 8)]
    async fn search(&self, ctx: &Context<Self>, query: Query) -> StepResult<Answer> {
        let done = ctx.state().update(|t| {
            t.answered += 1;
            t.answered
        });
        ctx.publish(Progress { done });
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        Ok(Answer { score: query.text.len() as f64, text: query.text })
    }
    #[step]
    #[blocking(cpu)]
    fn rank(&self, answers: Vec<Answer>) -> Stop<Report> {
        Stop(Report { best: answers })
    }
    #[step]
    async fn again(&self, Loop { n }: events::Again) -> OneOf<Loop, Vec<Query>> {
        if n == 0 { vec![Query { text: "none".into() }].emit() } else { Loop { n: n - 1 }.emit() }
    }
}
impl PartialEq for Answer {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[tokio::main]
async fn main() {
    let r = Research.run(Question { text: "what is this thing".into() }).await.unwrap();
    println!("{r:?}");
    let h = Research.run(Question { text: "".into() }).internal().start();
    let mut ev = h.events();
    while let Some(e) = ev.next().await {
        println!("{e:?}");
    }
    println!("{:?}", h.await);
}

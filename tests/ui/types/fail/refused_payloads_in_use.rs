//! The input and the result have no derives. Neither is reported again where a run uses it.

use workflows_runtime::prelude::*;

struct Question {
    text: String,
}

struct Answer {
    text: String,
}

#[workflow]
struct Asker;

#[workflow]
impl Asker {
    #[step]
    async fn ask(&self, Start(question): Start<Question>) -> Stop<Answer> {
        Stop(Answer { text: question.text })
    }
}

async fn run() -> String {
    let answer: Answer = Asker.run(Question { text: String::new() }).await.unwrap();
    let again = Asker.run(Question { text: answer.text }).start().await.unwrap();
    again.text
}

fn main() {
    let _ = run;
}

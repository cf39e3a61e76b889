//! Human in the loop: one step returns `InputRequired`, another takes `HumanResponse`.
//! Run it: `cargo run --example ask`, and answer with yes or no.

use std::io::stdin;
use workflows_runtime::prelude::*;

#[event]
struct Ask {
    question: String,
}
#[event]
struct Answer {
    text: String,
}

#[workflow]
struct Cleanup;

#[workflow]
impl Cleanup {
    #[step]
    async fn propose(&self, Start(files): Start<u32>) -> InputRequired<Ask> {
        InputRequired(Ask { question: format!("delete {files} files?") })
    }

    #[step]
    async fn decide(&self, HumanResponse(answer): HumanResponse<Answer>) -> OneOf<InputRequired<Ask>, Stop<String>> {
        match answer.text.trim() {
            "yes" => Stop("deleted".to_owned()).emit(),
            "no" => Stop("kept".to_owned()).emit(),
            other => InputRequired(Ask { question: format!("`{other}` is neither yes nor no; delete them?") }).emit(),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let run = Cleanup.run(3).start();
    let mut events = run.events();
    while let Some(event) = events.next().await {
        if let RunEvent::InputRequired { id, prompt: Ask { question }, .. } = event {
            println!("{question}");
            let mut text = String::new();
            // Blocking is fine here: the program has no other work, and a waiting run needs no thread.
            if stdin().read_line(&mut text)? == 0 {
                run.cancel();
            } else {
                run.answer(id, Answer { text })?;
            }
        }
    }
    println!("{}", run.await?);
    Ok(())
}

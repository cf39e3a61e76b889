//! Human approval: steps wait for responses, several at a time, while a thread reads the terminal.
//! Run it: `cargo run --example approval`, and answer with lines such as `2 yes`, in any order.

use std::{io::stdin, thread};
use tokio::sync::mpsc;
use workflows_runtime::prelude::*;

#[event]
struct Expense {
    number: usize,
    what: String,
    euros: u32,
}
#[event]
struct Approval {
    number: usize,
    ok: bool,
}
#[event]
struct Granted(u32);

#[workflow]
struct Expenses;

#[workflow]
impl Expenses {
    #[step]
    async fn list(&self, Start(expenses): Start<Vec<(String, u32)>>) -> Vec<Expense> {
        (1..).zip(expenses).map(|(number, (what, euros))| Expense { number, what, euros }).collect()
    }

    /// All expenses ask at the same time, even with one worker: a waiting step occupies none.
    #[step(workers = 1)]
    async fn approve(
        &self,
        ctx: &Context<Self, (InputRequired<Expense>, HumanResponse<Approval>)>,
        expense: Expense,
    ) -> Granted {
        let Expense { number, euros, .. } = expense;
        let approval = ctx.ask_for::<Approval>(expense).matching(move |approval| approval.number == number).await;
        Granted(if approval.ok { euros } else { 0 })
    }

    #[step]
    async fn pay(&self, all: Vec<Granted>) -> Stop<u32> {
        Stop(all.iter().map(|Granted(euros)| euros).sum())
    }
}

fn parse(line: &str) -> Option<Approval> {
    let (number, answer) = line.trim().split_once(' ')?;
    Some(Approval { number: number.parse().ok()?, ok: matches!(answer, "yes" | "no").then_some(answer == "yes")? })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let expenses = [("train", 80), ("hotel", 240), ("champagne", 900)];
    let run = Expenses.run(expenses.map(|(what, euros)| (what.to_owned(), euros)).into()).start();
    let mut events = run.events();
    let prompts = tokio::spawn(async move {
        while let Some(event) = events.next().await {
            let RunEvent::InputRequired { prompt: Expense { number, what, euros }, .. } = event else { continue };
            println!("{number}: {what} for {euros} EUR?");
        }
    });
    // Reading blocks, so a separate thread does it. It ends with the program.
    let (sender, mut lines) = mpsc::unbounded_channel();
    thread::spawn(move || stdin().lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    while let Some(line) = tokio::select! { line = lines.recv() => line, _ = run.result() => None } {
        match parse(&line) {
            Some(approval) => {
                if run.send(HumanResponse(approval)).is_err() {
                    break; // The run has ended.
                }
            }
            None => eprintln!("`{line}` is not like `2 yes` or `2 no`"),
        }
    }
    // Consumes the handle: a run that still waits for a response ends as stalled.
    let euros = run.await;
    prompts.await?;
    println!("{} EUR are paid", euros?);
    Ok(())
}

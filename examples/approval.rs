//! Human approval: bodies that wait for a person, several at once, while a thread reads the terminal.
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

    /// One worker, and all of them ask at once: a body that waits for a person holds none.
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
            let RunEvent::InputRequired(Expense { number, what, euros }) = event else { continue };
            println!("{number}: {what} for {euros} EUR?");
        }
    });
    // Reading blocks: a thread does it, and not the run. It goes when the program does.
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
    // Gives up answering: a run that still asks ends as stalled, and not never.
    let euros = run.await;
    prompts.await?;
    println!("{} EUR are paid", euros?);
    Ok(())
}

//! A fan-out each branch of which waits or asks: what is written is in proportion to what happens, and a crash loses no
//! wait, no prompt and no response.
#![allow(missing_docs)]

#[path = "waiting/crash.rs"]
mod crash;
#[path = "common/crashed.rs"]
mod crashed;
#[path = "common/logged.rs"]
mod logged;
#[path = "common/written.rs"]
mod written;

use self::{logged::Logged, written::Written};
use std::future::Future;
use workflows_durable::{DurableRun, Host};
use workflows_runtime::{Answers, PromptId, durable::Durable, prelude::*};

#[event]
struct Branch(u32);
#[event]
struct Done(u32);
/// What is sent for one of the branches.
#[event]
struct Reply {
    to: u32,
    /// The number of branches.
    of: u32,
}

/// Each branch asks.
#[workflow]
struct Asks;

#[workflow]
impl Asks {
    #[step]
    async fn split(&self, Start(branches): Start<u32>) -> Vec<Branch> {
        (0..branches).map(Branch).collect()
    }
    #[step(workers = 8)]
    async fn branch(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<Reply>)>,
        Branch(number): Branch,
    ) -> Done {
        Done(ctx.ask_for::<Reply>(number).await.to)
    }
    #[step]
    async fn gather(&self, all: Vec<Done>) -> Stop<u32> {
        Stop(all.iter().map(|Done(number)| number).sum())
    }
}

/// Each branch waits for the response that matches.
#[workflow]
struct Matches;

#[workflow]
impl Matches {
    #[step]
    async fn split(&self, Start(branches): Start<u32>) -> Vec<Branch> {
        (0..branches).map(Branch).collect()
    }
    #[step(workers = 8)]
    async fn branch(&self, ctx: &Context<Self, (HumanResponse<Reply>,)>, Branch(number): Branch) -> Done {
        Done(ctx.wait_for::<Reply>().matching(move |reply| reply.to == number).await.to)
    }
    #[step]
    async fn gather(&self, all: Vec<Done>) -> Stop<u32> {
        Stop(all.iter().map(|Done(number)| number).sum())
    }
}

/// Each branch returns a prompt, and a step takes each answer.
#[workflow]
struct Returns;

#[workflow]
impl Returns {
    #[step]
    async fn split(&self, Start(branches): Start<u32>) -> Vec<Branch> {
        (0..branches).map(Branch).collect()
    }
    #[step(workers = 8)]
    async fn branch(&self, Branch(number): Branch) -> InputRequired<u32> {
        InputRequired(number)
    }
    #[step]
    async fn answered(&self, ctx: &Context<Self>, HumanResponse(reply): HumanResponse<Reply>) -> Option<Stop<u32>> {
        let all = ctx.collect(Branch(reply.to), reply.of as usize)?;
        Some(Stop(all.iter().map(|Branch(number)| number).sum()))
    }
}

/// The prompts that are open, once there are so many.
async fn open<W: Durable<Prompt = u32>>(run: &DurableRun<W>, count: u32) -> Vec<(PromptId, u32)> {
    let mut events = run.events();
    while run.open_prompts().len() < count as usize {
        events.next().await.expect("the run has not ended");
    }
    run.open_prompts().into_iter().map(|open| (open.id, open.prompt)).collect()
}

/// Answers the prompts one after the other.
async fn answer<W>(run: &DurableRun<W>, of: u32) -> u32
where
    W: Durable<Prompt = u32, Output = u32>,
    Reply: Answers<W>,
{
    for (id, to) in open(run, of).await {
        run.answer(id, Reply { to, of }).await.unwrap();
    }
    run.result().await.unwrap()
}

/// What a run with so many branches has written once each of them has had its response.
async fn written<W, F>(workflow: W, branches: u32, respond: impl FnOnce(DurableRun<W>) -> F) -> Written
where
    W: Durable<Input = u32, Output = u32>,
    F: Future<Output = u32>,
{
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(workflow).start().await.unwrap();
    let run = host.run::<W>(branches).start().await.unwrap();
    assert_eq!(respond(run).await, (0..branches).sum::<u32>());
    Written::of(&store)
}

/// Twice as many branches write twice as much, and few snapshots.
fn assert_linear(half: &Written, whole: &Written, branches: u32) {
    println!("{half:?}, and {whole:?} for {branches} branches");
    assert!(10 * whole.bytes <= 24 * half.bytes, "{half:?}, and {whole:?} for {branches} branches");
    assert!(whole.bytes <= 2_000 * branches as usize, "{whole:?} for {branches} branches");
    assert!(whole.snapshots < 30, "{whole:?}");
}

#[tokio::test]
async fn branches_that_ask_write_in_proportion_to_their_number() {
    let of = 2_000;
    let half = written(Asks, of / 2, async |run| answer(&run, of / 2).await).await;
    let whole = written(Asks, of, async |run| answer(&run, of).await).await;
    assert_linear(&half, &whole, of);
}

#[tokio::test]
async fn branches_that_wait_write_in_proportion_to_their_number() {
    async fn send(run: DurableRun<Matches>, of: u32) -> u32 {
        // The first ones are early, and buffered.
        for to in (0..of).rev() {
            run.send(HumanResponse(Reply { to, of })).await.unwrap();
        }
        run.result().await.unwrap()
    }
    let of = 2_000;
    let half = written(Matches, of / 2, |run| send(run, of / 2)).await;
    let whole = written(Matches, of, |run| send(run, of)).await;
    assert_linear(&half, &whole, of);
}

#[tokio::test]
async fn prompts_that_are_returned_write_in_proportion_to_their_number() {
    let of = 2_000;
    let half = written(Returns, of / 2, async |run| answer(&run, of / 2).await).await;
    let whole = written(Returns, of, async |run| answer(&run, of).await).await;
    assert_linear(&half, &whole, of);
}

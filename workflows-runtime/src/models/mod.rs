//! Models of a run and of the threads that use its handle, its events and its context.
//!
//! The task of a run is a task of the checker. `thread` stands in for a worker of a runtime or any other thread of the
//! user's.

mod cancellation;
mod events;
mod instance;
mod mailbox;
mod prompts;
mod result;
mod waits;

use crate::prelude::*;

/// Asks for two numbers, one after the other, and adds them.
#[workflow(stream = u32)]
struct Add;

#[workflow]
impl Add {
    #[step]
    async fn add(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(()): Start<()>) -> Stop<u32> {
        let first = ctx.wait_for::<u32>().await;
        ctx.publish(first);
        let second = ctx.wait_for::<u32>().await;
        ctx.publish(second);
        Stop(first + second)
    }
}

//! The items of a durable run are stored.

use workflows_durable::{Host, MemoryStore};
use workflows_runtime::prelude::*;

#[derive(Clone)]
struct Progress(u32);

#[workflow(stream = Progress)]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> Stop<u32> {
        ctx.publish(Progress(n));
        Stop(n)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let host = Host::on(MemoryStore::new()).workflow(Count).start().await.unwrap();
    let run = host.run::<Count>(1).id("count").start().await.unwrap();
    run.result().await.unwrap();
}

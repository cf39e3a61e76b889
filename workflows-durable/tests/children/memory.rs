//! What keeps a parent and its child in memory.

use crate::family::*;
use core::time::Duration;
use std::sync::Arc;
use tokio::time::sleep;
use workflows_durable::{Host, MemoryStore};
use workflows_runtime::prelude::*;

/// A step that waits for a child that waits: both stay in memory.
#[tokio::test(start_paused = true)]
async fn parent_and_child_are_not_parked() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let parent = parent(&done, 1);
    let child = Arc::clone(&parent.child);
    let parking = Host::on(store).workflow(parent).workflow(child).idle_after(Duration::from_secs(1));
    let host = parking.start().await.unwrap();
    let run = start(&host, "a", 5).await;
    prompt(&host, "a/1/1").await;
    sleep(Duration::from_mins(1)).await;
    assert_eq!(host.health().running, 2);
    answer(&host, "a/1/1", 7).await;
    assert_eq!(run.result().await.unwrap(), 13);
    assert_eq!((count(&done, "work"), count(&done, "begin 5")), (1, 1));
}

/// Forwards the prompt of a child, and waits for the response itself.
#[workflow]
struct Forwarding {
    child: Arc<Child>,
}

#[workflow]
impl Forwarding {
    #[step]
    async fn forward(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
        Start(number): Start<u32>,
    ) -> StepResult<Stop<u32>> {
        let child = ctx.run_child(&self.child, number).start();
        let mut events = child.events();
        while let Some(event) = events.next().await {
            if let RunEvent::InputRequired { id, prompt, .. } = event {
                let answer = ctx.ask_for::<u32>(prompt).await;
                child.answer(id, answer)?;
            }
        }
        Ok(Stop(child.await?))
    }
}

#[tokio::test(start_paused = true)]
async fn parent_that_waits_for_a_response_is_not_parked_while_its_child_runs() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let child = Arc::new(Child { log: Arc::clone(&done) });
    let make = async || {
        let forwarding = Forwarding { child: Arc::clone(&child) };
        let host = Host::on(store.clone()).workflow(forwarding).workflow(&child).idle_after(Duration::from_secs(1));
        host.start().await.unwrap()
    };
    let first = make().await;
    let _run = first.run::<Forwarding>(5).id("a").start().await.unwrap();
    prompt(&first, "a").await;
    sleep(Duration::from_mins(1)).await;
    assert!(!find(&first, "a").await.is_parked);
    first.stop().await;

    let second = make().await;
    let run = second.handle::<Forwarding>("a").unwrap();
    let open = prompt(&second, "a").await;
    second.answer::<Forwarding, u32>("a", open, 7).await.unwrap();
    assert_eq!(run.result().await.unwrap(), 12);
    assert_eq!(count(&done, "begin 5"), 1);
}

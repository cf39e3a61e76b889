//! Streaming: steps publish progress, and the holder of the run's handle reads it.
//! Run it: `cargo run --example streaming`.

use workflows_runtime::prelude::*;

#[event]
struct Progress {
    done: u32,
    of: u32,
}

#[workflow(stream = Progress)]
struct Boil;

#[workflow]
impl Boil {
    #[step]
    async fn boil(&self, ctx: &Context<Self>, Start(eggs): Start<u32>) -> Stop<u32> {
        for done in 1..=eggs {
            tokio::time::sleep(Duration::from_millis(10)).await;
            ctx.publish(Progress { done, of: eggs });
        }
        Stop(eggs)
    }
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    let run = Boil.run(3).start();
    let mut events = run.events();
    while let Some(event) = events.next().await {
        match event {
            RunEvent::Published(Progress { done, of }) => println!("{done} of {of}"),
            RunEvent::Ended(_) => println!("that was all"),
            _ => {}
        }
    }
    println!("{} eggs", run.await?);
    Ok(())
}

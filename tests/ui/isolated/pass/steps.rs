//! Isolated steps with a context, resources, retries and a generic workflow; next to a function that a statement calls.

use workflows_runtime::{isolated::Registry, prelude::*};

#[event]
struct Page {
    text: String,
}

/// Not serializable, and never published by an isolated step.
#[derive(Clone)]
pub struct Progress;

#[workflow(stream = Progress)]
struct Count;

#[blocking(cpu, isolated)]
fn length(text: String) -> usize {
    text.len()
}

#[workflow]
impl Count {
    const LIMIT: Duration = Duration::from_secs(1);

    #[resource]
    #[blocking(cpu)]
    fn table(&self) -> Vec<u64> {
        vec![1]
    }

    #[step]
    async fn begin(&self, ctx: &Context<Self>, Start(text): Start<String>) -> Page {
        ctx.publish(Progress);
        #[blocking(cpu)]
        let text = text.trim().to_owned();
        let _ = length(text.clone()).await;
        Page { text }
    }

    #[step(workers = 2, timeout = "5s", queue_timeout = "1s", retry = Retry::immediate().max_attempts(3))]
    #[blocking(cpu, isolated(timeout = Self::LIMIT, memory = "512MB", recycle_after = 10))]
    fn count(&self, ctx: &Context<Self>, #[resource(table)] table: &[u64], page: Page) -> StepResult<Stop<usize>> {
        if ctx.is_cancelled() || ctx.attempt().number > 3 {
            return Err(format!("{} of {}", ctx.step(), ctx.run_id()).into());
        }
        // Another `ctx`.
        let sum: u64 = table.iter().map(|ctx| ctx.count_ones()).map(u64::from).sum();
        Ok(Stop(page.text.len() + sum as usize))
    }
}

#[workflow(stream = u32)]
struct Generic<T> {
    value: T,
}

#[workflow]
impl<T: Clone + Send + Sync + 'static> Generic<T> {
    #[step]
    #[blocking(cpu, isolated, pool = "io")]
    fn generic(&self, context: &Context<Self>, _: Start<()>) -> Stop<()> {
        let _ = self.value.clone();
        context.publish(1);
        Stop(())
    }
}

fn main() {
    let _ = Registry::new().workflow(Count).workflow(Generic { value: "text" }).function(length);
}

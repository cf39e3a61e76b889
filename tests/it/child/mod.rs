//! Child workflows: `ctx.run_child`.

mod lifetime;
mod moved;
mod nesting;
mod result;

use std::sync::Arc;
use tokio::time::sleep;
use workflows_runtime::prelude::*;
use workflows_tests::{Log, LogOnDrop, ms};

/// Publishes, counts, takes as many milliseconds as its input, and returns its id and its count.
#[workflow(state = u64, stream = String, timeout = "1s")]
struct Child {
    log: Log<String>,
}

#[workflow]
impl Child {
    #[step]
    async fn work(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> StepResult<Stop<(String, u64)>> {
        let _dropped = LogOnDrop(self.log.clone(), format!("over {n}"));
        ctx.publish(format!("child {n}"));
        let total = ctx.state().update(|total| {
            *total += n;
            *total
        });
        sleep(ms(n)).await;
        if n == 13 {
            return Err(StepError::msg("unlucky"));
        }
        Ok(Stop((ctx.run_id().to_string(), total)))
    }
}

type Action = fn(&Parent, &Context<Parent>, u64) -> futures::future::BoxFuture<'static, StepResult<u64>>;

/// Calls `action` with a child.
#[workflow(state = u64, stream = String)]
struct Parent {
    child: Arc<Child>,
    action: Action,
}

#[workflow]
impl Parent {
    #[step]
    async fn ask(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> StepResult<Stop<u64>> {
        ctx.publish("parent".to_owned());
        Ok(Stop((self.action)(self, ctx, n).await?))
    }
}

impl Parent {
    fn new(action: Action) -> (Self, Log<String>) {
        let log = Log::default();
        (Self { child: Arc::new(Child { log: log.clone() }), action }, log)
    }
}

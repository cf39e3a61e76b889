//! The workflow: an order that is approved, and shipped.

use workflows_runtime::prelude::*;

#[event]
pub struct Approved {
    pub item: String,
}

#[event]
pub struct Shipped {
    pub receipt: String,
}

#[workflow(stream = String)]
pub struct Order;

#[workflow]
impl Order {
    #[step]
    async fn approve(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
        Start(item): Start<String>,
    ) -> StepResult<Approved> {
        ctx.publish("received".to_owned());
        if !ctx.ask_for::<bool>(format!("buy {item}?")).await {
            return Err(StepError::msg("declined"));
        }
        Ok(Approved { item })
    }

    #[step]
    async fn ship(&self, ctx: &Context<Self>, Approved { item }: Approved) -> Stop<Shipped> {
        ctx.publish("shipping".to_owned());
        Stop(Shipped { receipt: format!("one {item}") })
    }
}

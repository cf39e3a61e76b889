use workflows_runtime::prelude::*;

#[event]
struct Approved { amount: u32 }

#[event]
#[derive(PartialEq)]
struct Paid { receipt: u32 }

#[event]
struct Label(String);

#[workflow(timeout = "1d", stream = String)]
struct Shop;

#[workflow]
impl Shop {
    #[step]
    async fn approve(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
        Start(amount): Start<u32>,
    ) -> StepResult<Approved> {
        if !ctx.ask_for::<bool>(format!("spend {amount}?")).await {
            return Err(StepError::msg("declined"));
        }
        Ok(Approved { amount })
    }

    #[step(timeout = "30s", retry = Retry::fixed(Duration::from_secs(60)).max_attempts(3))]
    async fn pay(&self, approved: Approved) -> StepResult<Paid> {
        Err(StepError::msg(format!("no bank for {}", approved.amount)))
    }

    #[step]
    #[blocking(cpu)]
    fn print(&self, paid: Paid) -> Label {
        Label(format!("receipt {}", paid.receipt))
    }

    #[step]
    async fn ship(&self, ctx: &Context<Self>, label: Label) -> Stop<String> {
        ctx.publish(format!("shipping {}", label.0));
        Stop(label.0)
    }
}

//! Crash and resume at every point.

use std::sync::{Arc, Mutex};
use workflows_runtime::{
    prelude::*,
    testing::{Fault, resume_everywhere},
};

#[event]
struct Item(u32);

#[event]
struct Priced(u32);

#[event]
struct Total(u32);

#[workflow(timeout = "1h")]
struct Order;

#[workflow]
impl Order {
    #[step]
    async fn split(&self, Start(items): Start<u32>) -> Vec<Item> {
        (1..=items).map(Item).collect()
    }

    #[step(workers = 2, retry = Retry::fixed(Duration::from_secs(5)).max_attempts(3))]
    #[blocking(io)]
    fn price(&self, Item(item): Item) -> StepResult<Priced> {
        let price = item.checked_mul(10).ok_or_else(|| StepError::msg("too expensive"))?;
        Ok(Priced(price))
    }

    #[step]
    async fn sum(&self, priced: Vec<Priced>) -> Total {
        Total(priced.iter().map(|priced| priced.0).sum())
    }

    #[step]
    async fn approve(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<bool>)>,
        Total(total): Total,
    ) -> Stop<(u32, bool, bool)> {
        let first = ctx.ask_for::<bool>(total).await;
        let second = ctx.ask_for::<bool>(total + 1).await;
        Stop((total, first, second))
    }
}

#[tokio::test]
async fn every_point_of_a_run_is_resumed() {
    let test =
        || Order.run(3).test().fault("price", 1, Fault::error("down").of_execution(2)).answer(true).answer(false);
    let points = resume_everywhere(test, |whole, resumed| {
        assert_eq!(whole.output(), &(60, true, false));
        assert_eq!(whole.output(), resumed.output());
    })
    .await;
    assert!(points > 8, "{points} points");
}

/// Charges before it returns: a crash in between charges twice.
#[workflow]
struct Charge {
    charged: Arc<Mutex<Vec<u32>>>,
}

#[event]
struct Charged;

#[workflow]
impl Charge {
    #[step]
    async fn charge(&self, Start(amount): Start<u32>) -> Charged {
        self.charged.lock().unwrap().push(amount);
        tokio::time::sleep(Duration::from_secs(1)).await;
        Charged
    }

    #[step]
    async fn done(&self, _: Charged) -> Stop<()> {
        Stop(())
    }
}

#[tokio::test]
async fn first_point_that_differs_fails() {
    let charged = Arc::new(Mutex::new(Vec::new()));
    let test = || {
        charged.lock().unwrap().clear();
        Charge { charged: Arc::clone(&charged) }.run(9).test()
    };
    let resumed = resume_everywhere(test, |_, _| assert_eq!(charged.lock().unwrap().len(), 1, "charged again"));
    let message = super::panic_of(resumed).await;
    assert!(message.contains("charged again"), "{message}");
}

#[tokio::test]
async fn changes_that_the_whole_run_uses_are_used() {
    let test = || {
        let test = Order.run(1).test().replace("price", |Item(item): Item| Priced(item));
        test.fault("price", 1, Fault::error("down")).answer(true).answer(false)
    };
    resume_everywhere(test, |whole, resumed| assert_eq!(whole.output(), resumed.output())).await;
    let never = || test().fault("sum", 2, Fault::hang());
    let message = super::panic_of(resume_everywhere(never, |_, _| {})).await;
    assert!(message.contains("\n  `.fault(\"sum\", 2, ..)` at "), "{message}");
}

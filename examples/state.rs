//! State: typed data shared by the steps of a run, changed under a lock, readable from the handle.
//! Run it: `cargo run --example state`.

use workflows_runtime::prelude::*;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Till {
    cents: u64,
    sales: Vec<String>,
}

#[event]
struct Sale {
    item: String,
    cents: u64,
}
#[event]
struct Sold;

#[workflow(state = Till)]
struct Shop;

#[workflow]
impl Shop {
    #[step]
    async fn open(&self, Start(orders): Start<Vec<(String, u64)>>) -> Vec<Sale> {
        orders.into_iter().map(|(item, cents)| Sale { item, cents }).collect()
    }

    #[step]
    async fn sell(&self, ctx: &Context<Self>, Sale { item, cents }: Sale) -> StepResult<Sold> {
        // Rolled back if the closure returns an error.
        ctx.state().try_update(|till| {
            till.cents += cents;
            till.sales.push(item);
            if till.cents > 1_000 { Err(StepError::msg("the till is full")) } else { Ok(()) }
        })?;
        Ok(Sold)
    }

    #[step]
    async fn close(&self, ctx: &Context<Self>, sold: Vec<Sold>) -> Stop<(usize, u64)> {
        Stop((sold.len(), ctx.state().read(|till| till.cents)))
    }
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    let orders = vec![("tea".to_owned(), 250), ("cake".to_owned(), 420)];
    let change = Till { cents: 100, ..Till::default() };
    let run = Shop.run(orders).state(change).start();
    let (sold, cents) = run.result().await?;
    println!("{sold} sold, {cents} cents in the till: {}", run.state().get().sales.join(", "));

    let error = Shop.run(vec![("diamond".to_owned(), 9_999)]).await.unwrap_err();
    println!("{error}");
    Ok(())
}

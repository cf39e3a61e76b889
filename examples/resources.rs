//! Resources: a client that is made once, from a config that is a file, and given to the steps.
//! Run it: `cargo run --example resources`.

use std::{collections::BTreeMap, sync::Arc};
use workflows_runtime::prelude::*;

#[derive(Deserialize)]
struct ShopConfig {
    name: String,
    currency: String,
}

#[derive(Clone, Deserialize)]
struct Limits {
    per_order: usize,
}

/// Stands in for a client of a service.
struct Shop {
    sign: String,
    prices: BTreeMap<&'static str, u32>,
}

impl Shop {
    async fn open(config: &ShopConfig) -> StepResult<Self> {
        println!("opening {}", config.name);
        tokio::task::yield_now().await;
        Ok(Self { sign: config.currency.clone(), prices: BTreeMap::from([("tea", 2), ("cake", 4)]) })
    }
}

#[event]
struct Priced(u32);

#[workflow]
struct Order;

#[workflow]
impl Order {
    /// Once for all runs of the workflow below, when the first of them needs it.
    #[resource]
    async fn shop(#[config("examples/resources.json", select = "prod.shop")] config: &ShopConfig) -> StepResult<Shop> {
        Shop::open(config).await
    }

    #[step]
    async fn price(
        &self,
        #[resource(shop)] shop: &Shop,
        #[config("examples/resources.json", select = "prod.limits")] limits: Limits,
        Start(items): Start<Vec<String>>,
    ) -> StepResult<Priced> {
        let prices = items.iter().take(limits.per_order).map(|item| shop.prices.get(&**item));
        Ok(Priced(prices.sum::<Option<u32>>().ok_or_else(|| StepError::msg("we have no such thing"))?))
    }

    #[step]
    async fn bill(&self, Priced(price): Priced, #[resource(shop)] shop: &Shop) -> Stop<String> {
        Stop(format!("{price} {}", shop.sign))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let order = Arc::new(Order);
    // Says all that is wrong with them at once, before anybody orders.
    order.check_resources().await?;
    for items in [["tea", "tea"], ["cake", "tea"]] {
        println!("{}", Arc::clone(&order).run(items.map(str::to_owned).to_vec()).await?);
    }
    Ok(())
}

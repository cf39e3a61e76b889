//! Resources: a client is built once, from a config file, and injected into steps.
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

/// A placeholder for a client of a service.
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
    /// Called once for all runs, on first use.
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
    // Builds all resources before the first order, and reports all errors together.
    order.check_resources().await?;
    for items in [["tea", "tea"], ["cake", "tea"]] {
        println!("{}", Arc::clone(&order).run(items.map(str::to_owned).to_vec()).await?);
    }
    Ok(())
}

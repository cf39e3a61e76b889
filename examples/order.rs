//! Survive a crash: an order that is reserved, charged and shipped, and continues where it was when the process is
//! killed. Run it: `cargo run --example order`, kill it whenever you like, and run it again. `cargo run --example order
//! -- orders.db lost` loses the parcel: the charge is refunded, and the goods return to the shelf.

use std::{env::args, error::Error};
use tokio::time::sleep;
use workflows_durable::{Host, HostError};
use workflows_runtime::prelude::*;
use workflows_sqlite::SqliteStore;

#[event]
struct Order {
    item: String,
    euros: u32,
    is_lost: bool,
}
#[event]
struct Reserved(Order);
#[event]
struct Charged(Order);
#[event]
struct Refunded(Order);

#[workflow]
struct Shop {
    /// How long each step takes.
    pace: Duration,
}

#[workflow]
impl Shop {
    #[step]
    async fn reserve(&self, Start(order): Start<Order>) -> Reserved {
        println!("reserving {}", order.item);
        sleep(self.pace).await;
        Reserved(order)
    }

    /// If the process dies here, the step begins again: the bank charges once per key.
    #[step]
    async fn charge(&self, ctx: &Context<Self>, Reserved(order): Reserved) -> Charged {
        println!("charging {} EUR, with the key {}/charge", order.euros, ctx.run_id());
        sleep(self.pace).await;
        Charged(order)
    }

    #[step]
    async fn ship(&self, Charged(order): Charged) -> StepResult<Stop<String>> {
        println!("shipping {}", order.item);
        sleep(self.pace).await;
        if order.is_lost {
            return Err(StepError::msg("the parcel is lost"));
        }
        Ok(Stop(format!("{} is on its way", order.item)))
    }

    /// Compensates what came before the failure, as a step of its own: it continues after a crash as well.
    #[catch_error(steps(ship))]
    async fn refund(&self, ctx: &Context<Self>, failed: StepFailed) -> StepResult<Refunded> {
        let Some(Charged(order)) = failed.input() else { return Err(StepError::msg("it is no order")) };
        println!("refunding {} EUR, with the key {}/refund", order.euros, ctx.run_id());
        sleep(self.pace).await;
        Ok(Refunded(order))
    }

    #[step]
    async fn restock(&self, Refunded(order): Refunded) -> Stop<String> {
        println!("returning {} to the shelf", order.item);
        sleep(self.pace).await;
        Stop(format!("{} was refunded", order.item))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = args().nth(1).unwrap_or_else(|| "orders.db".to_owned());
    let is_lost = args().nth(2).is_some_and(|how| how == "lost");
    let pace = Duration::from_millis(args().nth(3).map_or(Ok(1_000), |pace| pace.parse())?);

    let store = SqliteStore::open(&file).await?;
    let host = Host::on(store).workflow(Shop { pace }).start().await?;

    let order = Order { item: "teapot".to_owned(), euros: 30, is_lost };
    let result = match host.run::<Shop>(order).id("order-7").start().await {
        Ok(run) => run.result().await?,
        Err(HostError::Exists(id)) => {
            if let Some(run) = host.handle::<Shop>(id.clone()) {
                println!("continuing {id}");
                run.result().await?
            } else {
                println!("{id} has ended before, or another process executes it");
                host.find(id).await?.and_then(|run| run.result).unwrap_or_default()
            }
        }
        Err(error) => return Err(error.into()),
    };
    println!("{result}");
    host.stop().await;
    Ok(())
}

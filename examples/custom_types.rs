//! Custom types as input and result: `Start<T>` and `Stop<T>` name them.
//! Run it: `cargo run --example custom_types`.

use workflows_runtime::prelude::*;

/// Not an event: an input or result only needs these derives.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    item: String,
    count: u32,
    cents_each: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Invoice {
    Free,
    Due { cents: u32, text: String },
}

#[event]
struct Priced {
    order: Order,
    cents: u32,
}

#[workflow]
struct Billing {
    discount: u32,
}

#[workflow]
impl Billing {
    #[step]
    async fn price(&self, Start(order): Start<Order>) -> Priced {
        let full = order.count * order.cents_each;
        Priced { cents: full - full * self.discount / 100, order }
    }

    #[step]
    async fn bill(&self, Priced { order, cents }: Priced) -> Stop<Invoice> {
        if cents == 0 {
            return Stop(Invoice::Free);
        }
        Stop(Invoice::Due { cents, text: format!("{} x {}", order.count, order.item) })
    }
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    let order = Order { item: "tea".to_owned(), count: 3, cents_each: 450 };
    let invoice: Invoice = Billing { discount: 10 }.run(order.clone()).await?;
    println!("{invoice:?}");
    println!("{:?}", Billing { discount: 100 }.run(order).await?);
    Ok(())
}

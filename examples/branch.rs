//! Branches: the type of the emitted event selects the next step.
//! Run it: `cargo run --example branch`.

use workflows_runtime::prelude::*;

#[event]
struct Small {
    amount: u32,
}
#[event]
struct Large {
    amount: u32,
}

#[workflow]
struct Expenses;

#[workflow]
impl Expenses {
    #[step]
    async fn sort(&self, Start(amount): Start<u32>) -> OneOf<Small, Large> {
        if amount < 100 { Small { amount }.emit() } else { Large { amount }.emit() }
    }

    #[step]
    async fn pay(&self, Small { amount }: Small) -> Stop<String> {
        Stop(format!("{amount}: paid at once"))
    }

    #[step]
    async fn review(&self, Large { amount }: Large) -> Stop<String> {
        Stop(format!("{amount}: goes to a review"))
    }
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    for amount in [20, 2000] {
        println!("{}", Expenses.run(amount).await?);
    }
    Ok(())
}

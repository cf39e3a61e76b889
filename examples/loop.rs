//! A loop: a step emits an event that an earlier step takes, until the work is done.
//! Run it: `cargo run --example loop`.

use std::cmp::Ordering;
use workflows_runtime::prelude::*;

#[event]
struct Guess {
    low: u32,
    high: u32,
    tries: u32,
}

/// Finds a secret number by bisection.
#[workflow]
struct Search {
    secret: u32,
}

#[workflow]
impl Search {
    #[step]
    async fn begin(&self, Start(limit): Start<u32>) -> Guess {
        Guess { low: 0, high: limit, tries: 0 }
    }

    /// `OneOf` lists the possible outputs: another guess, or the end.
    #[step]
    async fn guess(&self, Guess { low, high, tries }: Guess) -> OneOf<Guess, Stop<String>> {
        let (middle, tries) = (u32::midpoint(low, high), tries + 1);
        println!("{low} to {high}: is it {middle}?");
        match middle.cmp(&self.secret) {
            Ordering::Less => Guess { low: middle + 1, high, tries }.emit(),
            Ordering::Greater => Guess { low, high: middle - 1, tries }.emit(),
            Ordering::Equal => Stop(format!("it is {middle}, found in {tries} tries")).emit(),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    println!("{}", Search { secret: 42 }.run(100).await?);
    Ok(())
}

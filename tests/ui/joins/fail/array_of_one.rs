//! An array of an event that a run has once.

use workflows_runtime::prelude::*;

#[event]
struct Bid {
    euros: u32,
}

#[workflow]
struct Auction;

#[workflow]
impl Auction {
    #[step]
    async fn open(&self, Start(euros): Start<u32>) -> Bid {
        Bid { euros }
    }

    #[step]
    async fn close(&self, [one, other]: [Bid; 2]) -> Stop<u32> {
        Stop(one.euros.max(other.euros))
    }
}

fn main() {}

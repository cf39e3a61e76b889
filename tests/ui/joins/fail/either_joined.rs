//! A join of two events of which a step emits either.

use workflows_runtime::prelude::*;

#[event]
struct Price {
    euros: u32,
}

#[event]
struct Stock {
    left: u32,
}

#[workflow]
struct Order;

#[workflow]
impl Order {
    #[step]
    async fn look_up(&self, Start(article): Start<String>) -> OneOf<Price, Stock> {
        if article.is_empty() { Stock { left: 0 }.emit() } else { Price { euros: 3 }.emit() }
    }

    #[step]
    async fn offer(&self, price: Price, stock: Stock) -> Stop<u32> {
        Stop(price.euros * stock.left)
    }
}

fn main() {}

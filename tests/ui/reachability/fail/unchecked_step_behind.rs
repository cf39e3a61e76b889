//! `unchecked(dead_end)` is about one step, not about those that lead to it.

use workflows_runtime::prelude::*;

#[event]
struct Ping;
#[event]
struct Pong;

#[workflow]
struct Table;

#[workflow]
impl Table {
    #[step]
    async fn begin(&self, stop: Start<bool>) -> OneOf<Ping, Stop<bool>> {
        Stop(stop.0).emit()
    }

    #[step]
    async fn ping(&self, _: Ping) -> Pong {
        Pong
    }

    #[step(unchecked(dead_end))]
    async fn pong(&self, _: Pong) -> Ping {
        Ping
    }
}

fn main() {}

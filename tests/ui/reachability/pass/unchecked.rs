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
    async fn begin(&self, stop: Start<bool>) -> OneOf<Pong, Stop<bool>> {
        Stop(stop.0).emit()
    }

    #[step(unchecked(reachable, dead_end))]
    async fn ping(&self, _: Ping) -> Pong {
        Pong
    }

    #[step(unchecked(dead_end))]
    async fn pong(&self, _: Pong) -> Ping {
        Ping
    }
}

fn main() {}

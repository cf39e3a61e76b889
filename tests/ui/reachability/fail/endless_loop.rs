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
    async fn begin(&self, Start(stop): Start<bool>) -> OneOf<Ping, Stop<()>> {
        if stop { Stop(()).emit() } else { Ping.emit() }
    }

    #[step]
    async fn ping(&self, _: Ping) -> Pong {
        Pong
    }

    #[step]
    async fn pong(&self, _: Pong) -> Ping {
        Ping
    }
}

fn main() {}

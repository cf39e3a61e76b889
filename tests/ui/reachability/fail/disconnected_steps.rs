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
    async fn begin(&self, Start(text): Start<String>) -> Stop<String> {
        Stop(text)
    }

    #[step]
    async fn ping(&self, _: Ping) -> OneOf<Pong, Stop<String>> {
        Pong.emit()
    }

    #[step]
    async fn pong(&self, _: Pong) -> Ping {
        Ping
    }
}

fn main() {}

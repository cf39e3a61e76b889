//! Calls that the crate lists itself, with the list and without.

use workflows_runtime::{known_blocking, nonblocking, prelude::*};

known_blocking! {
    crate::Client: [fetch],
    crate::refresh,
}

struct Client;

impl Client {
    fn fetch(&self) -> u32 {
        1
    }
}

fn refresh() {}

#[workflow]
struct Fetch {
    client: Client,
}

#[workflow(known_blocking)]
impl Fetch {
    #[step]
    async fn fetch(&self, Start(_): Start<()>) -> Stop<u32> {
        refresh();
        Stop(self.client.fetch())
    }
}

#[workflow]
struct Forgot {
    client: Client,
}

#[workflow]
impl Forgot {
    #[step]
    async fn fetch(&self, Start(_): Start<()>) -> Stop<u32> {
        Stop(self.client.fetch())
    }
}

#[nonblocking]
async fn forgot() {
    refresh();
}

fn main() {}

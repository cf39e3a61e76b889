//! A crate lists its own blocking calls, and a call of the same name is compared by type.

use workflows_runtime::prelude::*;

mod client {
    pub struct Client;

    impl Client {
        pub fn fetch(&self) -> u32 {
            1
        }
    }
}

struct Cache;

impl Cache {
    fn fetch(&self) -> u32 {
        2
    }
}

#[workflow]
struct Fetch {
    client: client::Client,
    cache: Cache,
}

#[workflow(known_blocking)]
impl Fetch {
    #[step]
    async fn cached(&self, Start(_): Start<()>) -> Stop<u32> {
        Stop(self.cache.fetch())
    }

    #[step]
    #[blocking(io)]
    fn fetched(&self, Start(_): Start<()>) -> Stop<u32> {
        Stop(self.client.fetch())
    }
}

// The order does not matter.
workflows_runtime::known_blocking! {
    crate::client::Client: [fetch],
}

fn main() {}

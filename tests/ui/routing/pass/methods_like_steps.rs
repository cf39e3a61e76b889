//! Methods that have the signature of a step, and are called by steps.

use workflows_runtime::prelude::*;

#[event]
struct Page(u32);

#[workflow]
struct Reader;

#[workflow]
impl Reader {
    async fn open(&self, Start(page): Start<u32>) -> Page {
        Page(page)
    }

    #[step]
    async fn begin(&self, start: Start<u32>) -> Page {
        self.open(start).await
    }

    #[step]
    async fn read(&self, page: Page) -> Stop<u32> {
        self.end(self.turn(page)).await
    }

    fn turn(&self, Page(page): Page) -> Page {
        Page(page + 1)
    }

    async fn end(&self, Page(page): Page) -> Stop<u32> {
        Stop(page)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(Reader.run(1).await.unwrap(), 2);
}

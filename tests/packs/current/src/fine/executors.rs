use workflows_runtime::nonblocking;

use futures::FutureExt;

fn block_on<F: Future>(_: F) {}

struct Own;
impl Own {
    fn block_on<F>(&self, _: F) {}
    fn run(&self) {}
}

#[nonblocking(known_blocking)]
pub async fn executors(own: Own, future: impl Future<Output = u8>) {
    own.block_on(async {});
    own.run();
    block_on(async {});
    smol::Timer::after(std::time::Duration::ZERO).await;
    async_io::Timer::after(std::time::Duration::ZERO).await;
    async {}.now_or_never();
    smol::unblock(|| smol::block_on(async {})).await;
    future.await;
}

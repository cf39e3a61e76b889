use workflows_runtime::nonblocking;

#[nonblocking(known_blocking)]
pub async fn executors(mut pool: futures::executor::LocalPool) {
    futures::executor::block_on(async {}); //~ BLOCKS
    pool.run(); //~ BLOCKS
    pollster::block_on(async {}); //~ BLOCKS
    smol::block_on(async {}); //~ BLOCKS
    smol::future::block_on(async {}); //~ BLOCKS
    async_io::block_on(async {}); //~ BLOCKS
}

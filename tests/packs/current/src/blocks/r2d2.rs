use workflows_runtime::nonblocking;

use r2d2::{ManageConnection, Pool};
use std::{sync::Arc, time::Duration};

#[nonblocking(known_blocking)]
pub async fn pools(
    pool: &Pool<redis::Client>,
    shared: Arc<Pool<redis::Client>>,
    client: redis::Client,
) -> Result<(), r2d2::Error> {
    let a = pool.get()?; //~ BLOCKS
    let b = shared.get_timeout(Duration::from_secs(1))?; //~ BLOCKS
    let c = Pool::builder().max_size(15).build(client.clone()).unwrap(); //~ BLOCKS
    let d = Pool::new(client).unwrap(); //~ BLOCKS
    drop(d);
    drop((a, b, c));
    Ok(())
}

#[nonblocking(known_blocking)]
pub async fn generic<M: ManageConnection>(pool: Pool<M>, manager: M) -> Result<(), r2d2::Error> {
    let a = pool.get()?; //~ BLOCKS
    let b = r2d2::Builder::new().build(manager)?; //~ BLOCKS
    drop((a, b));
    Ok(())
}

#[nonblocking(known_blocking)]
pub async fn new<M: ManageConnection>(manager: M) -> Result<Pool<M>, r2d2::Error> {
    r2d2::Pool::new(manager) //~ BLOCKS
}

#[nonblocking(known_blocking)]
pub async fn new_in_an_option(client: Option<redis::Client>) -> Option<Pool<redis::Client>> {
    client.map(Pool::new)?.ok() //~ BLOCKS
}

#[nonblocking(known_blocking)]
pub async fn queried(pool: &Pool<redis::Client>) -> redis::RedisResult<String> {
    let mut con = pool.get().unwrap(); //~ BLOCKS
    redis::Commands::get(&mut *con, "a") //~ BLOCKS
}

#[nonblocking(known_blocking)]
pub async fn own(pool: &crate::own::Pool<u8>) -> u8 {
    pool.checkout() //~ BLOCKS
}

use workflows_runtime::nonblocking;

use r2d2::Pool;

#[nonblocking(known_blocking)]
pub async fn pools(pool: &Pool<redis::Client>, client: redis::Client) -> u32 {
    let unchecked = Pool::builder().max_size(1).build_unchecked(client);
    let free = pool.try_get().is_some();
    pool.state().connections + unchecked.max_size() + u32::from(free)
}

#[nonblocking(known_blocking)]
pub async fn offloaded(pool: Pool<redis::Client>) -> bool {
    tokio::task::spawn_blocking(move || pool.get().is_ok()).await.unwrap()
}

#[nonblocking(known_blocking)]
pub async fn own(pool: &crate::own::Pool<u8>) -> usize {
    pool.size()
}

/// A pool whose `new` is another one.
pub struct Local<T>(pub T);

impl<T> Local<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }
}

#[nonblocking(known_blocking)]
pub async fn own_new(client: redis::Client) -> redis::Client {
    let pool = Local::new(client);
    let boxed = Box::new(Vec::<u8>::new());
    drop(boxed);
    pool.0
}

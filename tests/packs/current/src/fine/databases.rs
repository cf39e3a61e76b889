use workflows_runtime::nonblocking;

use std::collections::HashMap;

struct Own;
impl Own {
    fn begin_read(&self) -> u8 {
        1
    }
    fn keyspace(&self, _: &str) -> u8 {
        1
    }
    fn put(&self, _: &str) -> u8 {
        1
    }
    async fn commit(self) {}
}

#[nonblocking(known_blocking)]
pub async fn others(
    own: Own,
    mut map: HashMap<String, u8>,
    tree: &sled::Tree,
    batch: &mut fjall::OwnedWriteBatch,
    keys: &fjall::Keyspace,
) -> usize {
    map.insert("a".to_owned(), own.begin_read() + own.keyspace("a") + own.put("a"));
    map.get("a");
    map.remove("a");
    own.commit().await;
    let mut sled = sled::Batch::default();
    sled.insert("a", "b");
    batch.insert(keys, "a", "b");
    let watched = tree.watch_prefix("a");
    drop(watched);
    tree.flush_async().await.unwrap();
    map.iter().count() + map.len() + batch.len()
}

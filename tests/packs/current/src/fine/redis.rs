use workflows_runtime::nonblocking;

use redis::{AsyncCommands, aio::MultiplexedConnection};

#[nonblocking(known_blocking)]
pub async fn asynchronous(client: &redis::Client) -> redis::RedisResult<String> {
    let mut con: MultiplexedConnection = client.get_multiplexed_async_connection().await?;
    let _: () = con.set("a", 1).await?;
    let _: () = redis::cmd("SET").arg("a").arg(1).query_async(&mut con).await?;
    let all: Vec<String> = redis::pipe().get("a").query_async(&mut con).await?;
    drop(all);
    con.get("a").await
}

#[nonblocking(known_blocking)]
pub async fn names(map: &std::collections::HashMap<String, u8>, mut set: std::collections::HashSet<u8>) -> usize {
    let _ = map.get("a");
    set.insert(1);
    map.keys().count() + redis::cmd("GET").arg("a").get_packed_command().len()
}

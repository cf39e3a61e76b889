use workflows_runtime::nonblocking;

use redis::{Client, Commands, Connection, PubSub};

#[nonblocking(known_blocking)]
pub async fn connections(client: &Client) -> redis::RedisResult<String> {
    let mut con = client.get_connection()?; //~ BLOCKS
    let _: () = con.set("a", 1)?; //~ BLOCKS
    let n: u32 = con.incr("a", 1)?; //~ BLOCKS
    let _: () = redis::cmd("SET").arg("a").arg(1).query(&mut con)?; //~ BLOCKS
    redis::cmd("DEL").arg("a").exec(&mut con)?; //~ BLOCKS
    let (a, b): (u32, u32) = redis::pipe().get("a").get("b").query(&mut con)?; //~ BLOCKS
    let all: Vec<String> = con.keys("*")?; //~ BLOCKS
    let list: Vec<String> = con.lrange("l", 0, -1)?; //~ BLOCKS
    let hash: std::collections::HashMap<String, String> = con.hgetall("h")?; //~ BLOCKS
    let popped: Option<String> = con.blpop("l", 1.0)?; //~ BLOCKS
    let _: () = con.publish("c", "m")?; //~ BLOCKS
    let _: i32 = redis::Script::new("return 1").key("a").invoke(&mut con)?; //~ BLOCKS
    drop((n, a, b, all, list, hash, popped));
    con.get("a") //~ BLOCKS
}

#[nonblocking(known_blocking)]
pub async fn subscribed(con: &mut Connection, other: &mut PubSub<'_>) -> redis::RedisResult<()> {
    let mut pubsub = con.as_pubsub(); //~ BLOCKS
    pubsub.subscribe("c")?; //~ BLOCKS
    let message = pubsub.get_message()?; //~ BLOCKS
    other.psubscribe("c*")?; //~ BLOCKS
    drop(message);
    Ok(())
}

use workflows_runtime::nonblocking;

use postgres::{Client, Config, Row, types::Type};

struct Own;
impl Own {
    async fn query(&self, _: &str) -> u8 {
        1
    }
    async fn execute(&self, _: &str) -> u8 {
        1
    }
    async fn commit(self) -> u8 {
        1
    }
}

#[nonblocking(known_blocking)]
pub async fn others(own: Own, client: &Client, row: &Row, config: &mut Config) -> bool {
    own.query("").await;
    own.execute("").await;
    config.host("localhost").user("me").connect_timeout(std::time::Duration::from_secs(1));
    let n: i64 = row.get(0);
    own.commit().await;
    drop(client.cancel_token());
    client.is_closed() || row.len() == n as usize || Type::INT4 == Type::INT8
}

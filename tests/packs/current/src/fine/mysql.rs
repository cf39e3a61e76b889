use workflows_runtime::nonblocking;

use mysql::{Opts, OptsBuilder, Row};

struct Own;
impl Own {
    async fn query(&self) {}
    fn first(&self, _: u8) -> u8 {
        1
    }
    fn get_conn(&self) -> u8 {
        1
    }
}

#[nonblocking(known_blocking)]
pub async fn others(own: &Own, row: Row, many: &[u8]) -> Option<u8> {
    own.query().await;
    let opts: Opts = OptsBuilder::new().user(Some("a")).into();
    drop(opts);
    own.first(1);
    own.get_conn();
    let n: Option<u8> = row.get(0);
    n.or(many.first().copied())
}

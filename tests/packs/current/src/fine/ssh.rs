use workflows_runtime::nonblocking;

use ssh2::{Channel, Session};

struct Own;
impl Own {
    fn exec(&self, _: &str) -> bool {
        true
    }
    async fn open(&self) {}
}

#[nonblocking(known_blocking)]
pub async fn accessors(session: &Session, channel: &Channel, own: &Own) -> bool {
    session.set_timeout(1);
    session.set_blocking(false);
    own.open().await;
    own.exec("a") && session.authenticated() && channel.eof()
}

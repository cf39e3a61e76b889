//! What cannot be shared is in types of the program.

use std::{cell::RefCell, rc::Rc};
use workflows_runtime::prelude::*;

struct Client {
    pool: Pool,
}

struct Pool(Vec<Connection>);

enum Connection {
    Open { name: Rc<str> },
    Closed,
}

type Log = RefCell<Vec<String>>;

trait Plugin {
    fn name(&self) -> String;
}

struct Plugins {
    all: Vec<Box<dyn Plugin>>,
}

struct Memory {
    start: *const u8,
}

#[workflow]
struct Reader {
    name: String,
    client: std::sync::Arc<Client>,
    log: Log,
    plugins: Option<Plugins>,
    memory: Memory,
}

#[workflow]
impl Reader {
    #[step]
    async fn read(&self, Start(path): Start<String>) -> Stop<usize> {
        self.log.borrow_mut().push(path);
        let open = self.client.pool.0.iter().filter(|connection| matches!(connection, Connection::Open { .. }));
        Stop(open.count() + self.name.len())
    }
}

async fn run(reader: Reader) -> usize {
    reader.run("a".to_owned()).await.unwrap()
}

fn main() {
    let _ = (run, Connection::Closed);
}

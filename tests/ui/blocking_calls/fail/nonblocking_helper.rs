use std::{net::TcpStream, path::Path};
use workflows_runtime::prelude::*;

#[nonblocking]
async fn is_there(path: &Path) -> bool {
    path.exists()
}

struct Client;

impl Client {
    #[nonblocking]
    async fn connect(&self, address: &str) -> std::io::Result<TcpStream> {
        TcpStream::connect(address)
    }
}

fn main() {}

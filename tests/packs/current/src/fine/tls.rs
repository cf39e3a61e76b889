use workflows_runtime::nonblocking;

use rustls::{ClientConnection, StreamOwned};
use std::io::{Cursor, Read, Write};
use tungstenite::{Message, WebSocket};

#[nonblocking(known_blocking)]
pub async fn memory(mut owned: StreamOwned<ClientConnection, Cursor<Vec<u8>>>, mut socket: WebSocket<Cursor<Vec<u8>>>) {
    owned.write_all(b"a").unwrap();
    let mut text = String::new();
    owned.read_to_string(&mut text).unwrap();
    socket.send(Message::text("a")).unwrap();
    drop(socket.read());
}

#[nonblocking(known_blocking)]
pub async fn sans_io(mut connection: ClientConnection, received: &[u8], acceptor: &native_tls::TlsAcceptor) -> usize {
    let mut out = Vec::new();
    let mut received = received;
    connection.read_tls(&mut received).unwrap();
    connection.write_tls(&mut out).unwrap();
    connection.process_new_packets().unwrap();
    connection.writer().write_all(b"a").unwrap();
    drop(acceptor.accept(Cursor::new(Vec::new())));
    usize::from(connection.is_handshaking()) + out.len()
}

#[nonblocking(known_blocking)]
pub async fn asynchronous(stream: &mut tokio::net::TcpStream) -> std::io::Result<usize> {
    tokio::io::AsyncWriteExt::write_all(stream, b"a").await?;
    let mut all = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(stream, &mut all).await
}

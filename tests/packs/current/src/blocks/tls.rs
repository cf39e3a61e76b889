use workflows_runtime::nonblocking;

use rustls::{ClientConnection, Stream, StreamOwned};
use std::{
    io::{Read, Write},
    net::TcpStream,
};
use tungstenite::{Message, WebSocket, stream::MaybeTlsStream};

#[nonblocking(known_blocking)]
pub async fn native(
    connector: native_tls::TlsConnector,
    acceptor: &native_tls::TlsAcceptor,
    a: TcpStream,
    b: TcpStream,
) {
    let mut stream = connector.connect("host", a).unwrap(); //~ BLOCKS
    stream.write_all(b"a").unwrap(); //~ BLOCKS
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap(); //~ BLOCKS
    stream.shutdown().unwrap(); //~ BLOCKS
    let accepted = acceptor.accept(b).unwrap(); //~ BLOCKS
    drop(accepted);
}

#[nonblocking(known_blocking)]
pub async fn rustls(
    mut owned: StreamOwned<ClientConnection, TcpStream>,
    mut c: ClientConnection,
    mut socket: TcpStream,
) -> std::io::Result<()> {
    owned.write_all(b"a")?; //~ BLOCKS
    let mut text = String::new();
    owned.read_to_string(&mut text)?; //~ BLOCKS
    c.complete_io(&mut socket)?; //~ BLOCKS
    c.write_tls(&mut socket)?; //~ BLOCKS
    let mut stream = Stream::new(&mut c, &mut socket);
    stream.write_all(b"a")?; //~ BLOCKS
    std::io::copy(&mut stream, &mut std::io::sink())?; //~ BLOCKS
    Ok(())
}

#[nonblocking(known_blocking)]
pub async fn sockets(
    mut socket: WebSocket<MaybeTlsStream<TcpStream>>,
    stream: TcpStream,
    tcp: &mut WebSocket<TcpStream>,
) {
    let (mut other, _) = tungstenite::connect("ws://a").unwrap(); //~ BLOCKS
    other.send(Message::text("a")).unwrap(); //~ BLOCKS
    let message = socket.read().unwrap(); //~ BLOCKS
    socket.close(None).unwrap(); //~ BLOCKS
    let accepted = tungstenite::accept(stream).unwrap(); //~ BLOCKS
    tcp.send(message).unwrap(); //~ BLOCKS
    drop(accepted);
}

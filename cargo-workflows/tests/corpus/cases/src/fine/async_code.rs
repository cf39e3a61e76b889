//! The async equivalents.

use futures::{StreamExt, future::BoxFuture};
use std::time::Duration;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt},
    sync::{Mutex, Notify, Semaphore, broadcast, mpsc, oneshot, watch},
};
use workflows_runtime::nonblocking;

#[nonblocking]
async fn tokio_read() -> usize {
    tokio::fs::read("path").await.map_or(0, |bytes| bytes.len())
}

#[nonblocking]
async fn tokio_file() -> std::io::Result<usize> {
    let mut file = tokio::fs::File::open("path").await?;
    let mut text = String::new();
    file.read_to_string(&mut text).await?;
    file.write_all(b"end").await?;
    file.sync_all().await?;
    Ok(text.len())
}

#[nonblocking]
async fn tokio_lines() -> std::io::Result<usize> {
    let file = tokio::fs::File::open("path").await?;
    let mut lines = tokio::io::BufReader::new(file).lines();
    let mut count = 0;
    while lines.next_line().await?.is_some() {
        count += 1;
    }
    Ok(count)
}

#[nonblocking]
async fn tokio_folder() -> std::io::Result<usize> {
    let mut folder = tokio::fs::read_dir("folder").await?;
    let mut count = 0;
    while let Some(entry) = folder.next_entry().await? {
        count += usize::from(entry.metadata().await?.is_file());
    }
    Ok(count)
}

#[nonblocking]
async fn tokio_network() -> std::io::Result<usize> {
    let mut stream = tokio::net::TcpStream::connect(("localhost", 80)).await?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await
}

#[nonblocking]
async fn tokio_listener() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let (mut stream, _) = listener.accept().await?;
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(())
}

#[nonblocking]
async fn tokio_udp() -> std::io::Result<usize> {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await?;
    let mut bytes = [0; 64];
    socket.recv(&mut bytes).await
}

#[nonblocking]
async fn tokio_sleep() {
    tokio::time::sleep(Duration::from_millis(1)).await;
    let mut interval = tokio::time::interval(Duration::from_millis(1));
    interval.tick().await;
}

#[nonblocking]
async fn tokio_process() -> std::io::Result<usize> {
    let output = tokio::process::Command::new("ls").output().await?;
    Ok(output.stdout.len())
}

#[nonblocking]
async fn tokio_resolve() -> std::io::Result<usize> {
    Ok(tokio::net::lookup_host("localhost:80").await?.count())
}

#[nonblocking]
async fn tokio_channels() -> u32 {
    let (sender, mut receiver) = mpsc::channel(1);
    sender.send(1).await.unwrap();
    let (answer, answered) = oneshot::channel();
    answer.send(2).unwrap();
    let (events, mut subscriber) = broadcast::channel(1);
    events.send(3).unwrap();
    let (state, mut watcher) = watch::channel(0);
    state.send(4).unwrap();
    watcher.changed().await.unwrap();
    receiver.recv().await.unwrap() + answered.await.unwrap() + subscriber.recv().await.unwrap() + *watcher.borrow()
}

#[nonblocking]
async fn tokio_locks(mutex: &Mutex<u8>, semaphore: &Semaphore, notify: &Notify) -> u8 {
    let _permit = semaphore.acquire().await.unwrap();
    notify.notified().await;
    *mutex.lock().await
}

#[nonblocking]
async fn tokio_tasks() -> u8 {
    let task = tokio::spawn(async { 1 });
    let other = tokio::spawn(tokio::time::sleep(Duration::from_millis(1)));
    other.abort();
    tokio::select! {
        number = task => number.unwrap(),
        () = tokio::time::sleep(Duration::from_millis(5)) => 0,
    }
}

#[nonblocking]
async fn timeout_of_pure_future() -> Option<u8> {
    tokio::time::timeout(Duration::from_millis(1), async { 1 }).await.ok()
}

#[nonblocking]
async fn boxed_futures() -> u8 {
    let futures: Vec<BoxFuture<'static, u8>> = vec![Box::pin(async { 1 }), Box::pin(std::future::ready(2))];
    futures::future::join_all(futures).await.into_iter().sum()
}

#[nonblocking]
async fn streams() -> usize {
    futures::stream::iter(0..4).map(|n| async move { n }).buffer_unordered(2).count().await
}

#[nonblocking]
async fn flume_async(receiver: flume::Receiver<u8>, sender: flume::Sender<u8>) -> u8 {
    sender.send_async(1).await.unwrap();
    receiver.recv_async().await.unwrap()
}

#[nonblocking]
async fn futures_channel() -> Option<u8> {
    let (sender, mut receiver) = futures::channel::mpsc::unbounded();
    sender.unbounded_send(1).unwrap();
    receiver.next().await
}

#[nonblocking]
async fn device(device: &vendored::Device) -> bool {
    device.ready().await
}

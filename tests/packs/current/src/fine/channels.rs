use workflows_runtime::nonblocking;

use std::time::Duration;

#[nonblocking(known_blocking)]
pub async fn senders(a: crossbeam_channel::Sender<u8>, b: flume::Sender<u8>, c: crossbeam::channel::Sender<u8>) {
    a.send(1).unwrap();
    b.send(1).unwrap();
    c.try_send(1).unwrap();
    b.send_async(1).await.unwrap();
}

#[nonblocking(known_blocking)]
pub async fn receivers(
    a: crossbeam_channel::Receiver<u8>,
    b: flume::Receiver<u8>,
    c: tokio::sync::mpsc::Receiver<u8>,
) -> usize {
    let mut c = c;
    let n = a.try_recv().is_ok() as usize + a.try_iter().count() + b.drain().count() + b.try_iter().count();
    let m = b.recv_async().await.unwrap() as usize + c.recv().await.unwrap() as usize;
    n + m + a.len() + b.len()
}

/// A worker for each receiver.
#[derive(Default)]
pub struct Workers(Vec<flume::Receiver<u8>>);

impl Workers {
    pub fn extend(&mut self, rx: flume::Receiver<u8>) {
        self.0.push(rx);
    }
}

#[nonblocking(known_blocking)]
pub async fn handed(a: crossbeam_channel::Receiver<u8>, b: flume::Receiver<u8>, mut workers: Workers) -> usize {
    let mut all = Vec::from_iter(a.try_iter());
    all.extend(b.drain().chain(b.try_iter()));
    let joined = std::iter::once(1).chain(a);
    workers.extend(b);
    let task = tokio::task::spawn_blocking(move || joined.count());
    all.len() + task.await.unwrap()
}

#[nonblocking(known_blocking)]
pub async fn locks(a: &parking_lot::Mutex<u8>, b: &parking_lot::RwLock<u8>, c: &parking_lot::Condvar) -> u8 {
    c.notify_one();
    let n = *a.lock() + *b.read();
    *b.write() += 1;
    tokio::sync::Notify::new().notify_one();
    n + a.try_lock_for(Duration::ZERO).map_or(1, |n| *n)
}

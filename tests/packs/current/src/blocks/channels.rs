use workflows_runtime::nonblocking;

use crossbeam::sync::{Parker, WaitGroup};
use std::time::Duration;

#[nonblocking(known_blocking)]
pub async fn crossbeams(rx: crossbeam_channel::Receiver<u8>, again: crossbeam::channel::Receiver<u8>) -> u8 {
    let mut n = rx.recv().unwrap(); //~ BLOCKS
    n += rx.recv_timeout(Duration::ZERO).unwrap_or(0); //~ BLOCKS
    for item in &rx { //~ BLOCKS
        n += item;
    }
    let all: Vec<u8> = rx.iter().collect(); //~ BLOCKS
    let items = again.into_iter();
    n += items.map(|n| n + 1).sum::<u8>(); //~ BLOCKS
    n + all.len() as u8
}

#[nonblocking(known_blocking)]
pub async fn handed(rx: crossbeam_channel::Receiver<u8>, other: flume::Receiver<u8>, names: Vec<String>) -> usize {
    let mut all = Vec::from_iter(&rx); //~ BLOCKS
    all.extend(&other); //~ BLOCKS
    for (name, n) in names.iter().zip(&rx) { //~ BLOCKS
        all.push(name.len() as u8 + n);
    }
    let items = other.into_iter();
    all.extend(items.map(|n| n + 1)); //~ BLOCKS
    let both = std::iter::once(1).chain(rx);
    all.len() + both.count() //~ BLOCKS
}

#[nonblocking(known_blocking)]
pub async fn selected(mut select: crossbeam_channel::Select<'_>, group: WaitGroup, parker: &Parker) -> usize {
    let n = select.ready(); //~ BLOCKS
    group.wait(); //~ BLOCKS
    parker.park(); //~ BLOCKS
    crossbeam::thread::scope(|s| drop(s.spawn(|_| 1))).unwrap(); //~ BLOCKS
    n
}

#[nonblocking(known_blocking)]
pub async fn flumes(rx: &flume::Receiver<u8>, select: flume::Selector<'_, u8>) -> u8 {
    let n = rx.recv().unwrap(); //~ BLOCKS
    let m = rx.recv_timeout(Duration::ZERO).unwrap_or(1); //~ BLOCKS
    for item in rx.iter() { //~ BLOCKS
        drop(item);
    }
    let all = rx.iter();
    let k = all.take(3).count() as u8; //~ BLOCKS
    n + m + k + select.wait() //~ BLOCKS
}

#[nonblocking(known_blocking)]
pub async fn others(rx: oneshot::Receiver<u8>, ready: &parking_lot::Condvar, lock: &parking_lot::Mutex<bool>) -> u8 {
    {
        let mut guard = lock.lock();
        ready.wait(&mut guard); //~ BLOCKS
        ready.wait_for(&mut guard, Duration::ZERO); //~ BLOCKS
        ready.wait_while(&mut guard, |is| !*is); //~ BLOCKS
    }
    rx.recv().unwrap() //~ BLOCKS
}

//! Ordinary synchronous code.

use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap, VecDeque},
    env, fmt,
    net::{IpAddr, SocketAddr},
    rc::Rc,
    sync::{Arc, LazyLock, Mutex, OnceLock, RwLock, atomic::AtomicU32, mpsc},
    time::{Instant, SystemTime},
};
use workflows_runtime::nonblocking;

static NAMES: LazyLock<HashMap<&'static str, u32>> = LazyLock::new(|| HashMap::from([("one", 1)]));
static LIMIT: OnceLock<u32> = OnceLock::new();
thread_local! {
    static COUNT: Cell<u32> = const { Cell::new(0) };
    static LIST: RefCell<Vec<u32>> = RefCell::new(vec![1]);
}

#[nonblocking]
async fn short_locks(mutex: &Mutex<u8>, lock: &RwLock<u8>) -> u8 {
    locked(mutex, lock)
}
fn locked(mutex: &Mutex<u8>, lock: &RwLock<u8>) -> u8 {
    *lock.write().unwrap() += 1;
    *mutex.lock().unwrap() + *lock.read().unwrap()
}

#[nonblocking]
async fn locks_of_crate(mutex: &parking_lot::Mutex<u8>, lock: &parking_lot::RwLock<u8>) -> u8 {
    *mutex.lock() + *lock.read()
}

#[nonblocking]
async fn lazy_values() -> u32 {
    NAMES["one"] + LIMIT.get_or_init(|| 4)
}

static OF_CRATE: once_cell::sync::Lazy<String> = once_cell::sync::Lazy::new(|| "text".repeat(2));
#[nonblocking]
async fn lazy_of_crate() -> usize {
    OF_CRATE.len()
}

#[nonblocking]
async fn thread_locals() -> u32 {
    COUNT.set(COUNT.get() + 1);
    LIST.with_borrow_mut(|list| list.push(2));
    COUNT.get()
}

#[nonblocking]
async fn channels_without_waiting(receiver: &mpsc::Receiver<u8>, sender: &mpsc::Sender<u8>) -> Option<u8> {
    sender.send(1).unwrap();
    receiver.try_iter().count();
    receiver.try_recv().ok()
}

#[nonblocking]
async fn bounded_without_waiting(sender: &mpsc::SyncSender<u8>) -> bool {
    sender.try_send(1).is_ok()
}

#[nonblocking]
async fn channels_of_crate(receiver: &crossbeam_channel::Receiver<u8>, sender: &crossbeam_channel::Sender<u8>) -> u8 {
    sender.send(1).unwrap();
    receiver.try_recv().unwrap_or_default()
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Record {
    name: String,
    tags: Vec<String>,
    score: Option<f64>,
}
#[nonblocking]
async fn json() -> Result<String, serde_json::Error> {
    let record: Record = serde_json::from_str(r#"{"name":"a","tags":[],"score":1.5}"#)?;
    let same: Record = serde_json::from_reader(&serde_json::to_vec(&record)?[..])?;
    serde_json::to_string_pretty(&[record, same])
}

#[nonblocking]
async fn collections() -> usize {
    let mut map: BTreeMap<String, VecDeque<u8>> = BTreeMap::new();
    map.entry("a".to_owned()).or_default().push_back(1);
    let mut list: Vec<_> = map.into_iter().collect();
    list.sort_by(|a, b| b.0.cmp(&a.0));
    list.iter().flat_map(|(_, bytes)| bytes).filter(|byte| **byte > 0).count()
}

#[nonblocking]
async fn text() -> Result<IpAddr, std::net::AddrParseError> {
    let address: SocketAddr = "127.0.0.1:80".parse()?;
    Ok(address.ip())
}

#[nonblocking]
async fn clock_and_environment() -> bool {
    let start = Instant::now();
    SystemTime::now() > SystemTime::UNIX_EPOCH && start.elapsed().as_nanos() > 0 && env::var("HOME").is_ok()
}

#[nonblocking]
async fn shared_values() -> usize {
    let shared = Arc::new(vec![1_u8; 8]);
    let other = Arc::clone(&shared);
    let local = Rc::new(RefCell::new(Cow::Borrowed("a")));
    local.borrow_mut().to_mut().push('b');
    drop(shared);
    Arc::try_unwrap(other).map_or(0, |bytes| bytes.len())
}

#[nonblocking]
async fn panics(list: &[u32]) -> u32 {
    assert!(!list.is_empty(), "empty: {list:?}");
    let first = list.first().expect("one");
    std::panic::catch_unwind(|| 1).unwrap_or_else(|_| unreachable!("no panic")) + list[0] + first
}

struct Noisy;
impl Drop for Noisy {
    fn drop(&mut self) {
        COUNT.set(0);
    }
}
#[nonblocking]
async fn destructors() -> usize {
    let list = vec![Noisy, Noisy];
    tokio::task::yield_now().await;
    list.len()
}

#[derive(Debug)]
struct Broken;
impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("broken")
    }
}
impl std::error::Error for Broken {}
#[nonblocking]
async fn errors() -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    let error: Box<dyn std::error::Error + Send + Sync> = Box::new(Broken);
    if error.to_string().is_empty() { Err(error) } else { Ok(1) }
}

#[nonblocking]
async fn atomics() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

#[nonblocking]
async fn closures_in_boxes() -> u32 {
    let jobs: Vec<Box<dyn FnOnce() -> u32 + Send>> = vec![Box::new(|| 1), Box::new(|| 2)];
    jobs.into_iter().map(|job| job()).sum()
}

#[nonblocking]
async fn any_value() -> usize {
    let value: Box<dyn std::any::Any + Send> = Box::new(String::from("a"));
    value.downcast::<String>().map_or(0, |text| text.len())
}

#[nonblocking]
async fn hashes() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one("key")
}

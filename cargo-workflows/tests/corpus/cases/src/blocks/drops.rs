//! Destructors.

use std::{fs, thread};
use workflows_runtime::nonblocking;

struct Lock(&'static str);
impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.0); //~ dropped_guard: drop, std::fs::remove_file; dropped_field: drop, std::fs::remove_file; dropped_list: drop, std::fs::remove_file; dropped_object: drop, std::fs::remove_file; dropped_on_error: drop, std::fs::remove_file; explicit_drop: drop, std::fs::remove_file; held_across_await: drop, std::fs::remove_file; replaced_value: drop, std::fs::remove_file
    }
}

#[nonblocking]
async fn dropped_guard() -> u32 {
    let _lock = Lock("a");
    1
}

struct Session {
    _name: String,
    _lock: Option<Lock>,
}
#[nonblocking]
async fn dropped_field(session: Session) -> usize {
    session._name.len()
}

#[nonblocking]
async fn dropped_list(mut locks: Vec<Lock>) -> usize {
    locks.truncate(1);
    locks.len()
}

trait Held {
    fn name(&self) -> &str;
}
impl Held for Lock {
    fn name(&self) -> &str {
        self.0
    }
}
#[nonblocking]
async fn dropped_object() -> usize {
    let held: Box<dyn Held> = Box::new(Lock("b"));
    held.name().len()
}

#[nonblocking]
async fn dropped_on_error(text: &str) -> Result<u32, std::num::ParseIntError> {
    guarded(text)
}
fn guarded(text: &str) -> Result<u32, std::num::ParseIntError> {
    let lock = Lock("c");
    let number = text.parse()?;
    std::mem::forget(lock);
    Ok(number)
}

#[nonblocking]
async fn explicit_drop(lock: Lock) {
    drop(lock);
}

#[nonblocking]
async fn held_across_await() {
    let _lock = Lock("d");
    tokio::task::yield_now().await;
}

#[nonblocking]
async fn replaced_value(slot: &mut Option<Lock>) {
    *slot = None;
}

struct Worker(Option<thread::JoinHandle<()>>);
impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            let _ = handle.join(); //~ joined_on_drop: drop, join
        }
    }
}
#[nonblocking]
async fn joined_on_drop(worker: Worker) -> bool {
    worker.0.is_some()
}

#[nonblocking]
async fn temporary_folder(folder: tempfile::TempDir) -> usize {
    folder.path().as_os_str().len()
} //~ temporary_folder: drop, std::fs::remove_dir_all

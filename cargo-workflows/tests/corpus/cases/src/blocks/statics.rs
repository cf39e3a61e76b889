//! Code that runs on the first use of a value.

use std::{
    cell::RefCell,
    fs,
    sync::{LazyLock, Once, OnceLock},
};
use workflows_runtime::nonblocking;

static CONFIG: LazyLock<String> = LazyLock::new(|| read_config("config"));
fn read_config(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default() //~ lazy_lock: read_config, std::fs::read_to_string; once_lock: read_config, std::fs::read_to_string; thread_local: read_config, std::fs::read_to_string; once: read_config, std::fs::read_to_string; lazy_of_crate: read_config, std::fs::read_to_string; lazy_behind_helper: read_config, std::fs::read_to_string
}
#[nonblocking]
async fn lazy_lock() -> usize {
    CONFIG.len()
}

#[nonblocking]
async fn lazy_behind_helper() -> bool {
    is_configured()
}
fn is_configured() -> bool {
    !CONFIG.is_empty()
}

static ONCE_LOCK: OnceLock<String> = OnceLock::new();
#[nonblocking]
async fn once_lock() -> usize {
    cached().len()
}
fn cached() -> &'static str {
    ONCE_LOCK.get_or_init(|| read_config("cached"))
}

thread_local! {
    static PER_THREAD: RefCell<String> = RefCell::new(read_config("thread"));
}
#[nonblocking]
async fn thread_local() -> usize {
    PER_THREAD.with_borrow(String::len)
}

static ONCE: Once = Once::new();
#[nonblocking]
async fn once() {
    ONCE.call_once(|| {
        read_config("once");
    });
}

static LAZY: once_cell::sync::Lazy<String> = once_cell::sync::Lazy::new(|| read_config("lazy"));
#[nonblocking]
async fn lazy_of_crate() -> usize {
    LAZY.len()
}

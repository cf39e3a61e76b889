//! Helpers in another crate of the workspace.

use std::{io::Read, path::Path, time::Duration};

pub fn load(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default() //~ other_crate: load, std::fs::read_to_string; renamed_import: load, std::fs::read_to_string
}

pub fn load_all<R: Read>(mut reader: R) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = reader.read_to_end(&mut bytes); //~ generic_of_other_crate: load_all, read_to_end
    bytes
}

pub trait Store {
    fn get(&self, key: &str) -> Option<String>;

    /// Calls a method of the type that implements the trait.
    fn get_or_empty(&self, key: &str) -> String {
        self.get(key).unwrap_or_default()
    }
}

pub struct Folder;

impl Store for Folder {
    fn get(&self, key: &str) -> Option<String> {
        std::fs::read_to_string(key).ok() //~ default_method: get_or_empty, get, std::fs::read_to_string; object_of_other_crate: get, std::fs::read_to_string
    }
}

pub struct Memory;

impl Store for Memory {
    fn get(&self, key: &str) -> Option<String> {
        Some(key.to_owned())
    }
}

pub async fn exists(path: &Path) -> bool {
    path.exists() //~ async_fn_of_other_crate: exists, exists
}

#[macro_export]
macro_rules! nap {
    ($millis:expr) => {
        std::thread::sleep(std::time::Duration::from_millis($millis))
    };
}

/// A pool of the user's own, which runs jobs on its thread.
pub struct Pool;

impl Pool {
    pub fn run<T>(&self, job: impl FnOnce() -> T) -> T {
        job()
    }
}

pub fn wait() {
    std::thread::sleep(Duration::from_millis(1)); //~ sleep_in_other_crate: wait, std::thread::sleep
}

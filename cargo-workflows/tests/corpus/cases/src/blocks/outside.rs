//! Other crates, and C.

use rayon::prelude::*;
use workflows_runtime::nonblocking;

#[nonblocking]
async fn c_function() {
    vendored::pause(); //~ c_function: usleep
}

#[nonblocking]
async fn c_library(statement: vendored::Statement) -> i32 {
    stepped(statement)
}
fn stepped(mut statement: vendored::Statement) -> i32 {
    statement.step() //~ c_library: stepped, sqlite3_step
}

#[nonblocking]
async fn std_below_dependency() -> usize {
    cached()
}
fn cached() -> usize {
    vendored::cache().len() //~ std_below_dependency: cached, cache, std::fs::read
}

#[nonblocking]
async fn rule_of_package(device: vendored::Device) -> bool {
    ready(&device)
}
fn ready(device: &vendored::Device) -> bool {
    device.wait_ready() //~ rule_of_package: ready, vendored::Device::wait_ready
}

#[nonblocking]
async fn parallel_iterator(numbers: Vec<u64>) -> u64 {
    summed(&numbers)
}
fn summed(numbers: &[u64]) -> u64 {
    numbers.par_iter().map(|number| number * 2).sum() //~ parallel_iterator: summed, rayon
}

#[nonblocking]
async fn parallel_join() -> (u8, u8) {
    both()
}
fn both() -> (u8, u8) {
    rayon::join(|| 1, || 2) //~ parallel_join: both, rayon
}

#[nonblocking]
async fn walk_of_folder() -> usize {
    files("folder")
}
fn files(path: &str) -> usize {
    walkdir::WalkDir::new(path).into_iter().filter_map(Result::ok).count() //~ walk_of_folder: files, fold
}

#[nonblocking]
async fn temporary_file() -> bool {
    temporary()
}
fn temporary() -> bool {
    tempfile::NamedTempFile::new().is_ok() //~ temporary_file: temporary, tempfile::NamedTempFile::new; temporary_file: temporary, drop, std::fs::remove_file
}

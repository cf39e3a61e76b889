//! Futures and closures that a method of a trait makes.

use async_trait::async_trait;
use std::{fs, pin::Pin, sync::Arc};
use workflows_runtime::nonblocking;

type Boxed<'a> = Pin<Box<dyn Future<Output = u64> + Send + 'a>>;

trait Measure: Send + Sync {
    fn measure(&self) -> Boxed<'_>;
    fn held(&self) -> Boxed<'_>;
    fn measurer(&self) -> Box<dyn Fn(&str) -> u64 + Send>;
}
struct OnDisk;
impl Measure for OnDisk {
    fn measure(&self) -> Boxed<'_> {
        Box::pin(async { length("size") })
    }
    fn held(&self) -> Boxed<'_> {
        let held = Held;
        Box::pin(async move {
            let _held = held;
            1
        })
    }
    fn measurer(&self) -> Box<dyn Fn(&str) -> u64 + Send> {
        Box::new(|path| fs::metadata(path).map_or(0, |found| found.len())) //~ closure_of_a_trait_method: measurer, std::fs::metadata
    }
}
fn length(path: &str) -> u64 {
    fs::read(path).map_or(0, |bytes| bytes.len() as u64) //~ future_of_a_trait_method: measure, length, std::fs::read
}
struct Held;
impl Drop for Held {
    fn drop(&mut self) {
        let _ = fs::remove_file("held"); //~ dropped_future_of_a_trait_method: drop, std::fs::remove_file
    }
}
#[nonblocking]
async fn future_of_a_trait_method() -> u64 {
    OnDisk.measure().await
}
#[nonblocking]
async fn closure_of_a_trait_method() -> u64 {
    let measurer = OnDisk.measurer();
    measurer("size")
}
#[nonblocking]
async fn dropped_future_of_a_trait_method() {
    drop(OnDisk.held());
}

#[async_trait]
trait Client: Send + Sync {
    async fn fetch(&self, path: &str) -> Vec<u8>;
}
struct Local;
#[async_trait]
impl Client for Local {
    async fn fetch(&self, path: &str) -> Vec<u8> {
        fs::read(path).unwrap_or_default() //~ object_of_an_async_trait: fetch, std::fs::read
    }
}
#[nonblocking]
async fn object_of_an_async_trait(client: Arc<dyn Client>) -> usize {
    client.fetch("size").await.len()
}
fn client() -> Arc<dyn Client> {
    Arc::new(Local)
}

//! A synchronous HTTP client in an async step: while the call waits for a slow server, another run
//! on the same thread keeps ticking.
//! Run it: `cargo run --example blocking_http`.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};
use workflows_runtime::prelude::*;

#[workflow]
struct Fetch;

#[workflow]
impl Fetch {
    #[step]
    async fn fetch(&self, Start(url): Start<String>) -> StepResult<Stop<String>> {
        // Without `#[blocking(io)]`, the call would stall the ticker, and the server would wait forever.
        #[blocking(io)]
        let page = ureq::get(&url).call()?.body_mut().read_to_string()?;
        Ok(Stop(page))
    }
}

#[event]
struct Tick;

#[workflow]
struct Ticker {
    ticks: Arc<AtomicU32>,
}

#[workflow]
impl Ticker {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> Tick {
        Tick
    }

    /// Ticks until its run is cancelled.
    #[step]
    async fn tick(&self, _: Tick) -> OneOf<Tick, Stop<()>> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.ticks.fetch_add(1, Ordering::SeqCst);
        Tick.emit()
    }
}

/// Answers one request, after the ticker has made a hundred ticks.
fn slow_server(ticks: Arc<AtomicU32>) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || -> std::io::Result<()> {
        let (mut stream, _) = listener.accept()?;
        stream.read_exact(&mut [0; 16])?;
        let since = ticks.load(Ordering::SeqCst);
        while ticks.load(Ordering::SeqCst) < since + 100 {
            thread::yield_now();
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\nconnection: close\r\n\r\nhello, slow")
    });
    Ok(address)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ticks = Arc::new(AtomicU32::new(0));
    let ticker = Ticker { ticks: Arc::clone(&ticks) }.run(()).start();
    let address = slow_server(Arc::clone(&ticks))?;
    println!("the server says: {}", Fetch.run(format!("http://{address}/")).await?);
    assert!(ticks.load(Ordering::SeqCst) >= 100);
    println!("the ticker never missed a beat");
    ticker.cancel();
    Ok(())
}

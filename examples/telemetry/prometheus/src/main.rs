//! Serves the metrics of runs and pools where Prometheus fetches them: `curl localhost:9464/metrics`.
//!
//! Run it: `cargo run -p prometheus`, with another port as the first argument.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{env, error::Error};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use workflows_runtime::{metrics, prelude::*};

#[event]
struct Page {
    number: u32,
}

#[event]
struct Words {
    count: usize,
}

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn split(&self, Start(pages): Start<u32>) -> Vec<Page> {
        (0..pages).map(|number| Page { number }).collect()
    }

    /// The first attempt of each page fails.
    #[step(workers = 4, retry = Retry::immediate())]
    async fn fetch(&self, ctx: &Context<Self>, page: Page) -> StepResult<Words> {
        if ctx.attempt().number == 1 {
            return Err("connection reset".into());
        }
        Ok(Words { count: words_of(format!("page {}", page.number)).await })
    }

    #[step]
    async fn sum(&self, all: Vec<Words>) -> Stop<usize> {
        Stop(all.iter().map(|words| words.count).sum())
    }
}

#[blocking(cpu)]
fn words_of(text: String) -> usize {
    text.split(' ').count()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Histograms instead of summaries, so the latencies of several processes can be added.
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &[0.001, 0.01, 0.1, 1.0, 10.0])?
        .install_recorder()?;
    metrics::describe();

    println!("{} words", Count.run(3).await?);

    let port = env::args().nth(1).unwrap_or_else(|| "9464".to_owned()).parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}/metrics", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        if let Err(error) = answer(stream, &recorder).await {
            eprintln!("{error}");
        }
    }
}

async fn answer(mut stream: TcpStream, recorder: &PrometheusHandle) -> std::io::Result<()> {
    let mut lines = BufReader::new(&mut stream).lines();
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    recorder.run_upkeep();
    let text = recorder.render();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(text.as_bytes()).await
}

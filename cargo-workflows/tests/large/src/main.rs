//! A service that fetches, stores and serves pages.

mod server;
mod store;

use chrono::{DateTime, Utc};
use clap::Parser;
use regex::Regex;
use serde::Deserialize;
use std::{io::Cursor, sync::Arc};
use tracing_subscriber::EnvFilter;
use url::Url;
use uuid::Uuid;
use workflows_runtime::prelude::*;

#[derive(Parser)]
struct Options {
    /// The addresses of the pages.
    pages: Vec<Url>,
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Feed {
    title: String,
    #[serde(default)]
    updated: Option<DateTime<Utc>>,
}

#[event]
struct Page {
    url: String,
    text: String,
}

#[event]
struct Entry {
    id: Uuid,
    title: String,
}

/// Fetches pages, and stores their titles.
#[workflow]
struct Index {
    client: reqwest::Client,
    store: Arc<store::Store>,
}

#[workflow]
impl Index {
    #[step]
    async fn plan(&self, Start(pages): Start<Vec<String>>) -> StepResult<Vec<Page>> {
        let mut found = Vec::new();
        for url in pages {
            let text = self.client.get(&url).send().await?.error_for_status()?.text().await?;
            found.push(Page { url, text });
        }
        Ok(found)
    }

    #[step(workers = 4)]
    async fn parse(&self, page: Page) -> StepResult<Entry> {
        let title = title_of(&page.text).unwrap_or(page.url);
        Ok(Entry { id: Uuid::new_v4(), title })
    }

    #[step]
    async fn save(&self, entries: Vec<Entry>) -> StepResult<Stop<usize>> {
        for entry in &entries {
            self.store.remember(entry.id, &entry.title).await?;
        }
        Ok(Stop(entries.len()))
    }
}

fn title_of(text: &str) -> Option<String> {
    if let Ok(feed) = serde_json::from_str::<Feed>(text) {
        return Some(feed.title);
    }
    if let Ok(feed) = toml::from_str::<Feed>(text) {
        let age = feed.updated.map(|updated| Utc::now() - updated);
        return Some(format!("{} {age:?}", feed.title));
    }
    if let Ok(feed) = serde_yaml_ng::from_str::<Feed>(text) {
        return Some(feed.title);
    }
    let pattern = Regex::new("<title>(.*?)</title>").ok()?;
    Some(pattern.captures(text)?.get(1)?.as_str().to_owned())
}

#[event]
struct Archive {
    names: Vec<String>,
}

/// Lists archives in memory.
#[workflow]
struct Unpack;

#[workflow]
impl Unpack {
    #[step]
    async fn open(&self, Start(bytes): Start<Vec<u8>>) -> StepResult<Archive> {
        let mut names = Vec::new();
        if let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(&bytes)) {
            for number in 0..archive.len() {
                names.push(archive.by_index(number)?.name().to_owned());
            }
        } else {
            for entry in tar::Archive::new(Cursor::new(&bytes)).entries()? {
                names.push(entry?.path()?.display().to_string());
            }
        }
        Ok(Archive { names })
    }

    #[step]
    async fn check(&self, archive: Archive) -> Stop<bool> {
        Stop(archive.names.iter().any(|name| store::is_below_home(name)))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env()).init();
    let options = Options::parse();
    let store = Arc::new(store::Store::connect().await?);
    let index = Index { client: reqwest::Client::new(), store };
    println!("{}", index.run(options.pages.iter().map(Url::to_string).collect()).await?);
    println!("{}", Unpack.run(Vec::new()).await?);
    server::serve(&options.listen).await
}

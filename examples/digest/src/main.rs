//! Extracts key terms from all text files in a folder: reads the files, weights their words by tf-idf,
//! and prints the key terms of each file and of the folder. Then it measures how long the blocking
//! work stalls the async executor with and without `#[blocking]`.
//! Run it: `cargo run --release -p digest [--watch] [FOLDER]`. With `--watch`, a table of the steps is shown while it works.

mod compare;
mod digest;
mod text;

use digest::{Digest, Progress};
use indicatif::ProgressBar;
use std::{cmp::Reverse, env, path::Path, path::PathBuf, process};
use text::{Document, Report, Skipped};
use workflows_runtime::{Executors, prelude::*};

// One thread runs all async code of this program, so any blocking code in it stalls everything else.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (mut folder, mut is_watched) = (PathBuf::from("."), false);
    for argument in env::args_os().skip(1) {
        if argument == "--watch" {
            is_watched = true;
        } else {
            folder = argument.into();
        }
    }
    let digested = if is_watched { watched(folder.clone()).await } else { digest(folder.clone()).await };
    match digested {
        Ok(report) => print(report, &folder),
        Err(error) => {
            eprintln!("digest: {}: {error}", folder.display());
            process::exit(1)
        }
    }
    match compare::measure(&folder).await {
        Ok(table) => println!("\n{table}"),
        Err(error) => {
            eprintln!("digest: {}: {error}", folder.display());
            process::exit(1)
        }
    }
}

async fn digest(folder: PathBuf) -> Result<Report, RunError> {
    let bar = ProgressBar::no_length();
    let run = Digest.run(folder).start();
    let mut events = run.events();
    while let Some(event) = events.next().await {
        match event {
            RunEvent::Published(Progress::Found(files)) => bar.set_length(files as u64),
            RunEvent::Published(Progress::Read(files)) => bar.inc(files as u64),
            _ => {}
        }
    }
    bar.finish_and_clear();
    run.await
}

/// Shows the steps and the executors instead of a bar.
async fn watched(folder: PathBuf) -> Result<Report, RunError> {
    let executors = Executors::builder().build().expect("the default numbers of threads are valid");
    let run = Digest.run(folder).executors(&executors).step_events(true).start();
    if let Err(error) = workflows_tui::watch(&run).executors(&executors).await {
        eprintln!("digest: the run is not shown: {error}");
    }
    run.await
}

fn print(report: Report, folder: &Path) {
    let Report { mut documents, overall, skipped } = report;
    let name = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace(char::is_control, "?");
    documents.sort_by_key(|Document(_, length, _)| Reverse(*length));
    for Document(path, length, key_terms) in documents.iter().take(12) {
        println!("{length:>7}  {key_terms:<48}  {}", name(path));
    }
    println!("overall  {overall:<48}  {} documents", documents.len());
    for Skipped(path, why) in skipped.iter().take(8) {
        println!("skipped  {why:<48}  {}", name(path));
    }
    println!("{} skipped", skipped.len());
}

//! Digests the folder three times over: without a workflow, with the blocking work in the async steps,
//! and with the steps of [`Digest`]. A ticker on the same executor measures its longest stall.

use crate::digest::{Digest, Files, Texts, Unread, Words};
use crate::text::{self, Report};
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{error::Error, fmt};
use tokio::time::{MissedTickBehavior, interval};
use workflows_runtime::prelude::*;
use workflows_runtime::{Run, allow_blocking};

/// [`Digest`], but all steps block the executor.
#[workflow]
struct InPlace;

#[workflow]
impl InPlace {
    #[step]
    async fn list(&self, Start(folder): Start<PathBuf>) -> StepResult<Vec<Files>> {
        let batches = allow_blocking!(text::list(&folder), "shows what `#[blocking]` is for")?;
        Ok(batches.into_iter().map(Files).collect())
    }

    #[step(workers = 4)]
    async fn read(&self, Files(batch): Files) -> (Texts, Unread) {
        let (texts, skipped) = allow_blocking!(text::read(batch), "shows what `#[blocking]` is for");
        (Texts(texts), Unread(skipped))
    }

    #[step(workers = 64)]
    async fn count(&self, Texts(texts): Texts) -> Words {
        Words(texts.into_iter().map(text::count).collect())
    }

    #[step]
    async fn score(&self, words: Vec<Words>, unread: Vec<Unread>) -> Stop<Report> {
        let counted: Vec<_> = words.into_iter().flat_map(|Words(counted)| counted).collect();
        let skipped = unread.into_iter().flat_map(|Unread(skipped)| skipped).collect();
        Stop(text::score(&counted, skipped))
    }
}

/// Each figure is the median of this many rounds, or of one where a round takes long.
const ROUNDS: usize = 5;
const LONG: Duration = Duration::from_secs(1);

/// Measures all three ways in turn, so none has a warmer file cache than the others.
pub async fn measure(folder: &Path) -> Result<Table, Box<dyn Error + Send + Sync>> {
    let mut rounds = Vec::new();
    let begun = Instant::now();
    while rounds.len() < ROUNDS && (rounds.is_empty() || begun.elapsed() < LONG) {
        let alone = one_at_a_time(folder)?;
        let in_place = watched(InPlace.run(folder.to_owned())).await?;
        let on_threads = watched(Digest.run(folder.to_owned())).await?;
        rounds.push([Watched { total: alone, stall: alone }, in_place, on_threads]);
    }
    Ok(Table([0, 1, 2].map(|way| Watched {
        total: median(rounds.iter().map(|round| round[way].total)),
        stall: median(rounds.iter().map(|round| round[way].stall)),
    })))
}

#[derive(Clone, Copy)]
struct Watched {
    total: Duration,
    /// The longest time that the executor ran nothing else.
    stall: Duration,
}

/// Runs a workflow while a ticker measures the stalls.
async fn watched<W>(run: Run<W>) -> Result<Watched, RunError>
where
    W: Workflow<Output = Report>,
{
    let begun = Instant::now();
    let mut run = run.start();
    let mut ticker = interval(TICK);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stall = Duration::ZERO;
    let mut last = begun;
    loop {
        tokio::select! {
            biased;
            report = &mut run => {
                drop(report?);
                let total = begun.elapsed();
                return Ok(Watched { total, stall: stall.max(last.elapsed().saturating_sub(TICK)) });
            }
            _ = ticker.tick() => {
                stall = stall.max(last.elapsed().saturating_sub(TICK));
                last = Instant::now();
            }
        }
    }
}

const TICK: Duration = Duration::from_millis(1);

fn one_at_a_time(folder: &Path) -> Result<Duration, Box<dyn Error + Send + Sync>> {
    let begun = Instant::now();
    let mut counted = Vec::new();
    let mut skipped = Vec::new();
    for path in text::list(folder)?.into_iter().flatten() {
        let (texts, unread) = text::read(vec![path]);
        counted.extend(texts.into_iter().map(text::count));
        skipped.extend(unread);
    }
    drop(text::score(&counted, skipped));
    Ok(begun.elapsed())
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// The times without a workflow, with blocking async steps, and with blocking steps on threads.
pub struct Table([Watched; 3]);

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([alone, in_place, on_threads]) = self;
        let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
        writeln!(f, "{:<36}{:>12}{:>16}", "", "total", "longest stall")?;
        writeln!(f, "{:<36}{:>12}{:>16}", "one file at a time, no workflow", ms(alone.total), "-")?;
        writeln!(f, "{:<36}{:>12}{:>16}", "workflow, blocking in async steps", ms(in_place.total), ms(in_place.stall))?;
        write!(f, "{:<36}{:>12}{:>16}", "workflow, #[blocking] steps", ms(on_threads.total), ms(on_threads.stall))
    }
}

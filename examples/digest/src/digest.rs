//! The workflow: list the files, read them in batches, count their words, and score them together.

use crate::text::{self, Batch, Counted, Report, Skipped, Text};
use std::path::PathBuf;
use workflows_runtime::prelude::*;

#[event]
pub struct Files(pub Batch);
#[event]
pub struct Texts(pub Vec<Text>);
#[event]
pub struct Words(pub Vec<Counted>);
#[event]
pub struct Unread(pub Vec<Skipped>);
#[event]
pub enum Progress {
    Found(usize),
    Read(usize),
}

#[workflow(stream = Progress)]
pub struct Digest;

#[workflow]
impl Digest {
    /// Small files share a batch: a hop to another thread costs more than the words of one.
    #[step]
    #[blocking(io)]
    fn list(&self, ctx: &Context<Self>, Start(folder): Start<PathBuf>) -> StepResult<Vec<Files>> {
        let batches = text::list(&folder)?;
        ctx.publish(Progress::Found(batches.iter().map(Vec::len).sum()));
        Ok(batches.into_iter().map(Files).collect())
    }

    #[step(workers = 4)]
    #[blocking(io)]
    fn read(&self, ctx: &Context<Self>, Files(batch): Files) -> (Texts, Unread) {
        ctx.publish(Progress::Read(batch.len()));
        let (texts, skipped) = text::read(batch);
        (Texts(texts), Unread(skipped))
    }

    #[step(workers = 64)]
    #[blocking(cpu)]
    fn count(&self, Texts(texts): Texts) -> Words {
        Words(texts.into_iter().map(text::count).collect())
    }

    /// Gathers the words and the unread files of all batches.
    #[step]
    #[blocking(cpu)]
    fn score(&self, words: Vec<Words>, unread: Vec<Unread>) -> Stop<Report> {
        let counted: Vec<_> = words.into_iter().flat_map(|Words(counted)| counted).collect();
        let skipped = unread.into_iter().flat_map(|Unread(skipped)| skipped).collect();
        Stop(text::score(&counted, skipped))
    }
}

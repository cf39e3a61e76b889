//! The work itself: ordinary blocking code, without a workflow.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io, mem};
use walkdir::WalkDir;
use workflows_runtime::prelude::{Deserialize, Serialize};

/// Files that one step reads together, with up to [`BATCH`] bytes. A larger file has a batch of its own.
pub type Batch = Vec<PathBuf>;

const BATCH: u64 = 256 * 1024;

/// The batches of all files in the folder, except hidden ones and those in `target`.
pub fn list(folder: &Path) -> io::Result<Vec<Batch>> {
    fs::read_dir(folder)?;
    let walk = WalkDir::new(folder).min_depth(1).sort_by_file_name().into_iter();
    let walk = walk.filter_entry(|entry| !matches!(entry.file_name().as_encoded_bytes(), [b'.', ..] | b"target"));
    let mut batches = Vec::new();
    let mut batch = Vec::new();
    let mut bytes = 0;
    for entry in walk {
        // Keeps entries with unreadable metadata: reading them reports the error.
        let (path, size) = match entry {
            Ok(entry) => match entry.path().metadata() {
                Ok(metadata) if !metadata.is_file() => continue,
                Ok(metadata) => (entry.into_path(), metadata.len()),
                Err(_) => (entry.into_path(), 0),
            },
            Err(error) => match error.path() {
                Some(path) => (path.to_owned(), 0),
                None => continue,
            },
        };
        if bytes + size > BATCH && !batch.is_empty() {
            batches.push(mem::take(&mut batch));
            bytes = 0;
        }
        batch.push(path);
        bytes += size;
    }
    batches.push(batch);
    Ok(batches)
}

/// A run holds a copy of a step's input until the step returns. An `Arc` makes the copy of a large input cheap.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Text(PathBuf, Arc<String>);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Skipped(pub PathBuf, pub String);

/// Reads a batch. Files that are not UTF-8, or that cannot be read, are skipped with the reason.
pub fn read(batch: Batch) -> (Vec<Text>, Vec<Skipped>) {
    let mut texts = Vec::new();
    let mut skipped = Vec::new();
    for path in batch {
        match fs::read_to_string(&path) {
            Ok(text) => texts.push(Text(path, Arc::new(text))),
            Err(error) => skipped.push(Skipped(path, error.to_string())),
        }
    }
    (texts, skipped)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Counted(PathBuf, Arc<HashMap<String, u32>>);

pub fn count(Text(path, text): Text) -> Counted {
    let mut words = HashMap::new();
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| (3..24).contains(&word.len())) {
        *words.entry(word.to_lowercase()).or_default() += 1;
    }
    Counted(path, Arc::new(words))
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    pub documents: Vec<Document>,
    pub overall: String,
    pub skipped: Vec<Skipped>,
}

/// A file, the number of its words, and its key terms.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Document(pub PathBuf, pub u32, pub String);

/// The key terms of a document are frequent in it and rare in the others.
pub fn score(all: &[Counted], skipped: Vec<Skipped>) -> Report {
    let total: f64 = all.iter().map(|_| 1.0).sum();
    let mut found_in = HashMap::<_, f64>::new();
    for word in all.iter().flat_map(|Counted(_, words)| words.keys()) {
        *found_in.entry(word).or_default() += 1.0;
    }
    let mut overall = HashMap::<_, f64>::new();
    let documents = all.iter().map(|Counted(path, words)| {
        let length = words.values().sum();
        let scores = words.iter().map(|(word, times)| {
            let score = f64::from(*times) / f64::from(length) * f64::ln((total + 1.0) / found_in[word]);
            *overall.entry(word).or_default() += score;
            (word, score)
        });
        Document(path.clone(), length, top(scores))
    });
    Report { documents: documents.collect(), overall: top(overall), skipped }
}

fn top<'a>(scores: impl IntoIterator<Item = (&'a String, f64)>) -> String {
    let mut scores: Vec<_> = scores.into_iter().collect();
    scores.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| a.cmp(b)));
    scores.iter().take(5).map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(" ")
}

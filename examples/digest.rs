//! Extracts key terms from all text files in a folder: reads the files, weights their words by tf-idf,
//! and prints the key terms of each file and of the folder.
//! Run it: `cargo run --release --example digest [FOLDER]`.

use indicatif::ProgressBar;
use std::path::{Path, PathBuf};
use std::{cmp::Reverse, collections::HashMap, env, fs, io, process, time::Instant};
use walkdir::WalkDir;
use workflows_runtime::prelude::*;

#[event]
struct File(PathBuf);
#[event]
struct Text(PathBuf, String);
#[event]
struct Skipped(PathBuf, String);
#[event]
struct Counted(PathBuf, HashMap<String, u32>);
#[event]
struct Document(PathBuf, u32, String);
#[event]
struct Report {
    documents: Vec<Document>,
    overall: String,
    skipped: Vec<Skipped>,
}
#[event]
enum Progress {
    Found(usize),
    Read,
}

#[workflow(stream = Progress)]
struct Digest;

#[workflow]
impl Digest {
    #[step]
    #[blocking(io)]
    fn list(&self, ctx: &Context<Self>, Start(folder): Start<PathBuf>) -> StepResult<Vec<File>> {
        let files = files(&folder)?;
        ctx.publish(Progress::Found(files.len()));
        Ok(files)
    }

    #[step(workers = 8)]
    #[blocking(io)]
    fn read(&self, ctx: &Context<Self>, File(path): File) -> OneOf<Text, Skipped> {
        ctx.publish(Progress::Read);
        match fs::read_to_string(&path) {
            Ok(text) => Text(path, text).emit(),
            Err(error) => Skipped(path, error.to_string()).emit(),
        }
    }

    #[step(workers = 64)]
    #[blocking(cpu)]
    fn count(&self, Text(path, text): Text) -> Counted {
        let mut words = HashMap::new();
        for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| (3..24).contains(&word.len())) {
            *words.entry(word.to_lowercase()).or_default() += 1;
        }
        Counted(path, words)
    }

    /// The key terms of a document are frequent in it and rare in the others.
    #[step]
    #[blocking(cpu)]
    fn score(&self, all: Vec<Counted>, skipped: Vec<Skipped>) -> Stop<Report> {
        let total: f64 = all.iter().map(|_| 1.0).sum();
        let (mut found_in, mut overall) = (HashMap::<_, f64>::new(), HashMap::<_, f64>::new());
        for word in all.iter().flat_map(|Counted(_, words)| words.keys()) {
            *found_in.entry(word).or_default() += 1.0;
        }
        let documents = all.iter().map(|Counted(path, words)| {
            let length = words.values().sum();
            let scores = words.iter().map(|(word, times)| {
                let score = f64::from(*times) / f64::from(length) * f64::ln((total + 1.0) / found_in[word]);
                *overall.entry(word).or_default() += score;
                (word, score)
            });
            Document(path.clone(), length, top(scores))
        });
        Stop(Report { documents: documents.collect(), overall: top(overall), skipped })
    }
}

/// Measures the same work without a workflow: a step is an ordinary method.
fn one_at_a_time(folder: &Path) -> Duration {
    let begun = Instant::now();
    let read = |File(path)| fs::read_to_string(&path).ok().map(|text| Text(path, text));
    let texts = files(folder).into_iter().flatten().filter_map(read);
    drop(Digest.score(texts.map(|text| Digest.count(text)).collect(), Vec::new()));
    begun.elapsed()
}

/// All files in the folder, except hidden ones and those in `target`.
fn files(folder: &Path) -> io::Result<Vec<File>> {
    fs::read_dir(folder)?;
    let walk = WalkDir::new(folder).min_depth(1).sort_by_file_name().into_iter();
    let walk = walk.filter_entry(|entry| !matches!(entry.file_name().as_encoded_bytes(), [b'.', ..] | b"target"));
    let paths = walk.filter_map(|entry| match entry {
        // Keeps entries with unreadable metadata: reading them reports the error.
        Ok(entry) => entry.path().metadata().map_or(true, |it| it.is_file()).then(|| entry.into_path()),
        Err(error) => error.path().map(Path::to_owned),
    });
    Ok(paths.map(File).collect())
}

fn top<'a>(scores: impl IntoIterator<Item = (&'a String, f64)>) -> String {
    let mut scores: Vec<_> = scores.into_iter().collect();
    scores.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| a.cmp(b)));
    scores.iter().take(5).map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(" ")
}

#[tokio::main]
async fn main() {
    let folder = env::args_os().nth(1).map_or_else(|| ".".into(), PathBuf::from);
    let (bar, begun) = (ProgressBar::no_length(), Instant::now());
    let run = Digest.run(folder.clone()).start();
    let mut events = run.events();
    while let Some(event) = events.next().await {
        match event {
            RunEvent::Published(Progress::Found(files)) => bar.set_length(files as u64),
            RunEvent::Published(Progress::Read) => bar.inc(1),
            _ => {}
        }
    }
    bar.finish_and_clear();
    let report = run.await.unwrap_or_else(|error| {
        eprintln!("digest: {}: {error}", folder.display());
        process::exit(1)
    });
    let took = begun.elapsed();
    print(report, &folder);
    println!("took {took:.1?}, one file at a time {:.1?}", one_at_a_time(&folder));
}

fn print(Report { mut documents, overall, skipped }: Report, folder: &Path) {
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

//! Iterators that are handed over and do not wait, and receivers that no call takes items from.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fs::{File, ReadDir};
use std::io::{self, BufRead, BufReader, Read};
use std::iter;
use std::ops::Deref;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, TryIter};
use workflows_runtime::nonblocking;

type Lines = io::Lines<BufReader<File>>;

#[nonblocking]
pub async fn collections(v: Vec<u8>, text: &str, map: HashMap<String, u8>) -> usize {
    let mut queue = VecDeque::from_iter(&v);
    queue.extend(&v);
    let mut all = Vec::from_iter(v.iter().copied());
    all.extend(v);
    let mut s = String::from_iter(text.chars());
    s.extend(["a", "b"]);
    s.extend(text.split(',').map(|word| word.trim()));
    let sorted: BTreeMap<_, _> = FromIterator::from_iter(map);
    let mut both = (Vec::new(), HashSet::new());
    both.extend(iter::zip(0..3, 1..));
    Extend::extend(&mut all, Some(1));
    all.len() + s.len() + sorted.len() + both.0.len()
}

#[nonblocking]
pub async fn only_what_is_there(rx: &Receiver<u8>) -> usize {
    let mut all = Vec::from_iter(rx.try_iter());
    all.extend(rx.try_iter());
    let pairs = iter::zip(0..3, rx.try_iter());
    let more: VecDeque<_> = iter::once(1).chain(rx.try_iter()).collect();
    all.len() + pairs.count() + more.len()
}

#[nonblocking]
pub async fn in_memory(bytes: &[u8]) -> io::Result<usize> {
    let lines = bytes.lines();
    let mut all = Vec::from_iter(lines.map_while(Result::ok));
    let reader = BufReader::new(io::Cursor::new("a\nb"));
    all.extend(reader.lines().map_while(Result::ok));
    let parts = BufRead::split(bytes, b',').flatten();
    let first = iter::once(Vec::new()).chain(parts).next();
    let more: Vec<u8> = Vec::from_iter(bytes.bytes().flatten());
    Ok(all.len() + first.map_or(0, |first| first.len()) + more.len())
}

/// What takes the items runs elsewhere.
#[nonblocking]
pub async fn elsewhere(rx: Receiver<u8>, other: Receiver<u8>, lines: Lines, d: ReadDir, names: Vec<String>) -> usize {
    let joined = rx.into_iter().chain(other);
    let worker = std::thread::spawn(move || joined.count());
    let numbered = iter::zip(0.., lines);
    let all = tokio::task::spawn_blocking(move || Vec::from_iter(numbered)).await;
    let zipped = names.into_iter().zip(d);
    let found = tokio::task::spawn_blocking(move || zipped.filter(|(_, entry)| entry.is_ok()).count()).await;
    usize::from(worker.is_finished()) + all.map_or(0, |all| all.len()) + found.unwrap_or(0)
}

/// Workers, each with its receiver.
#[derive(Default)]
pub struct Pool {
    inboxes: Vec<Receiver<u8>>,
}

impl Pool {
    pub fn extend(&mut self, inbox: Receiver<u8>) {
        self.inboxes.push(inbox);
    }
    pub fn from_iter(inbox: Receiver<u8>) -> Self {
        Self { inboxes: vec![inbox] }
    }
    pub fn chain(mut self, inbox: Receiver<u8>) -> Self {
        self.extend(inbox);
        self
    }
    pub fn zip(self, _: &Receiver<u8>) -> Self {
        self
    }
    pub fn count(&self) -> usize {
        self.inboxes.len()
    }
    pub fn eq(&self, _: &Receiver<u8>) -> bool {
        false
    }
    pub fn iter(&self) -> &Self {
        self
    }
    pub fn shared(&mut self) -> &mut Self {
        self
    }
}

#[nonblocking]
pub async fn own_methods(a: Receiver<u8>, b: Receiver<u8>, c: Receiver<u8>, d: Receiver<u8>) -> usize {
    let mut pool = Pool::from_iter(a);
    pool.extend(b);
    pool.shared().extend(c);
    let is_same = pool.iter().eq(&d);
    let n = pool.zip(&d).chain(d).count();
    let lists: Vec<Vec<u8>> = Vec::new();
    n + usize::from(is_same) + lists.len()
}

/// An iterator over what is there already.
pub struct Inbox(Receiver<u8>);

impl Deref for Inbox {
    type Target = Receiver<u8>;
    fn deref(&self) -> &Receiver<u8> {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Inbox {
    type Item = u8;
    type IntoIter = TryIter<'a, u8>;
    fn into_iter(self) -> TryIter<'a, u8> {
        self.0.try_iter()
    }
}

#[nonblocking]
pub async fn own_iterators(inbox: Inbox) -> usize {
    let mut all = Vec::from_iter(&inbox);
    all.extend(&inbox);
    for n in &inbox {
        all.push(n);
    }
    for (at, n) in iter::zip(0.., &inbox) {
        all.push(at + n);
    }
    let chained = iter::once(1).chain(&inbox).count();
    let zipped = all.iter().zip(&inbox);
    chained + zipped.count()
}

fn zip<'a>(names: &'a [String], rx: &Receiver<u8>) -> impl Iterator<Item = (&'a String, u8)> {
    names.iter().zip(rx.try_recv())
}

fn from_iter(_: &Receiver<u8>) -> usize {
    1
}

#[nonblocking]
pub async fn own_functions(names: &[String], rx: &Receiver<u8>) -> usize {
    let mut n = zip(names, rx).count() + from_iter(rx);
    for (name, number) in zip(names, rx) {
        n += name.len() + usize::from(number);
    }
    n
}

#[nonblocking]
pub async fn receivers_in_collections(a: Receiver<u8>, b: Receiver<u8>, more: Vec<Receiver<u8>>) -> usize {
    let mut all = Vec::from_iter([a]);
    all.extend(Some(b));
    all.extend(more);
    let newest = all.iter().zip(0..3).map(|(rx, _)| rx.try_recv().unwrap_or(0)).max();
    all.len() + usize::from(newest.unwrap_or(0))
}

/// The item of a stream is not taken here.
#[nonblocking]
pub async fn asynchronous(mut rx: tokio::sync::mpsc::Receiver<u8>, out: &Mutex<Vec<u8>>) -> usize {
    let mut all = Vec::new();
    while rx.recv_many(&mut all, 8).await > 0 {
        out.lock().unwrap().extend(&all);
        out.lock().unwrap().extend(all.drain(..));
    }
    rx.len()
}

/// The types of the variables are known at the end.
#[nonblocking]
pub async fn types_that_are_inferred_later(bytes: Vec<u8>) -> usize {
    let rest = Vec::new();
    let mut all: Vec<u16> = Vec::new();
    if bytes.is_empty() {
        all.extend(&rest);
    }
    all.extend(rest.iter());
    let parsed: Result<Vec<u16>, _> = ["1"].iter().map(|n| n.parse()).collect();
    all.extend(&parsed.unwrap_or_default());
    let _: &Vec<u16> = &rest;
    all.len()
}

/// Iterators that are stored.
pub struct Source {
    pub lines: Lines,
    pub waiting: Option<std::sync::mpsc::IntoIter<u8>>,
}

#[nonblocking]
pub async fn stored_in_a_struct(file: File, rx: Receiver<u8>) -> Source {
    Source { lines: BufReader::new(file).lines(), waiting: Some(rx.into_iter()) }
}

#[nonblocking]
pub async fn stored_in_boxes(
    rx: Receiver<u8>,
    lines: Lines,
    mut sources: Vec<Box<dyn Iterator<Item = u8> + Send>>,
) -> Vec<Box<dyn Iterator<Item = u8> + Send>> {
    sources.push(Box::new(rx.into_iter().chain(lines.map_while(Result::ok).map(|line| line.len() as u8))));
    sources
}

#[nonblocking]
pub async fn returned(file: File, rx: Receiver<u8>, is_empty: bool) -> io::Result<(Lines, std::sync::mpsc::IntoIter<u8>)> {
    if is_empty {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok((BufReader::new(file).lines(), rx.into_iter()))
}

#[nonblocking]
pub async fn result_of_the_function(file: File) -> Lines {
    BufReader::new(file).lines()
}

//! Iterators that are handed over to a call that takes their items.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::fs::{self, File, ReadDir};
use std::io::{self, BufRead, BufReader, Read};
use std::iter;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, TryIter};
use std::sync::{Arc, Mutex};
use workflows_runtime::nonblocking;

type Lines = io::Lines<BufReader<File>>;

#[nonblocking]
pub async fn from_iter(rx: Receiver<u8>, text: Receiver<String>, pairs: Receiver<(u8, char)>, l: Lines) -> usize {
    let one = Vec::from_iter(&rx); //~ BLOCKS
    let two = VecDeque::from_iter(rx); //~ BLOCKS
    let all = String::from_iter(text); //~ BLOCKS
    let map = HashMap::<u8, char>::from_iter(&mut pairs.try_iter().chain(pairs.iter())); //~ BLOCKS
    let lines = Vec::from_iter(l); //~ BLOCKS
    let same: BTreeMap<_, _> = FromIterator::from_iter(pairs); //~ BLOCKS
    one.len() + two.len() + all.len() + map.len() + lines.len() + same.len()
}

#[nonblocking]
pub async fn from_iter_of_chains(rx: Receiver<u8>, l: Lines, d: ReadDir) -> usize {
    let lines: Vec<String> = Vec::from_iter(l.map_while(Result::ok)); //~ BLOCKS
    let names = BTreeSet::from_iter(d.flatten().map(|entry| entry.file_name())); //~ BLOCKS
    let joined = Vec::from_iter([0].into_iter().chain(rx)); //~ BLOCKS
    lines.len() + names.len() + joined.len()
}

#[nonblocking]
pub async fn from_iter_at_the_end(rx: Receiver<u8>) -> HashSet<u8> {
    HashSet::from_iter(rx) //~ BLOCKS
}

#[nonblocking]
pub async fn from_iter_of_calls(f: File, p: &str) -> io::Result<usize> {
    let lines = Vec::from_iter(BufReader::new(f).lines()); //~ BLOCKS
    let entries = Vec::from_iter(fs::read_dir(p)?); //~ BLOCKS
    let more = Vec::from_iter(BufRead::lines(BufReader::new(File::open(p)?))); //~ BLOCKS BLOCKS
    Ok(lines.len() + entries.len() + more.len())
}

#[nonblocking]
pub async fn extend(rx: Receiver<u8>, text: Receiver<char>, l: Lines, d: ReadDir, all: &mut Vec<u8>) -> usize {
    let mut v = Vec::new();
    v.extend(&rx); //~ BLOCKS
    all.extend(&rx); //~ BLOCKS
    let mut s = String::new();
    s.extend(text); //~ BLOCKS
    let mut queue = VecDeque::from([1]);
    queue.extend(rx); //~ BLOCKS
    let mut lines = LinkedList::new();
    lines.extend(l); //~ BLOCKS
    let mut entries = Vec::new();
    entries.extend(d.filter_map(Result::ok)); //~ BLOCKS
    v.len() + s.len() + queue.len() + lines.len() + entries.len()
}

pub struct Seen {
    all: Mutex<Vec<u8>>,
    heap: BinaryHeap<u8>,
    inbox: Receiver<u8>,
    lines: Lines,
}

impl Seen {
    fn heap(&mut self) -> &mut BinaryHeap<u8> {
        &mut self.heap
    }
    fn inbox(&self) -> &Receiver<u8> {
        &self.inbox
    }

    #[nonblocking]
    pub async fn extended(&mut self, numbers: Receiver<u8>) -> usize {
        self.all.lock().unwrap().extend(&self.inbox); //~ BLOCKS
        self.heap.extend(self.inbox()); //~ BLOCKS
        self.heap().extend(numbers); //~ BLOCKS
        let lengths = self.lines.by_ref().take(3).map(|line| line.map_or(0, |line| line.len() as u8));
        self.all.lock().unwrap().extend(lengths); //~ BLOCKS
        self.heap().extend(self.lines.by_ref().map_while(Result::ok).map(|line| line.len() as u8)); //~ BLOCKS
        self.heap.len()
    }
}

#[nonblocking]
pub async fn extend_as_function(mut v: Vec<u8>, rx: Receiver<u8>) -> usize {
    Extend::extend(&mut v, &rx); //~ BLOCKS
    Vec::extend(&mut v, rx); //~ BLOCKS
    v.len()
}

#[nonblocking]
pub async fn extend_two_at_once(rx: Receiver<(u8, u16)>) -> usize {
    let mut both = (Vec::new(), Vec::new());
    both.extend(rx); //~ BLOCKS
    both.0.len()
}

#[nonblocking]
pub async fn pairs(rx: Receiver<u8>, other: &Receiver<u16>, names: &[&str], streams: &TcpListener) -> usize {
    let mut n = 0;
    for (name, number) in iter::zip(names, &rx) { //~ BLOCKS
        n += name.len() + usize::from(number);
    }
    let both: Vec<_> = iter::zip(&rx, other).collect(); //~ BLOCKS
    n += iter::zip(1.., &rx).map(|(at, _)| at).sum::<usize>(); //~ BLOCKS
    let zipped = names.iter().zip(&rx);
    n += zipped.count(); //~ BLOCKS
    let later = iter::zip(0..3, other);
    for (at, number) in later { //~ BLOCKS
        n += at + usize::from(number);
    }
    let hosts = names.iter().zip(streams.incoming()).count(); //~ BLOCKS
    let deep = names.iter().zip(other).enumerate().skip(1);
    let last = deep.last(); //~ BLOCKS
    n + both.len() + hosts + last.map_or(0, |(at, _)| at)
}

#[nonblocking]
pub async fn chains(rx: Receiver<u8>, first: &[u8], l: Lines) -> usize {
    let n: usize = first.iter().copied().chain(&rx).map(usize::from).sum(); //~ BLOCKS
    for number in first.iter().copied().chain(rx) { //~ BLOCKS
        drop(number);
    }
    let mut head = iter::once(Ok(String::from("head"))).chain(l).flatten();
    let title = head.next(); //~ BLOCKS
    for line in head.by_ref().take(2) { //~ BLOCKS
        drop(line);
    }
    n + title.map_or(0, |title| title.len()) + (&mut head).skip(1).count() + head.count() //~ BLOCKS BLOCKS
}

#[nonblocking]
pub async fn many(all: Vec<Receiver<u8>>, files: Vec<Lines>) -> usize {
    let merged = all.iter().flat_map(|rx| rx);
    let n = merged.count(); //~ BLOCKS
    let lines = files.into_iter().flatten().flatten();
    n + lines.map(|line| line.len()).sum::<usize>() //~ BLOCKS
}

#[nonblocking]
pub async fn sums(rx: Receiver<u32>, other: Receiver<u32>) -> u32 {
    let total = <u32 as iter::Sum>::sum(rx.iter()); //~ BLOCKS
    let items = other.into_iter();
    total + iter::Product::product(items) //~ BLOCKS
}

#[nonblocking]
pub async fn compared(rx: Receiver<u8>, expected: &[u8]) -> bool {
    assert!(expected.iter().copied().eq(&rx), "{expected:?}"); //~ BLOCKS
    expected.iter().copied().lt(rx) //~ BLOCKS
}

#[nonblocking]
pub async fn behind_a_lock(rx: Arc<Mutex<Receiver<u8>>>, out: &mut Vec<u8>, s: TcpStream) -> io::Result<()> {
    let rx = rx.lock().unwrap();
    out.extend(&*rx); //~ BLOCKS
    out.extend(rx.try_iter());
    let bytes = s.bytes();
    out.extend(bytes.flatten()); //~ BLOCKS
    Ok(())
}

fn ready(rx: &Receiver<u8>) -> TryIter<'_, u8> {
    rx.try_iter()
}

#[nonblocking]
pub async fn in_closures(rx: Receiver<u8>, names: Vec<String>) -> usize {
    let all: Vec<Vec<u8>> = names.iter().map(|_| Vec::from_iter(&rx)).collect(); //~ BLOCKS
    let mut seen = Vec::new();
    names.iter().for_each(|_| seen.extend(&rx)); //~ BLOCKS
    seen.extend(ready(&rx));
    all.len() + seen.len()
}

#[nonblocking]
pub async fn sent_by_a_task(rx: mpsc::Receiver<u8>) -> usize {
    let task = tokio::spawn(async move { Vec::from_iter(rx).len() }); //~ BLOCKS
    task.await.unwrap_or(0)
}

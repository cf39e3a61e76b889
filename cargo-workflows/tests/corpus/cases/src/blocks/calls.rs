//! Plain calls, generics, closures and macros.

use helpers::load as fetch;
use std::{
    collections::BTreeMap,
    fmt,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    ops::{Add, Deref, Index},
    path::Path,
};
use workflows_runtime::nonblocking;

#[nonblocking]
async fn three_deep(path: &str) -> String {
    outer(path)
}
fn outer(path: &str) -> String {
    middle(path)
}
fn middle(path: &str) -> String {
    inner(path)
}
fn inner(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default() //~ three_deep: three_deep, outer, middle, inner, std::fs::read_to_string
}

#[nonblocking]
fn sync_function(path: &str) -> Vec<u8> {
    raw(path)
}
fn raw(path: &str) -> Vec<u8> {
    fs::read(path).unwrap_or_default() //~ sync_function: raw, std::fs::read
}

#[nonblocking]
async fn generic_reader(file: File) -> usize {
    drain(file)
}
fn drain<R: Read>(mut reader: R) -> usize {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap_or_default() //~ generic_reader: drain, read_to_end
}

#[nonblocking]
async fn generic_of_other_crate(file: File) -> Vec<u8> {
    helpers::load_all(file)
}

#[nonblocking]
async fn other_crate(path: &str) -> String {
    helpers::load(path)
}

#[nonblocking]
async fn renamed_import(path: &str) -> String {
    fetch(path)
}

#[nonblocking]
async fn sleep_in_other_crate() {
    helpers::wait();
}

#[nonblocking]
async fn closure_of_helper(path: &str) -> usize {
    measured(|| length(path))
}
fn measured<T>(work: impl FnOnce() -> T) -> T {
    work()
}
fn length(path: &str) -> usize {
    fs::metadata(path).map_or(0, |data| data.len() as usize) //~ closure_of_helper: closure_of_helper, measured, closure_of_helper, length, std::fs::metadata
}

#[nonblocking]
async fn returned_closure(path: &'static str) -> bool {
    checker(path)()
}
fn checker(path: &'static str) -> impl Fn() -> bool {
    move || Path::new(path).is_file() //~ returned_closure: is_file
}

#[nonblocking]
async fn iterator_adapter(paths: Vec<String>) -> usize {
    paths.iter().map(|path| size(path)).sum()
}
fn size(path: &str) -> usize {
    fs::read(path).map_or(0, |bytes| bytes.len()) //~ iterator_adapter: size, std::fs::read
}

struct Lines(BufReader<File>);
impl Iterator for Lines {
    type Item = String;
    fn next(&mut self) -> Option<String> {
        let mut line = String::new();
        let length = self.0.read_line(&mut line).ok()?; //~ own_iterator: next, read
        (length > 0).then_some(line)
    }
}
#[nonblocking]
async fn own_iterator(lines: Lines) -> usize {
    let mut count = 0;
    for line in lines {
        count += line.len();
    }
    count
}

#[nonblocking]
async fn function_of_sort(mut paths: Vec<String>) -> Vec<String> {
    paths.sort_by_cached_key(|path| size_of_file(path));
    paths
}
fn size_of_file(path: &str) -> u64 {
    fs::symlink_metadata(path).map_or(0, |data| data.len()) //~ function_of_sort: size_of_file, std::fs::symlink_metadata
}

struct Config(BTreeMap<String, String>);
impl Default for Config {
    fn default() -> Self {
        Self(parse(&fs::read_to_string("config").unwrap_or_default())) //~ default_value: default, std::fs::read_to_string
    }
}
fn parse(text: &str) -> BTreeMap<String, String> {
    text.lines().filter_map(|line| line.split_once('=')).map(|(key, value)| (key.into(), value.into())).collect()
}
#[nonblocking]
async fn default_value() -> usize {
    Config::default().0.len()
}

struct Remote;
impl Deref for Remote {
    type Target = str;
    fn deref(&self) -> &str {
        fs::read_to_string("remote").unwrap_or_default().leak() //~ deref: deref, std::fs::read_to_string
    }
}
#[nonblocking]
async fn deref(remote: Remote) -> usize {
    remote.len()
}

struct Sum(u64);
impl Add for Sum {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let _ = fs::write("sum", (self.0 + other.0).to_string()); //~ operator: add, std::fs::write
        self
    }
}
#[nonblocking]
async fn operator(a: Sum, b: Sum) -> u64 {
    (a + b).0
}

struct Pages;
impl Index<usize> for Pages {
    type Output = str;
    fn index(&self, page: usize) -> &str {
        fs::read_to_string(page.to_string()).unwrap_or_default().leak() //~ index: index, std::fs::read_to_string
    }
}
#[nonblocking]
async fn index(pages: Pages) -> usize {
    pages[1].len()
}

struct Shown(&'static str);
impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&fs::read_to_string(self.0).unwrap_or_default()) //~ display: fmt, std::fs::read_to_string
    }
}
#[nonblocking]
async fn display(shown: Shown) -> String {
    format!("{shown}")
}

struct Failed(String);
impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        let _ = fs::write("error", error.to_string()); //~ conversion_of_error: from, std::fs::write
        Self(error.to_string())
    }
}
#[nonblocking]
async fn conversion_of_error(result: io::Result<u8>) -> Result<u8, Failed> {
    Ok(result?)
}

macro_rules! load {
    ($path:expr) => {
        fs::read($path).unwrap_or_default() //~ own_macro: by_macro, std::fs::read
    };
}
#[nonblocking]
async fn own_macro(path: &str) -> usize {
    by_macro(path)
}
fn by_macro(path: &str) -> usize {
    load!(path).len()
}

#[nonblocking]
async fn macro_of_other_crate() {
    by_other_macro();
}
fn by_other_macro() {
    helpers::nap!(1); //~ macro_of_other_crate: by_other_macro, std::thread::sleep
}

#[nonblocking]
async fn mutual_recursion(depth: u32) -> u32 {
    even(depth)
}
fn even(depth: u32) -> u32 {
    if depth == 0 { 0 } else { odd(depth - 1) }
}
fn odd(depth: u32) -> u32 {
    if depth == 0 {
        return fs::read("odd").map_or(0, |_| 1); //~ mutual_recursion: even, odd, std::fs::read
    }
    even(depth - 1)
}

#[nonblocking]
async fn copy_of_file(mut from: File, mut to: File) -> u64 {
    copied(&mut from, &mut to)
}
fn copied(from: &mut File, to: &mut File) -> u64 {
    io::copy(from, to).unwrap_or_default() //~ copy_of_file: copied, std::io::copy
}

#[nonblocking]
async fn formatted_write(file: File) {
    log_line(file, 1);
}
fn log_line(mut file: File, number: u32) {
    let _ = writeln!(file, "line {number}"); //~ formatted_write: log_line, write
}

#[nonblocking]
async fn json_of_file(file: File) -> usize {
    parsed(file)
}
fn parsed(file: File) -> usize {
    let value: Vec<u8> = serde_json::from_reader(BufReader::new(file)).unwrap_or_default(); //~ json_of_file: parsed, read
    value.len()
}

#[nonblocking]
async fn end_of_file(file: File) -> u64 {
    end(file)
}
fn end(mut file: File) -> u64 {
    file.seek(SeekFrom::End(0)).unwrap_or_default() //~ end_of_file: end, seek
}

#[nonblocking]
async fn options_of_file() -> bool {
    opened()
}
fn opened() -> bool {
    fs::OpenOptions::new().append(true).open("log").is_ok() //~ options_of_file: opened, open
}

#[nonblocking]
async fn entries_of_folder() -> usize {
    entries("folder").unwrap_or_default()
}
fn entries(path: &str) -> io::Result<usize> {
    let folder = fs::read_dir(path)?; //~ entries_of_folder: entries, std::fs::read_dir
    let mut count = 0;
    for entry in folder { //~ entries_of_folder: entries, next
        count += entry?.file_name().len();
    }
    Ok(count)
}

#[nonblocking]
async fn caught_panic(path: &str) -> bool {
    let path = path.to_owned();
    std::panic::catch_unwind(move || touched(&path)).is_ok()
}
fn touched(path: &str) {
    let _ = File::create(path); //~ caught_panic: touched, std::fs::File::create
}

#[nonblocking]
async fn option_of_function(path: &str) -> usize {
    let chosen: Option<fn(&str) -> usize> = if path.is_empty() { None } else { Some(chosen) };
    chosen.map_or(0, |chosen| chosen(path))
}
fn chosen(path: &str) -> usize {
    fs::read(path).map_or(0, |bytes| bytes.len()) //~ option_of_function: chosen, std::fs::read
}

#[nonblocking]
async fn function_as_value(paths: Vec<String>) -> usize {
    paths.iter().filter_map(first_line).count()
}
fn first_line(path: &String) -> Option<String> {
    let file = File::open(path).ok()?; //~ function_as_value: first_line, std::fs::File::open
    BufReader::new(file).lines().next()?.ok() //~ function_as_value: first_line, next
}

//! Names and types that only look like blocking ones.

use helpers::{Memory, Store};
use std::{
    fmt::Write as _,
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Cursor, Read, Seek, SeekFrom, Write},
    path::Path,
    process::Command,
    thread,
    time::Duration,
};
use workflows_runtime::nonblocking;

#[nonblocking]
async fn write_to_memory() -> usize {
    encoded().len()
}
fn encoded() -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.write_all(b"head").unwrap();
    writeln!(bytes, "line {}", 1).unwrap();
    bytes.flush().unwrap();
    bytes
}

#[nonblocking]
async fn read_of_memory() -> usize {
    decoded(b"a\nb\n")
}
fn decoded(mut bytes: &[u8]) -> usize {
    let mut text = String::new();
    bytes.read_to_string(&mut text).unwrap();
    BufReader::new(text.as_bytes()).lines().count()
}

#[nonblocking]
async fn cursor() -> u64 {
    moved().unwrap()
}
fn moved() -> io::Result<u64> {
    let mut cursor = Cursor::new(vec![1, 2, 3]);
    cursor.seek(SeekFrom::End(-1))?;
    io::copy(&mut cursor, &mut io::sink())
}

/// The same generic function reads a file, on another thread.
fn checksum<R: Read>(mut reader: R) -> u32 {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    bytes.iter().map(|byte| u32::from(*byte)).sum()
}
#[nonblocking]
async fn generic_over_memory() -> u32 {
    checksum(&b"bytes"[..])
}
pub fn checksum_of_file() -> u32 {
    File::open("path").map_or(0, checksum)
}

fn first_byte(reader: &mut dyn Read) -> u8 {
    let mut byte = [0];
    reader.read_exact(&mut byte).unwrap();
    byte[0]
}
#[nonblocking]
async fn object_over_memory() -> u8 {
    first_byte(&mut Cursor::new([1]))
}
pub fn first_byte_of_file() -> u8 {
    File::open("path").map_or(0, |mut file| first_byte(&mut file))
}

#[nonblocking]
async fn object_of_memory() -> Option<String> {
    let store: Box<dyn Store> = Box::new(Memory);
    store.get("key")
}

trait Greeter {
    fn greet(&self, name: &str) -> String;
}
struct Polite;
impl Greeter for Polite {
    fn greet(&self, name: &str) -> String {
        format!("hello, {name}")
    }
}
trait Loader {
    fn load(&self, name: &str) -> String;
}
impl Loader for Polite {
    fn load(&self, name: &str) -> String {
        std::fs::read_to_string(name).unwrap_or_default()
    }
}
#[nonblocking]
async fn object_of_other_trait() -> String {
    let greeter: Box<dyn Greeter> = Box::new(Polite);
    let loader: Box<dyn Loader> = Box::new(Polite);
    let text = greeter.greet("you");
    std::mem::forget(loader);
    text
}

mod fs {
    pub(super) fn read(path: &str) -> Vec<u8> {
        path.as_bytes().to_vec()
    }
}
#[nonblocking]
async fn own_module() -> usize {
    fs::read("path").len()
}

fn sleep(duration: Duration) -> u128 {
    duration.as_millis()
}
#[nonblocking]
async fn own_sleep() -> u128 {
    sleep(Duration::from_secs(1))
}

struct Receiver(Vec<u8>);
impl Receiver {
    fn recv(&mut self) -> Option<u8> {
        self.0.pop()
    }
    fn join(&self, other: &str) -> String {
        format!("{other}{}", self.0.len())
    }
}
#[nonblocking]
async fn own_receiver() -> usize {
    let mut receiver = Receiver(vec![1]);
    usize::from(receiver.recv().unwrap()) + receiver.join("a").len()
}

#[nonblocking]
async fn unused_options() -> bool {
    options().is_some()
}
fn options() -> Option<OpenOptions> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).append(false).create(true);
    Some(options)
}

#[nonblocking]
async fn unused_command() -> bool {
    command().get_args().count() == 1
}
fn command() -> Command {
    let mut command = Command::new("ls");
    command.arg("-l").env("A", "B").current_dir("/");
    command
}

#[nonblocking]
async fn paths() -> usize {
    joined("a").len()
}
fn joined(folder: &str) -> String {
    let path = Path::new(folder).join("b").with_extension("txt");
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[nonblocking]
async fn threads_without_waiting(handle: thread::JoinHandle<()>) -> bool {
    thread::yield_now();
    let is_current = thread::current().id() == handle.thread().id();
    handle.thread().unpark();
    handle.is_finished() || is_current
}

#[nonblocking]
async fn closed_file(file: File) {
    drop(file);
}

#[nonblocking]
async fn wrapped_file(file: File) -> usize {
    let writer = BufReader::new(file);
    writer.capacity()
}

#[nonblocking]
async fn buffered_memory() -> usize {
    let mut writer = BufWriter::new(Vec::new());
    writer.write_all(b"bytes").unwrap();
    writer.into_inner().unwrap().len()
}

#[nonblocking]
async fn formatted() -> String {
    let mut text = String::new();
    write!(text, "{:?} {:>4}", Some(1), 2.5).unwrap();
    text
}

#[nonblocking]
async fn printed() {
    report(1);
}
fn report(number: u32) {
    println!("number {number}");
    eprintln!("{:?}", vec![number]);
}

/// Nothing calls it from async code.
pub fn save(text: &str) -> bool {
    std::fs::write("path", text).is_ok()
}
#[nonblocking]
async fn names_of_functions() -> &'static str {
    std::any::type_name_of_val(&save)
}

static JOBS: [fn(&str) -> bool; 1] = [save];
pub fn run_jobs() -> bool {
    JOBS.iter().all(|job| job("text"))
}
static NAMES: [fn(&str) -> bool; 1] = [str::is_empty];
#[nonblocking]
async fn other_table() -> bool {
    NAMES.iter().all(|check| check("text"))
}

#[nonblocking]
async fn process_of_library() -> i32 {
    vendored::process()
}

//! Further code that offloads, or only looks like code that blocks.

use futures::{FutureExt, StreamExt};
use std::{
    any::Any,
    cell::{LazyCell, RefCell},
    collections::HashMap,
    fmt,
    fs::{self, File},
    future::poll_fn,
    io::{BufRead, Cursor, Read, Write},
    mem,
    pin::Pin,
    rc::Rc,
    str::FromStr,
    task::{Context, Poll},
    thread,
};
use tokio::{runtime::Handle, task};
use workflows_runtime::{blocking, nonblocking};

// Offloaded in a less direct way.

struct Lazily<F>(F);
impl<F: FnOnce() -> u64 + Send + 'static> Lazily<F> {
    async fn run(self) -> u64 {
        task::spawn_blocking(self.0).await.unwrap_or_default()
    }
}
fn size() -> u64 {
    fs::metadata("size").map_or(0, |found| found.len())
}
#[nonblocking]
async fn closure_of_wrapper() -> u64 {
    Lazily(|| size() + 1).run().await
}
#[nonblocking]
async fn offloaded_method() -> u64 {
    let disk = Disk;
    task::spawn_blocking(move || disk.measure()).await.unwrap_or_default()
}
struct Disk;
impl Disk {
    fn measure(&self) -> u64 {
        size()
    }
}
#[nonblocking]
async fn offloaded_object() -> u64 {
    let work: Box<dyn FnOnce() -> u64 + Send> = Box::new(size);
    task::spawn_blocking(work).await.unwrap_or_default()
}
#[nonblocking]
async fn offloaded_by_current_handle() -> u64 {
    Handle::current().spawn_blocking(size).await.unwrap_or_default()
}
#[nonblocking]
async fn scoped_to_its_own_thread() {
    thread::spawn(|| {
        let _ = fs::write("log", size().to_string());
    });
}
#[nonblocking]
async fn jobs_on_a_set() -> u64 {
    let mut jobs = task::JoinSet::new();
    for _ in 0..3 {
        jobs.spawn_blocking(size);
    }
    let mut sum = 0;
    while let Some(size) = jobs.join_next().await {
        sum += size.unwrap_or_default();
    }
    sum
}
type Measure = Box<dyn Fn(&str) -> usize + Send + Sync>;
fn measures() -> HashMap<&'static str, Measure> {
    let mut measures: HashMap<&'static str, Measure> = HashMap::new();
    measures.insert("size", Box::new(|path| fs::read(path).map_or(0, |read| read.len())));
    measures
}
#[nonblocking]
async fn closure_in_a_map_of_a_thread() -> usize {
    let measures = measures();
    task::spawn_blocking(move || measures["size"]("path")).await.unwrap_or_default()
}
#[nonblocking]
async fn mapped_before_offload() -> u64 {
    task::spawn_blocking(size).map(|size| size.unwrap_or_default() + 1).await
}
#[blocking(io)]
fn read_lines(path: String) -> Vec<String> {
    fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}
#[nonblocking]
async fn streamed_blocking_functions(paths: Vec<String>) -> usize {
    futures::stream::iter(paths)
        .then(read_lines)
        .map(|lines| lines.len())
        .fold(0, |sum, size| async move { sum + size })
        .await
}

// Alike.

struct Level(u8);
impl FromStr for Level {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
#[nonblocking]
async fn parsed(text: &str) -> u8 {
    text.parse::<Level>().map_or(0, |level| level.0)
}
#[nonblocking]
async fn object_with_lines_in_memory(text: String) -> usize {
    let reader: Box<dyn BufRead + Send> = Box::new(Cursor::new(text));
    count_lines(reader)
}
fn count_lines(reader: Box<dyn BufRead + Send>) -> usize {
    reader.lines().count()
}
#[nonblocking]
async fn chained_memory(head: &[u8]) -> usize {
    let mut bytes = Vec::new();
    head.chain(Cursor::new([1, 2])).take(3).read_to_end(&mut bytes).unwrap_or_default()
}
#[nonblocking]
async fn written_to_list() -> usize {
    let mut bytes = Vec::new();
    let sink: &mut dyn Write = &mut bytes;
    let _ = write!(sink, "{}", 1);
    bytes.len()
}
struct Meter(Rc<RefCell<usize>>);
impl Write for Meter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        *self.0.borrow_mut() += bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
#[nonblocking]
async fn own_writer() -> usize {
    let count = Rc::new(RefCell::new(0));
    let mut meter = Meter(Rc::clone(&count));
    let _ = meter.write_all(b"text");
    let size = *count.borrow();
    size
}
#[nonblocking]
async fn any_file_that_is_not_read(file: Box<dyn Any>) -> bool {
    file.is::<File>()
}
#[nonblocking]
async fn moved_file(file: File) -> (File, usize) {
    let files = vec![file];
    let size = mem::size_of_val(&files);
    let mut files = files;
    (files.remove(0), size)
}
struct Recv;
impl Recv {
    fn recv(&self) -> u8 {
        1
    }
    fn lock(&self) -> u8 {
        2
    }
    fn wait(&self) -> u8 {
        3
    }
}
#[nonblocking]
async fn methods_with_known_names() -> u8 {
    Recv.recv() + Recv.lock() + Recv.wait()
}
#[nonblocking]
async fn lazy_computation() -> usize {
    let value = LazyCell::new(|| (0..10).sum());
    *value
}
#[nonblocking]
async fn table_of_pure_functions(at: usize) -> u64 {
    const TABLE: [fn(u64) -> u64; 2] = [|n| n + 1, |n| n * 2];
    TABLE[at % 2](4)
}
struct Count(Rc<RefCell<u32>>);
impl Drop for Count {
    fn drop(&mut self) {
        *self.0.borrow_mut() += 1;
    }
}
#[nonblocking]
async fn dropped_in_map() -> u32 {
    let count = Rc::new(RefCell::new(0));
    let mut values = HashMap::new();
    values.insert(1, Count(Rc::clone(&count)));
    drop(values);
    let dropped = *count.borrow();
    dropped
}
#[derive(Debug)]
struct Detail(u32);
impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "detail {}", self.0)
    }
}
impl std::error::Error for Detail {}
#[nonblocking]
async fn error_object_without_io() -> String {
    let error: Box<dyn std::error::Error + Send + Sync> = Box::new(Detail(1));
    format!("{error} {error:?}")
}
#[nonblocking]
async fn archive_in_memory(bytes: Vec<u8>) -> String {
    let mut text = String::new();
    let mut reader = std::io::BufReader::new(Cursor::new(bytes));
    while reader.read_line(&mut text).unwrap_or_default() > 0 {}
    text
}

// Methods whose parameters are those of a future's `poll`, and of a closure.

trait Frames: Send {
    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64>;
}
struct Quiet;
impl Frames for Quiet {
    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        Poll::Ready(1)
    }
}
#[nonblocking]
async fn method_like_a_poll() -> u64 {
    let slow: Pin<Box<dyn Future<Output = u64> + Send>> = Box::pin(async { size() });
    thread::spawn(move || futures::executor::block_on(slow));
    let mut frames: Pin<Box<dyn Frames>> = Box::pin(Quiet);
    poll_fn(move |cx| frames.as_mut().poll_frame(cx)).await
}

trait Ruler: Send {
    fn measure(&self, path: &str) -> usize;
}
struct Length;
impl Ruler for Length {
    fn measure(&self, path: &str) -> usize {
        path.len()
    }
}
#[nonblocking]
async fn method_like_a_closure() -> usize {
    let slow: Box<dyn FnOnce(&str) -> usize + Send> = Box::new(|path| fs::read(path).map_or(0, |read| read.len()));
    thread::spawn(move || slow("size"));
    let ruler: Box<dyn Ruler> = Box::new(Length);
    ruler.measure("size")
}

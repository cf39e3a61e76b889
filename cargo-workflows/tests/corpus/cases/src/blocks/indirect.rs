//! Further ways from a function to a blocking call.

use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use std::{
    any::Any,
    cell::{LazyCell, OnceCell, RefCell},
    collections::HashMap,
    fmt,
    fs::{self, File},
    future::Future,
    io::{BufRead, BufReader, Read},
    mem::{self, ManuallyDrop},
    pin::Pin,
    rc::Rc,
    str::FromStr,
    sync::Mutex,
    thread,
    time::Duration,
};
use workflows_runtime::nonblocking;

// Generic code.

struct Setting(String);
impl FromStr for Setting {
    type Err = std::io::Error;
    fn from_str(path: &str) -> Result<Self, Self::Err> {
        fs::read_to_string(path).map(Self) //~ parsed_setting: from_str, std::fs::read_to_string
    }
}
#[nonblocking]
async fn parsed_setting(path: &str) -> usize {
    path.parse::<Setting>().map_or(0, |setting| setting.0.len())
}

struct Sizes(Vec<String>);
impl Extend<String> for Sizes {
    fn extend<I: IntoIterator<Item = String>>(&mut self, paths: I) {
        for path in paths {
            self.0.push(fs::read_to_string(path).unwrap_or_default()); //~ extended: extend, std::fs::read_to_string
        }
    }
}
#[nonblocking]
async fn extended(paths: Vec<String>) -> usize {
    let mut sizes = Sizes(Vec::new());
    sizes.extend(paths);
    sizes.0.len()
}

trait Level {
    fn at<const N: usize>() -> u64;
}
struct Deep;
impl Level for Deep {
    fn at<const N: usize>() -> u64 {
        thread::sleep(Duration::from_millis(N as u64)); //~ const_parameter: at, std::thread::sleep
        1
    }
}
fn levels<L: Level>() -> u64 {
    L::at::<3>()
}
#[nonblocking]
async fn const_parameter() -> u64 {
    levels::<Deep>()
}

struct Walk(usize);
impl Iterator for Walk {
    type Item = u64;
    fn next(&mut self) -> Option<u64> {
        self.0 = self.0.checked_sub(1)?;
        fs::metadata("file").map(|found| found.len()).ok() //~ summed_iterator: next, std::fs::metadata
    }
}
#[nonblocking]
async fn summed_iterator() -> u64 {
    Walk(3).filter(|size| size % 2 == 0).sum()
}

struct Entry<T>(T);
impl<T: AsRef<str>> From<Entry<T>> for String {
    fn from(entry: Entry<T>) -> Self {
        fs::read_to_string(entry.0.as_ref()).unwrap_or_default() //~ into_conversion: from, std::fs::read_to_string
    }
}
fn text_of(entry: impl Into<String>) -> String {
    entry.into()
}
#[nonblocking]
async fn into_conversion() -> String {
    text_of(Entry("name"))
}

// Closures.

struct Later<F>(Option<F>);
impl<F: FnOnce() -> u64> Later<F> {
    fn now(mut self) -> u64 {
        self.0.take().map_or(0, |work| work())
    }
}
#[nonblocking]
async fn closure_in_field() -> u64 {
    Later(Some(|| size_of("a"))).now()
}
fn size_of(path: &str) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len()) //~ closure_in_field: size_of, std::fs::metadata; closures_in_list: size_of, std::fs::metadata; closure_of_closure: size_of, std::fs::metadata; fallback_closure: size_of, std::fs::metadata; lazy_cell: size_of, std::fs::metadata; once_cell: size_of, std::fs::metadata
}
#[nonblocking]
async fn closures_in_list() -> u64 {
    let work: Vec<Box<dyn FnOnce() -> u64>> = vec![Box::new(|| 1), Box::new(|| size_of("b"))];
    work.into_iter().map(|work| work()).sum()
}
#[nonblocking]
async fn closure_of_closure() -> u64 {
    let outer = |path: &'static str| move || size_of(path);
    outer("c")()
}
#[nonblocking]
async fn fallback_closure(known: Option<u64>) -> u64 {
    known.map_or_else(|| size_of("d"), |known| known + 1)
}
#[nonblocking]
async fn lazy_cell() -> u64 {
    let value = LazyCell::new(|| size_of("e"));
    *value
}
#[nonblocking]
async fn once_cell() -> u64 {
    let value = OnceCell::new();
    *value.get_or_init(|| size_of("f"))
}

// Trait objects.

trait Source {
    fn pull(&mut self) -> String;
}
struct Disk;
impl Source for Disk {
    fn pull(&mut self) -> String {
        fs::read_to_string("disk").unwrap_or_default() //~ shared_cell: pull, std::fs::read_to_string; object_in_map: pull, std::fs::read_to_string; object_of_any: pull, std::fs::read_to_string; returned_object: pull, std::fs::read_to_string
    }
}
#[nonblocking]
async fn shared_cell() -> String {
    let shared: Rc<RefCell<dyn Source>> = Rc::new(RefCell::new(Disk));
    pulled(&shared)
}
fn pulled(shared: &Rc<RefCell<dyn Source>>) -> String {
    shared.borrow_mut().pull()
}
#[nonblocking]
async fn object_in_map() -> String {
    let mut sources: HashMap<&str, Box<dyn Source>> = HashMap::new();
    sources.insert("disk", Box::new(Disk));
    sources.get_mut("disk").map(|source| source.pull()).unwrap_or_default()
}
#[nonblocking]
async fn object_of_any() -> String {
    let value: Box<dyn Any> = Box::new(Disk);
    value.downcast::<Disk>().map(|mut disk| disk.pull()).unwrap_or_default()
}
#[nonblocking]
async fn returned_object() -> String {
    chosen(true).pull()
}
fn chosen(disk: bool) -> Box<dyn Source> {
    if disk { Box::new(Disk) } else { Box::new(Memory) }
}
struct Memory;
impl Source for Memory {
    fn pull(&mut self) -> String {
        String::new()
    }
}

#[nonblocking]
async fn object_with_lines(file: File) -> usize {
    lines_of(Box::new(BufReader::new(file)))
}
fn lines_of(reader: Box<dyn BufRead>) -> usize {
    reader.lines().count() //~ object_with_lines: lines_of, read_buf
}

#[derive(Debug)]
struct Detail;
impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&fs::read_to_string("detail").unwrap_or_default()) //~ error_object: fmt, std::fs::read_to_string
    }
}
impl std::error::Error for Detail {}
#[nonblocking]
async fn error_object() -> String {
    let error: Box<dyn std::error::Error> = Box::new(Detail);
    error.to_string()
}

trait Named {
    fn label(&self) -> String;
}
trait Device: Named {
    fn id(&self) -> u32;
}
struct Serial;
impl Named for Serial {
    fn label(&self) -> String {
        fs::read_to_string("label").unwrap_or_default() //~ upcast_object: label, std::fs::read_to_string
    }
}
impl Device for Serial {
    fn id(&self) -> u32 {
        4
    }
}
#[nonblocking]
async fn upcast_object() -> String {
    let device: Box<dyn Device> = Box::new(Serial);
    if device.id() == 0 {
        return String::new();
    }
    let named: Box<dyn Named> = device;
    named.label()
}

#[nonblocking]
async fn iterator_object() -> u64 {
    let sizes: &mut dyn Iterator<Item = u64> = &mut Peek;
    sizes.take(2).sum()
}
struct Peek;
impl Iterator for Peek {
    type Item = u64;
    fn next(&mut self) -> Option<u64> {
        fs::metadata("peek").map(|found| found.len()).ok() //~ iterator_object: next, std::fs::metadata
    }
}

// Pointers to functions.

fn first() -> u64 {
    fs::metadata("first").map_or(0, |found| found.len()) //~ indexed_pointer: first, std::fs::metadata; constant_pointer: first, std::fs::metadata; chosen_pointer: first, std::fs::metadata; passed_pointer: first, std::fs::metadata; pointer_in_static: first, std::fs::metadata
}
fn second() -> u64 {
    2
}
#[nonblocking]
async fn indexed_pointer(at: usize) -> u64 {
    let functions: [fn() -> u64; 2] = [first, second];
    functions[at % 2]()
}
const FIRST: fn() -> u64 = first;
#[nonblocking]
async fn constant_pointer() -> u64 {
    FIRST()
}
fn choose(is_first: bool) -> fn() -> u64 {
    if is_first { first } else { second }
}
#[nonblocking]
async fn chosen_pointer(is_first: bool) -> u64 {
    choose(is_first)()
}
fn apply<F: Fn() -> u64>(function: F) -> u64 {
    function()
}
#[nonblocking]
async fn passed_pointer() -> u64 {
    let function: fn() -> u64 = first;
    apply(function)
}
struct Hooks {
    before: fn() -> u64,
    after: Option<fn() -> u64>,
}
static HOOKS: Hooks = Hooks { before: second, after: Some(first) };
#[nonblocking]
async fn pointer_in_static() -> u64 {
    (HOOKS.before)() + HOOKS.after.map_or(0, |after| after())
}

// Destructors.

struct Mark(&'static str);
impl Drop for Mark {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.0); //~ dropped_map: drop, std::fs::remove_file; manually_dropped: drop, std::fs::remove_file; taken_value: drop, std::fs::remove_file; drained: drop, std::fs::remove_file; last_reference: drop, std::fs::remove_file; dropped_closure: drop, std::fs::remove_file; truncated: drop, std::fs::remove_file
    }
}
#[nonblocking]
async fn dropped_map() {
    let mut marks = HashMap::new();
    marks.insert(1, Mark("a"));
}
#[nonblocking]
async fn manually_dropped() {
    let mark = ManuallyDrop::new(Mark("b"));
    drop(ManuallyDrop::into_inner(mark));
}
#[nonblocking]
async fn taken_value() {
    let mut mark = Some(Mark("c"));
    mem::take(&mut mark);
}
#[nonblocking]
async fn drained() -> usize {
    let mut marks = vec![Mark("d"), Mark("e")];
    marks.drain(..1);
    let left = marks.len();
    mem::forget(marks);
    left
}
#[nonblocking]
async fn last_reference() {
    let one = Rc::new(RefCell::new(Mark("f")));
    let other = Rc::clone(&one);
    drop(one);
    drop(other);
}
#[nonblocking]
async fn dropped_closure() {
    let mark = Mark("g");
    let unused = move || {
        let mark = &mark;
        mark.0.len()
    };
    drop(unused);
}
#[nonblocking]
async fn truncated(marks: &mut Vec<Mark>) {
    marks.truncate(1);
}

// Async code.

fn descend(depth: u32) -> Pin<Box<dyn Future<Output = u64>>> {
    Box::pin(async move { if depth == 0 { bottom() } else { descend(depth - 1).await } })
}
fn bottom() -> u64 {
    fs::metadata("bottom").map_or(0, |found| found.len()) //~ recursive_future: bottom, std::fs::metadata; default_of_trait: bottom, std::fs::metadata; unordered_futures: bottom, std::fs::metadata; mapped_future: bottom, std::fs::metadata; spawned_below: bottom, std::fs::metadata; unfolded_stream: bottom, std::fs::metadata
}
#[nonblocking]
async fn recursive_future() -> u64 {
    descend(3).await
}
trait Fetch {
    fn url(&self) -> String;
    async fn fetch(&self) -> u64 {
        self.url().len() as u64 + bottom()
    }
}
struct Site;
impl Fetch for Site {
    fn url(&self) -> String {
        "site".to_owned()
    }
}
#[nonblocking]
async fn default_of_trait() -> u64 {
    Site.fetch().await
}
#[nonblocking]
async fn unordered_futures() -> u64 {
    let mut all: FuturesUnordered<_> = (0..2).map(|_| async { bottom() }).collect();
    let mut sum = 0;
    while let Some(size) = all.next().await {
        sum += size;
    }
    sum
}
#[nonblocking]
async fn mapped_future() -> u64 {
    tokio::task::yield_now().map(|()| bottom()).await
}
async fn begin() {
    let task = tokio::spawn(async { bottom() });
    let _ = task.await;
}
#[nonblocking]
async fn spawned_below() {
    begin().await;
}
#[nonblocking]
async fn unfolded_stream() -> usize {
    let stream = futures::stream::unfold(0, |at| async move { (at < 3).then(|| (bottom(), at + 1)) });
    stream.count().await
}

// Statics.

static CACHE: Mutex<Option<String>> = Mutex::new(None);
#[nonblocking]
async fn filled_on_demand() -> usize {
    let Ok(mut cache) = CACHE.lock() else { return 0 };
    cache.get_or_insert_with(load).len()
}
fn load() -> String {
    let mut text = String::new();
    let Ok(mut file) = File::open("cache") else { return text }; //~ filled_on_demand: load, std::fs::File::open
    let _ = file.read_to_string(&mut text); //~ filled_on_demand: load, read_to_string
    text
}
thread_local! {
    static LOCAL: RefCell<Vec<u8>> = RefCell::new(local());
}
fn local() -> Vec<u8> {
    fs::read("local").unwrap_or_default() //~ borrowed_local: local, std::fs::read
}
#[nonblocking]
async fn borrowed_local() -> usize {
    LOCAL.with_borrow(Vec::len)
}

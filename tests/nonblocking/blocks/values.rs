//! Arguments, receivers, iterators and closures that are values of their own.

use std::cell::RefCell;
use std::fs::{self, File, ReadDir};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::net::{TcpListener, ToSocketAddrs, UdpSocket};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use workflows_runtime::nonblocking;

#[nonblocking]
pub async fn arguments(f: File, g: &File, mut s: std::net::TcpStream) -> io::Result<u64> {
    let n = io::copy(&mut f.take(10), &mut io::sink())?; //~ BLOCKS
    let m = io::copy(&mut io::empty(), &mut BufWriter::new(g))?; //~ BLOCKS
    let k = io::copy(&mut BufReader::new(&mut s), &mut g.try_clone()?)?; //~ BLOCKS
    let text = io::read_to_string(BufReader::new(g))?; //~ BLOCKS
    let more = io::read_to_string(g.chain(io::empty()))?; //~ BLOCKS
    Ok(n + m + k + text.len() as u64 + more.len() as u64 + io::copy(&mut g.take(1), &mut Vec::new())?) //~ BLOCKS
}

#[nonblocking]
pub async fn arguments_in_closures(all: &[File]) -> u64 {
    let sizes = all.iter().map(|f| io::copy(&mut f.take(3), &mut io::sink()).unwrap_or(0)); //~ BLOCKS
    sizes.sum()
}

#[nonblocking]
pub async fn hosts(name: String, port: u16) -> io::Result<usize> {
    let l = TcpListener::bind((name.as_str(), port))?; //~ BLOCKS
    let s = UdpSocket::bind(format!("{name}:{port}"))?; //~ BLOCKS
    s.connect(&name)?; //~ BLOCKS
    let n = format!("{name}:{port}").to_socket_addrs()?.count(); //~ BLOCKS
    drop(l);
    Ok(n + UdpSocket::bind("localhost:1")?.local_addr()?.port() as usize) //~ BLOCKS
}

#[nonblocking]
pub async fn iterators_in_variables(rx: mpsc::Receiver<u8>, f: File, p: &str) -> io::Result<usize> {
    let few = rx.iter().take(3);
    let mut n = few.map(usize::from).sum::<usize>(); //~ BLOCKS
    let all = rx.into_iter();
    n += all.collect::<Vec<_>>().len(); //~ BLOCKS
    let mut lines = BufReader::new(f).lines().enumerate();
    n += lines.next().map_or(0, |(at, _)| at); //~ BLOCKS
    for (at, line) in lines { //~ BLOCKS
        n += at + line?.len();
    }
    let entries = fs::read_dir(p)?; //~ BLOCKS
    let names = entries.filter_map(Result::ok).map(|entry| entry.file_name());
    n += names.count(); //~ BLOCKS
    Ok(n)
}

fn apply<T>(job: impl FnOnce() -> T) -> T {
    job()
}

async fn retried<T, F: FnMut() -> Option<T>>(mut job: F) -> Option<T> {
    for _ in 0..3 {
        if let Some(value) = job() {
            return Some(value);
        }
        tokio::task::yield_now().await;
    }
    None
}

pub struct Machine;
impl Machine {
    fn execute<T>(&self, job: impl FnOnce() -> T) -> T {
        let result = Some(1).map(|_| job());
        result.unwrap_or_else(|| unreachable!())
    }
}

#[nonblocking]
pub async fn functions_that_call_their_closure(m: &Machine) -> Option<usize> {
    let n = apply(|| fs::read("x").map_or(0, |b| b.len())); //~ BLOCKS
    let text = retried(|| fs::read_to_string("x").ok()).await?; //~ BLOCKS
    Some(n + text.len() + m.execute(|| fs::read("x").map_or(0, |b| b.len()))) //~ BLOCKS
}

#[nonblocking]
pub async fn closures_that_are_called(rx: mpsc::Receiver<u8>) -> u8 {
    let boxed: Box<dyn Fn() -> u8> = Box::new(|| rx.recv().unwrap_or(0)); //~ BLOCKS
    let inner = || rx.recv().unwrap_or(1); //~ BLOCKS
    let outer = |n: u8| n + inner();
    let passed = |n: u8| n + u8::from(fs::exists("x").is_ok()); //~ BLOCKS
    let sum: u8 = [1, 2].into_iter().map(passed).sum();
    boxed() + outer(1) + sum + (|| rx.recv().unwrap_or(2))() //~ BLOCKS
}

thread_local! {
    static SIZE: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[nonblocking]
pub async fn closures_of_std(rx: &mpsc::Receiver<u8>, mut all: Vec<String>) -> usize {
    SIZE.with(|size| size.set(fs::read("x").map_or(0, |b| b.len()))); //~ BLOCKS
    all.retain(|p| fs::exists(p).is_ok()); //~ BLOCKS
    all.sort_by_key(|p| fs::metadata(p).map_or(0, |m| m.len())); //~ BLOCKS
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| fs::read("x").is_ok())); //~ BLOCKS
    let some: Vec<u8> = std::iter::from_fn(|| rx.recv().ok()).take(3).collect(); //~ BLOCKS
    some.len() + usize::from(caught.is_ok())
}

#[nonblocking]
pub async fn types_that_are_inferred_later() -> io::Result<()> {
    let mut out = BufWriter::new(None.unwrap());
    out.write_all(b"x")?; //~ BLOCKS
    let _: &File = out.get_ref();
    out.flush() //~ BLOCKS
}

#[nonblocking]
pub async fn macros_that_print_their_arguments(p: &str, f: &mut File) -> io::Result<bool> {
    let n = dbg!(fs::read(p)?.len()); //~ BLOCKS
    let m = dbg!(File::open(p)?).metadata()?.len(); //~ BLOCKS BLOCKS
    debug_assert!(fs::exists(p)? && n as u64 == m, "{:?}", fs::read(p)); //~ BLOCKS BLOCKS
    assert!(f.read(&mut [0; 3])? > 0); //~ BLOCKS
    Ok(dbg!(f.read(&mut [0; 3])?) > 1) //~ BLOCKS
}

#[nonblocking]
pub async fn arguments_whose_type_their_call_decides(
    mut f: Box<File>,
    shared: Rc<RefCell<Vec<File>>>,
) -> io::Result<()> {
    io::copy(f.as_mut(), &mut io::sink())?; //~ BLOCKS
    io::copy(&mut *shared.borrow_mut().first_mut().unwrap(), &mut io::sink())?; //~ BLOCKS
    io::copy(&mut shared.borrow_mut()[0], &mut io::sink())?; //~ BLOCKS
    let one = RefCell::new(*f);
    io::read_to_string(&mut *one.borrow_mut())?; //~ BLOCKS
    io::copy(Read::by_ref(&mut *one.borrow_mut()), &mut io::sink())?; //~ BLOCKS
    let shared = Arc::new(one.into_inner());
    io::read_to_string(shared.as_ref()).map(drop) //~ BLOCKS
}

#[nonblocking]
pub async fn blocks_as_arguments(mut f: File, other: File, either: bool) -> io::Result<String> {
    io::copy({ &mut f }, &mut io::sink())?; //~ BLOCKS
    io::copy(if either { &mut f } else { return Ok(String::new()) }, &mut { other })?; //~ BLOCKS
    io::read_to_string({ f }) //~ BLOCKS
}

#[nonblocking]
pub async fn lazy_iterators_of_functions(
    f: fn() -> BufReader<File>,
    rx: Receiver<u8>,
    l: TcpListener,
    d: ReadDir,
) -> usize {
    let lines: Vec<_> = BufRead::lines(f()).collect(); //~ BLOCKS
    let parts: Vec<_> = BufRead::split(f(), b',').map(Result::unwrap).collect(); //~ BLOCKS
    let others: Vec<_> = f().split(b',').map(Result::unwrap).collect(); //~ BLOCKS
    let count = Iterator::count(BufRead::split(f(), b',')); //~ BLOCKS
    for line in BufRead::lines(f()) { //~ BLOCKS
        drop(line);
    }
    for (_, line) in BufRead::lines(f()).enumerate() { //~ BLOCKS
        drop(line);
    }
    let first = BufRead::lines(f()).next(); //~ BLOCKS
    let mut kept = BufRead::lines(f());
    let second = kept.next(); //~ BLOCKS
    for stream in TcpListener::incoming(&l) { //~ BLOCKS
        drop(stream);
    }
    let sent = Receiver::iter(&rx).count(); //~ BLOCKS
    let all: Vec<_> = Iterator::collect(d); //~ BLOCKS
    lines.len() + parts.len() + others.len() + count + sent + all.len() + usize::from(first.or(second).is_some())
}

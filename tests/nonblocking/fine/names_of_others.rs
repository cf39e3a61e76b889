//! Functions, methods, statics and macros with the names of others.

use std::io::{self, BufRead, BufReader, BufWriter, Cursor, Read, Write};
use std::sync::mpsc;
use workflows_runtime::nonblocking;

/// A queue whose own method hides the one of the receiver.
pub struct Queue(mpsc::Receiver<u8>);
impl std::ops::Deref for Queue {
    type Target = mpsc::Receiver<u8>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
impl Queue {
    pub fn recv(&self) -> Result<u8, mpsc::TryRecvError> {
        self.0.try_recv()
    }
}
pub trait Timed {
    fn recv_timeout(&self, _: u8) -> u8;
}
impl Timed for Queue {
    fn recv_timeout(&self, n: u8) -> u8 {
        self.0.try_recv().unwrap_or(n)
    }
}

#[nonblocking]
pub async fn own_methods_before_a_target(q: &Queue, all: &[Queue]) -> u8 {
    let first = all.first().map_or(0, |q| q.recv().unwrap_or(1));
    q.recv().unwrap_or_default() + all[0].recv().unwrap_or(2) + q.recv_timeout(3) + first
}

pub fn write<F: Fn(&str) -> usize>(f: F) -> usize {
    f("abc")
}
pub fn copy<F: Fn(&str) -> usize>(pair: (u8, F)) -> usize {
    (pair.1)("abc")
}
pub fn sleep(f: &dyn Fn(&str) -> usize) -> usize {
    f("abc")
}
pub fn rename<F: Fn(&str) -> usize>(f: Option<F>) -> usize {
    f.map_or(0, |f| f("abc"))
}
pub fn metadata<F: Fn(&str) -> usize>(all: [F; 1]) -> usize {
    all.iter().map(|f| f("abc")).sum()
}

#[nonblocking]
pub async fn closures_whose_types_are_deduced(flag: bool) -> usize {
    let n = write({ |s| s.len() }) + copy((1, |s| s.trim().len())) + sleep(&|s| s.len());
    let m = rename(Some(|s: &str| s.trim().len())) + metadata([|s: &str| s.trim().len()]);
    n + m + write(match flag {
        true => |s: &str| s.len(),
        false => |s: &str| s.trim().len(),
    })
}

#[allow(non_upper_case_globals)]
pub static read: String = String::new();
#[allow(non_upper_case_globals)]
pub static open: std::sync::LazyLock<Box<dyn Fn(u8) -> u8 + Send + Sync>> =
    std::sync::LazyLock::new(|| Box::new(|n| n + 1));
#[allow(non_upper_case_globals)]
pub const connect: fn(u8) -> u8 = |n| n;

#[nonblocking]
pub async fn statics(s: &str) -> bool {
    let text: &'static str = &read;
    read == s || read.as_str() == text || open(1) == connect(2)
}

fn made<T: Default>() -> T {
    T::default()
}

#[nonblocking]
pub async fn types_that_are_inferred_later() -> io::Result<usize> {
    let mut out = BufWriter::new(Default::default());
    out.write_all(b"x")?;
    writeln!(out, "y")?;
    let mut lines = BufReader::new(made());
    let mut line = String::new();
    let n = [lines.read_line(&mut line)?].iter().sum::<usize>();
    if n > 3 {
        lines.read_line(&mut line)?;
    }
    let _: &Cursor<Vec<u8>> = lines.get_ref();
    let bytes: Vec<u8> = out.into_inner().map_err(|error| error.into_error())?;
    let mut empty = BufReader::new(made());
    io::copy(&mut empty, &mut made::<Vec<u8>>())?;
    let _: &io::Empty = empty.get_ref();
    Ok(bytes.len())
}

pub struct Asked;
impl Asked {
    pub fn asked(&self, n: u8) -> u8 {
        n
    }
    pub fn verdict(&self) -> u8 {
        1
    }
    pub fn read(&self) -> u8 {
        2
    }
    pub fn is_allowed_here(&self) -> u8 {
        3
    }
}

#[nonblocking]
pub async fn methods_of_the_check(a: Asked) -> u8 {
    a.asked(1) + a.verdict() + a.read() + a.is_allowed_here()
}

mod own {
    macro_rules! info {
        ($($name:ident: $value:expr),*) => { [$((stringify!($name), stringify!($value), u32::from($value))),*] };
    }
    macro_rules! select {
        ($($column:ident),+ from $table:ident) => { concat!($(stringify!($column)),+, stringify!($table)) };
    }
    macro_rules! json {
        ($key:ident => $value:expr) => {
            (stringify!($key), stringify!($value), $value)
        };
    }
    macro_rules! event {
        ($($key:ident => $value:expr),*) => { [$(stringify!($key => $value)),*].len() + [$($value),*].len() };
    }
    macro_rules! ensure {
        ($value:expr) => {
            if $value == 0 { stringify!($value) } else { "" }
        };
    }
    pub(crate) use {ensure, event, info, json, select};
}

#[nonblocking]
pub async fn macros_with_another_grammar(a: Asked) -> usize {
    use own::{ensure, event, info, json, select};
    let n = info!(read: a.read(), write: a.read()).len() + select!(read, write from files).len();
    let (_, text, _) = json!(read => a.read());
    n + event!(a => a.read(), b => 1) + text.len() + ensure!(a.read()).len() + own::json!(x => a.read()).1.len()
}

#[nonblocking]
pub async fn sockets_with_an_address(a: std::net::SocketAddr) -> io::Result<u16> {
    use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
    let s = UdpSocket::bind(a)?;
    s.connect(a)?;
    let l = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let m = TcpListener::bind(SocketAddr::from(([0, 0, 0, 0], 0)))?;
    let n = UdpSocket::bind(&[a][..])?;
    Ok(l.local_addr()?.port() + m.local_addr()?.port() + n.local_addr()?.port())
}

#[nonblocking]
pub async fn memory(bytes: Vec<u8>) -> io::Result<u64> {
    let mut text = String::new();
    Cursor::new(&bytes).take(3).read_to_string(&mut text)?;
    let lines = BufReader::new(&bytes[..]).lines();
    let n: usize = lines.map(|line| line.map_or(0, |line| line.len())).sum();
    let copied = io::copy(&mut bytes.take_some().take(10), &mut BufWriter::new(io::sink()))?;
    Ok(copied + n as u64 + io::read_to_string(Cursor::new("x").chain(io::empty()))?.len() as u64)
}

trait TakeSome {
    fn take_some(&self) -> &[u8];
}
impl TakeSome for Vec<u8> {
    fn take_some(&self) -> &[u8] {
        self
    }
}

pub struct Failure;

impl Failure {
    pub fn connect(cause: io::Error) -> Self {
        drop(cause);
        Self
    }
    pub fn read(cause: (io::Error, u8)) -> Self {
        drop(cause);
        Self
    }
    pub fn send<T>(cause: T) -> T {
        cause
    }
}

/// A call as the whole argument of another call gets no parentheses, which `unused_parens` would report.
#[nonblocking]
#[deny(unused_parens)]
pub async fn calls_as_whole_arguments(name: &str) -> (Failure, Failure, String) {
    let first = Failure::connect(io::Error::new(io::ErrorKind::Other, name));
    let second = Failure::read((io::Error::other(name.to_owned()), 1));
    let sent = Failure::send(Failure::send(name.to_owned()));
    drop(Failure::connect(io::Error::other(format!("{name}: {sent}"))));
    drop(io::read_to_string(Cursor::new(Vec::from(name))));
    (first, second, Failure::send(String::from(name)))
}

//! Calls of std that do not wait, next to those that do.

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, BufWriter, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, Once, OnceLock, RwLock, mpsc};
use workflows_runtime::nonblocking;

#[nonblocking]
pub async fn memory(bytes: Vec<u8>) -> io::Result<usize> {
    let mut reader = BufReader::new(&bytes[..]);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    reader.fill_buf()?;
    let mut writer = BufWriter::new(Vec::<u8>::new());
    writer.write_all(line.as_bytes())?;
    writer.flush()?;
    let written = writer.into_inner().map_err(|e| e.into_error())?;
    Ok(reader.lines().count() + written.len())
}

#[nonblocking]
pub async fn cursors() -> io::Result<u64> {
    let mut cursor = Cursor::new(vec![1, 2, 3]);
    cursor.seek(io::SeekFrom::End(0))?;
    cursor.rewind()?;
    let mut text = String::new();
    cursor.read_to_string(&mut text)?;
    for byte in Read::by_ref(&mut cursor).bytes() {
        drop(byte?);
    }
    for line in Cursor::new("a\nb").lines() {
        drop(line?);
    }
    for part in Cursor::new("a,b").split(b',') {
        drop(part?);
    }
    io::copy(&mut cursor, &mut Vec::new())?;
    Ok(cursor.position() + io::read_to_string(&b"x"[..])?.len() as u64)
}

#[nonblocking]
pub async fn slices(mut s: &[u8]) -> io::Result<usize> {
    let mut four = [0; 4];
    s.read_exact(&mut four)?;
    Read::read(&mut s, &mut four)?;
    let mut v = Vec::new();
    v.write_all(s)?;
    write!(v, "{}", 1)?;
    writeln!(&mut v)?;
    Write::flush(&mut v)?;
    io::Read::chain(s, &four[..]).read_to_end(&mut v)
}

#[nonblocking]
pub async fn formatted(mut s: String) -> Result<String, std::fmt::Error> {
    use std::fmt::Write as _;
    write!(s, "{}", 1)?;
    write!(&mut s, "{}", 2)?;
    writeln!(s)?;
    s.write_str("x")?;
    Ok(s)
}

#[nonblocking]
pub async fn standard_output() -> io::Result<()> {
    println!("x");
    eprint!("x");
    let mut out = io::stdout().lock();
    writeln!(out, "x")?;
    out.flush()?;
    io::stderr().write_all(b"x")
}

#[nonblocking]
pub async fn paths(p: PathBuf, q: &Path) -> bool {
    let joined = p.join("a").with_extension("txt");
    let there = q.is_absolute() || joined.starts_with("a") || joined.file_name().is_some();
    there || p.components().count() > 1 || Path::new("x").parent().is_none() || q.iter().next().is_none()
}

#[nonblocking]
pub async fn options() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).append(false).truncate(true);
    options
}

#[nonblocking]
pub async fn of_metadata(m: std::fs::Metadata) -> bool {
    m.is_file() && m.file_type().is_dir() && m.len() > 1 && m.modified().is_ok() && m.permissions().readonly()
}

#[nonblocking]
pub async fn locks(m: &Mutex<Vec<u8>>, l: &RwLock<Vec<u8>>) -> usize {
    m.lock().unwrap().push(1);
    l.write().unwrap().push(2);
    let n = l.read().unwrap().len();
    n + m.lock().map_or(0, |v| v.len()) + m.try_lock().map_or(0, |v| v.len())
}

#[nonblocking]
pub async fn channels(tx: mpsc::Sender<u8>, rx: mpsc::Receiver<u8>, b: mpsc::SyncSender<u8>) -> u8 {
    tx.send(1).unwrap();
    let n = rx.try_recv().unwrap_or(0) + rx.try_iter().sum::<u8>();
    for m in rx.try_iter() {
        drop(m);
    }
    b.try_send(n).map_or(0, |()| n)
}

#[nonblocking]
pub async fn notified(c: &Condvar, o: &'static Once, l: &OnceLock<u8>) -> u8 {
    c.notify_one();
    c.notify_all();
    o.call_once(|| {});
    *l.get_or_init(|| 1)
}

#[nonblocking]
pub async fn processes() -> u32 {
    let mut command = std::process::Command::new("ls");
    command.arg("-l").env("A", "B").stdin(std::process::Stdio::null());
    let program = command.get_program().len();
    std::process::id() + program as u32
}

#[nonblocking]
pub async fn children(mut c: std::process::Child) -> bool {
    let _ = c.kill();
    c.id() > 1 && matches!(c.try_wait(), Ok(None))
}

#[nonblocking]
pub async fn threads(h: &std::thread::JoinHandle<u8>) -> bool {
    h.thread().unpark();
    std::thread::yield_now();
    h.is_finished() && std::thread::current().name().is_some()
}

#[nonblocking]
pub async fn sockets(s: &std::net::TcpStream, l: &std::net::TcpListener) -> io::Result<()> {
    s.set_nodelay(true)?;
    s.set_read_timeout(None)?;
    s.shutdown(std::net::Shutdown::Both)?;
    l.set_nonblocking(true)?;
    drop((s.peer_addr()?, l.local_addr()?, s.try_clone()?));
    Ok(())
}

#[nonblocking]
pub async fn strings(s: &str, parts: Vec<String>) -> usize {
    let n = s.lines().count() + s.bytes().len() + s.split(',').count() + parts.join("/").len();
    let [a, b] = [s.lines(), s.trim().lines()];
    n + a.chain(b).map(str::len).sum::<usize>() + s.parse::<usize>().unwrap_or(0)
}

#[nonblocking]
pub async fn addresses(s: &str) -> Option<std::net::SocketAddr> {
    let a: std::net::SocketAddr = s.parse().ok()?;
    Some(std::net::SocketAddr::new(a.ip(), 1))
}

#[nonblocking]
pub async fn collections(mut v: std::collections::VecDeque<u8>, a: Arc<Vec<u8>>) -> usize {
    for n in v.iter().chain(a.iter()) {
        drop(*n);
    }
    for n in &mut v {
        *n += 1;
    }
    let all: Vec<u8> = v.into_iter().collect();
    let mut it = all.iter().copied();
    while let Some(n) = it.next() {
        drop(n);
    }
    all.iter().map(|n| n + 1).filter(|n| *n > 1).count() + a.iter().len()
}

#[nonblocking]
pub async fn clocks() -> bool {
    let now = std::time::Instant::now();
    now.elapsed().as_secs() < 1 && std::time::SystemTime::now().elapsed().is_ok()
}

#[nonblocking]
pub async fn environment() -> usize {
    std::env::var("X").map_or(0, |x| x.len()) + std::env::args().len() + std::env::temp_dir().iter().count()
}

#[nonblocking]
pub async fn pipes() -> io::Result<()> {
    let (r, w) = io::pipe()?;
    drop((r.try_clone()?, w));
    io::sink().write_all(b"x")?;
    io::empty().read(&mut [0]).map(drop)
}

#[nonblocking]
pub async fn arguments_whose_type_their_call_decides(
    mut held: Box<Cursor<Vec<u8>>>,
    out: RefCell<Vec<Vec<u8>>>,
) -> io::Result<String> {
    io::copy(held.as_mut(), &mut out.borrow_mut()[0])?;
    io::copy(&mut &b"x"[..], &mut *out.borrow_mut().first_mut().unwrap())?;
    io::copy(&mut out.borrow()[0].as_slice(), &mut io::sink())?;
    let text = io::read_to_string({ *held })?;
    fn made<T: Default>() -> T {
        T::default()
    }
    Ok(text + &io::read_to_string(made::<Cursor<Vec<u8>>>())?)
}

#[nonblocking]
pub async fn lazy_iterators_of_functions(text: &str, bytes: &[u8]) -> usize {
    let lines: Vec<_> = BufRead::lines(bytes).collect();
    let parts: Vec<Vec<u8>> = BufRead::split(bytes, b',').map(Result::unwrap).collect();
    let words: Vec<_> = text.split(',').filter(|word| !word.is_empty()).collect();
    let numbers: Result<Vec<u8>, std::num::ParseIntError> = text.split(',').map(str::parse).collect();
    let others = str::split(text, ',').map(str::len).sum::<usize>();
    let both =
        Iterator::count(bytes.split(|byte| *byte == 1)) + Iterator::sum::<usize>(words.iter().map(|word| word.len()));
    // The type of the variable is not known at the end of the body.
    let least = 1;
    let most = format!("{}", Ord::max(least, 5)).len();
    lines.len() + most + parts.len() + words.len() + numbers.map_or(0, |numbers| numbers.len()) + others + both
}

/// The type of the argument is part of the result.
#[nonblocking]
pub async fn written_type_of_a_reader(bytes: Vec<u8>) -> usize {
    let reader: BufReader<&[u8]> = BufReader::new(bytes.as_ref());
    io::read_to_string::<&[u8]>(bytes.as_ref()).map_or(0, |text| text.len()) + reader.buffer().len()
}

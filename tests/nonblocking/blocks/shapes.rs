//! Blocking calls in every position of a body.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, mpsc};
use workflows_runtime::nonblocking;

async fn sent(bytes: Vec<u8>) -> usize {
    bytes.len()
}

#[nonblocking]
pub async fn statements(p: &str) -> usize {
    if fs::exists(p).unwrap() { //~ BLOCKS
        fs::remove_file(p).unwrap(); //~ BLOCKS
    } else if Path::new(p).is_dir() { //~ BLOCKS
        let Ok(text) = fs::read_to_string(p) else { return 0 }; //~ BLOCKS
        return text.len();
    }
    let n = {
        let bytes = fs::read(p).unwrap(); //~ BLOCKS
        bytes.len()
    };
    loop {
        if fs::metadata(p).is_ok() { //~ BLOCKS
            break n;
        }
    }
}

#[nonblocking]
pub async fn patterns(p: PathBuf) -> Option<u64> {
    if let Ok(m) = fs::metadata(&p) //~ BLOCKS
        && m.is_file()
        && let Ok(t) = fs::read_to_string(&p) //~ BLOCKS
    {
        return Some(t.len() as u64);
    }
    match fs::read_link(&p) { //~ BLOCKS
        Ok(link) if link.exists() => None, //~ BLOCKS
        Ok(link) => fs::metadata(link).ok().map(|m| m.len()), //~ BLOCKS
        Err(_) => {
            fs::remove_dir(&p).ok()?; //~ BLOCKS
            Some(0)
        }
    }
}

#[nonblocking]
pub async fn chains(p: &str) -> std::io::Result<Vec<String>> {
    let mut text = String::new();
    fs::File::open(p)? //~ BLOCKS
        .take(10)
        .read_to_string(&mut text)?; //~ BLOCKS
    let sorted = fs::read_to_string(p)? //~ BLOCKS
        .lines()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let all = sorted
        .iter()
        .map(|line| fs::read_to_string(line)) //~ BLOCKS
        .collect::<Result<Vec<_>, _>>()?;
    let _ = sorted.iter().map(fs::read).filter_map(Result::ok).count(); //~ BLOCKS
    let _ = sorted.iter().filter(|line| Path::new(line).exists()).count(); //~ BLOCKS
    Ok(all)
}

#[nonblocking]
pub async fn asynchronous(p: String) -> usize {
    let early = async { fs::read(&p).unwrap().len() }; //~ BLOCKS
    let n = early.await;
    let task = tokio::spawn(async move { fs::read(p).unwrap().len() }); //~ BLOCKS
    let read = async |p: &str| fs::read(p).unwrap().len(); //~ BLOCKS
    n + task.await.unwrap() + read("x").await + sent(fs::read("x").unwrap()).await //~ BLOCKS
}

#[nonblocking]
pub async fn in_tokio_macros(mut rx: tokio::sync::mpsc::Receiver<u8>, p: &str) -> usize {
    tokio::select! {
        Some(n) = rx.recv() => {
            fs::write(p, [n]).unwrap(); //~ BLOCKS
            1
        }
        n = sent(fs::read(p).unwrap()) => n, //~ BLOCKS
        _ = tokio::task::yield_now(), if Path::new(p).exists() => fs::read(p).unwrap().len(), //~ BLOCKS BLOCKS
        else => 0,
    };
    let (a, b) = tokio::join!(async { fs::read(p).unwrap().len() }, sent(vec![])); //~ BLOCKS
    let c = tokio::try_join!(async { fs::read(p) }).unwrap(); //~ BLOCKS
    let (d, _) = futures::join!(async { fs::read(p).unwrap().len() }, sent(vec![])); //~ BLOCKS
    a + b + c.0.len() + d
}

#[nonblocking]
pub async fn in_macros(p: &str, f: &mut fs::File) -> std::io::Result<Vec<Vec<u8>>> {
    println!("{:?}", fs::read(p)?); //~ BLOCKS
    eprintln!("{a:?}", a = fs::read(p)?); //~ BLOCKS
    let text = format!("{}", fs::read_to_string(p)?); //~ BLOCKS
    assert!(Path::new(p).exists()); //~ BLOCKS
    assert!(fs::read(p).is_ok(), "{text}"); //~ BLOCKS
    assert_eq!(fs::read(p)?, b"x"); //~ BLOCKS
    debug_assert!(text.is_empty() || fs::exists(p)?); //~ BLOCKS
    let matched = matches!(fs::read(p), Ok(b) if b.is_empty()); //~ BLOCKS
    let bytes = dbg!(fs::read(p)?); //~ BLOCKS
    write!(f, "{matched}")?; //~ BLOCKS
    writeln!(f, "{bytes:?}")?; //~ BLOCKS
    write!(fs::File::create(p)?, "x")?; //~ BLOCKS BLOCKS
    let _ = vec![fs::read(p)?; 2]; //~ BLOCKS
    Ok(vec![fs::read(p)?, Vec::new()]) //~ BLOCKS
}

pub struct Store {
    file: fs::File,
    inner: Inner,
    all: Vec<fs::File>,
    locked: Mutex<fs::File>,
    boxed: Box<mpsc::Receiver<u8>>,
}

pub struct Inner {
    jobs: mpsc::Receiver<u8>,
    pair: (fs::File, PathBuf),
}

impl std::ops::Deref for Inner {
    type Target = mpsc::Receiver<u8>;

    fn deref(&self) -> &Self::Target {
        &self.jobs
    }
}

impl Store {
    fn file(&mut self) -> &mut fs::File {
        &mut self.file
    }

    #[nonblocking]
    pub async fn receivers(&mut self, mut other: Option<fs::File>) -> std::io::Result<u8> {
        self.file.write_all(b"x")?; //~ BLOCKS
        self.file().write_all(b"x")?; //~ BLOCKS
        self.all[0].write_all(b"x")?; //~ BLOCKS
        (&self.all[1]).write_all(b"x")?; //~ BLOCKS
        self.inner.pair.0.sync_all()?; //~ BLOCKS
        let is_there = self.inner.pair.1.exists(); //~ BLOCKS
        self.locked.lock().unwrap().write_all(b"x")?; //~ BLOCKS
        let mut guard = self.locked.lock().unwrap();
        guard.flush()?; //~ BLOCKS
        (*guard).flush()?; //~ BLOCKS
        drop(guard);
        if let Some(file) = other.as_mut() {
            file.flush()?; //~ BLOCKS
        }
        other.take().unwrap().sync_all()?; //~ BLOCKS
        let n = self.inner.recv().unwrap(); //~ BLOCKS
        let m = self.boxed.recv().unwrap(); //~ BLOCKS
        for file in &mut self.all {
            file.flush()?; //~ BLOCKS
        }
        self.all.iter_mut().try_for_each(|file| file.flush())?; //~ BLOCKS
        Ok(n + m + u8::from(is_there))
    }

    #[nonblocking]
    pub fn future(&self) -> impl Future<Output = bool> + Send {
        let path = self.inner.pair.1.clone();
        async move { path.exists() } //~ BLOCKS
    }
}

#[nonblocking]
pub async fn generic<R: Read, T: AsRef<Path>>(mut r: R, p: T, t: mpsc::Receiver<R>) -> std::io::Result<R> {
    r.read(&mut [0])?;
    let mut file = fs::File::open(p)?; //~ BLOCKS
    std::io::copy(&mut file, &mut Vec::new())?; //~ BLOCKS
    std::io::copy(&mut r, &mut file)?; //~ BLOCKS
    Ok(t.recv().unwrap()) //~ BLOCKS
}

#[nonblocking]
pub async fn as_values(p: &str) -> Option<Vec<u8>> {
    let read = fs::read::<&str>; //~ BLOCKS
    let sleep: fn(std::time::Duration) = std::thread::sleep; //~ BLOCKS
    sleep(std::time::Duration::ZERO);
    let many = [Path::is_file, Path::is_dir]; //~ BLOCKS BLOCKS
    many[0](Path::new(p));
    Some(p).map(fs::read).and_then(Result::ok).or_else(|| read(p).ok()) //~ BLOCKS
}

#[nonblocking]
pub async fn closures(p: &str) -> usize {
    let load = |p: &str| fs::read(p).unwrap().len(); //~ BLOCKS
    let mut total = load(p);
    let mut add = || {
        let bytes = fs::read(p).unwrap(); //~ BLOCKS
        total += bytes.len();
    };
    add();
    let cell = std::sync::OnceLock::new();
    *cell.get_or_init(|| fs::read(p).unwrap().len()) //~ BLOCKS
}

#[nonblocking]
pub async fn streams(paths: Vec<String>) -> usize {
    use futures::StreamExt;
    futures::stream::iter(paths)
        .map(|p| fs::read(p)) //~ BLOCKS
        .for_each(|b| {
            fs::write("x", b.unwrap()).unwrap(); //~ BLOCKS
            futures::future::ready(())
        })
        .await;
    1
}

#[nonblocking]
pub async fn returned(p: &str) -> std::io::Result<Vec<u8>> {
    if p.is_empty() {
        return fs::read("default"); //~ BLOCKS
    }
    let range = 0..fs::metadata(p)?.len(); //~ BLOCKS
    let pair = (fs::read(p)?, range); //~ BLOCKS
    let array = [fs::read(p)?]; //~ BLOCKS
    let wrapped = Some(fs::read(p)?); //~ BLOCKS
    let cast = fs::metadata(p)?.len() as usize; //~ BLOCKS
    let not = !fs::exists(p)?; //~ BLOCKS
    let both = not && fs::exists(p)?; //~ BLOCKS
    drop((pair, array, wrapped, cast, both));
    Ok(fs::read(p)?) //~ BLOCKS
}

mod scopes {
    use std::thread::{self, scope};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run() {
        scope(|s| s.spawn(|| 1).thread().id()); //~ BLOCKS
        thread::scope(|s| s.spawn(|| 1).thread().id()); //~ BLOCKS
    }
}

#[nonblocking]
pub async fn iterators(p: &str) -> std::io::Result<usize> {
    use std::io::{BufRead, BufReader};
    let file = BufReader::new(fs::File::open(p)?); //~ BLOCKS
    let mut lines = file.lines();
    lines.next(); //~ BLOCKS
    std::io::stdin().lines().next(); //~ BLOCKS
    Iterator::next(&mut lines); //~ BLOCKS
    let entries = fs::read_dir(p)? //~ BLOCKS
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) //~ BLOCKS
        .count();
    let all = BufRead::lines(std::io::stdin().lock()).count(); //~ BLOCKS
    Ok(all + entries)
}

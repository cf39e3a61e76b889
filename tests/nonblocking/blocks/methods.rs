//! Methods, by the type of what they are called on.

mod files {
    use std::fs::{DirBuilder, DirEntry, File, FileTimes, Metadata, OpenOptions, Permissions, ReadDir};
    use std::io::{self, BufRead, BufReader, BufWriter, LineWriter, Read, Seek, SeekFrom, Write};
    use std::os::unix::fs::FileExt;
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn reads(mut f: File) -> io::Result<usize> {
        let (mut v, mut s) = (Vec::new(), String::new());
        f.read(&mut v)?; //~ BLOCKS
        f.read_exact(&mut v)?; //~ BLOCKS
        f.read_to_end(&mut v)?; //~ BLOCKS
        f.read_to_string(&mut s)?; //~ BLOCKS
        f.read_vectored(&mut [])?; //~ BLOCKS
        f.read_at(&mut v, 0)?; //~ BLOCKS
        f.read_exact_at(&mut v, 0)?; //~ BLOCKS
        (&f).read(&mut v) //~ BLOCKS
    }

    #[nonblocking]
    pub async fn writes(f: &mut File, b: &[u8]) -> io::Result<u64> {
        f.write(b)?; //~ BLOCKS
        f.write_all(b)?; //~ BLOCKS
        f.flush()?; //~ BLOCKS
        f.write_vectored(&[])?; //~ BLOCKS
        f.write_at(b, 1)?; //~ BLOCKS
        f.write_all_at(b, 1)?; //~ BLOCKS
        f.write_fmt(format_args!("{}", 1))?; //~ BLOCKS
        write!(f, "{b:?}")?; //~ BLOCKS
        writeln!(f)?; //~ BLOCKS
        f.rewind()?; //~ BLOCKS
        f.stream_position()?; //~ BLOCKS
        f.seek(SeekFrom::Start(0)) //~ BLOCKS
    }

    #[nonblocking]
    pub async fn inherent(f: &File, p: Permissions, t: std::time::SystemTime) -> io::Result<Metadata> {
        f.sync_all()?; //~ BLOCKS
        f.sync_data()?; //~ BLOCKS
        f.set_len(0)?; //~ BLOCKS
        f.set_permissions(p)?; //~ BLOCKS
        f.set_modified(t)?; //~ BLOCKS
        f.set_times(FileTimes::new())?; //~ BLOCKS
        f.lock()?; //~ BLOCKS
        f.lock_shared()?; //~ BLOCKS
        f.metadata() //~ BLOCKS
    }

    #[nonblocking]
    pub async fn as_functions(mut f: File) -> io::Result<()> {
        let mut v = Vec::new();
        Read::read(&mut f, &mut v)?; //~ BLOCKS
        io::Read::read_to_end(&mut f, &mut v)?; //~ BLOCKS
        <File as Read>::read_exact(&mut f, &mut v)?; //~ BLOCKS
        Write::write_all(&mut f, &v)?; //~ BLOCKS
        io::Write::flush(&mut f)?; //~ BLOCKS
        Seek::seek(&mut f, SeekFrom::End(0))?; //~ BLOCKS
        File::sync_all(&f)?; //~ BLOCKS
        File::set_len(&f, 1)?; //~ BLOCKS
        File::metadata(&f)?; //~ BLOCKS
        Ok(())
    }

    #[nonblocking]
    pub async fn behind_adapters(f: File, g: &File, h: File) -> io::Result<()> {
        let mut r = BufReader::new(f);
        let mut line = String::new();
        r.read_line(&mut line)?; //~ BLOCKS
        r.read_until(b',', &mut Vec::new())?; //~ BLOCKS
        r.skip_until(b',')?; //~ BLOCKS
        r.fill_buf()?; //~ BLOCKS
        BufReader::new(g).read_line(&mut line)?; //~ BLOCKS
        r.by_ref().take(3).read_to_end(&mut Vec::new())?; //~ BLOCKS
        g.chain(&b"x"[..]).read(&mut [0])?; //~ BLOCKS
        let mut w = BufWriter::new(h);
        w.write_all(b"x")?; //~ BLOCKS
        w.flush()?; //~ BLOCKS
        let mut h = LineWriter::new(w.into_inner()?); //~ BLOCKS
        h.write_all(b"x")?; //~ BLOCKS
        Ok(())
    }

    #[nonblocking]
    pub async fn opened(p: &str) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        let _ = options.open(p)?; //~ BLOCKS
        let _ = File::options().read(true).open(p)?; //~ BLOCKS
        DirBuilder::new().recursive(true).create(p)?; //~ BLOCKS
        Ok(())
    }

    #[nonblocking]
    pub async fn directories(mut d: ReadDir, e: DirEntry) -> io::Result<()> {
        e.metadata()?; //~ BLOCKS
        e.file_type()?; //~ BLOCKS
        d.next().unwrap()?; //~ BLOCKS
        while let Some(e) = d.next() { //~ BLOCKS
            drop(e);
        }
        for e in d { //~ BLOCKS
            drop(e);
        }
        for e in std::fs::read_dir(".")? { //~ BLOCKS
            drop(e);
        }
        Ok(())
    }
}

mod paths {
    use std::path::{Path, PathBuf};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run(p: PathBuf, q: &Path, b: Box<Path>, s: std::sync::Arc<Path>) -> std::io::Result<bool> {
        let a = p.exists(); //~ BLOCKS
        let c = q.is_file(); //~ BLOCKS
        let d = b.is_dir(); //~ BLOCKS
        let e = s.is_symlink(); //~ BLOCKS
        let f = p.try_exists()?; //~ BLOCKS
        p.metadata()?; //~ BLOCKS
        q.symlink_metadata()?; //~ BLOCKS
        b.read_link()?; //~ BLOCKS
        s.read_dir()?; //~ BLOCKS
        p.join("x").canonicalize()?; //~ BLOCKS
        let g = Path::exists(&p); //~ BLOCKS
        let h = Path::new("x").exists(); //~ BLOCKS
        let i = p.parent().is_some_and(|p| p.is_dir()); //~ BLOCKS
        let j = p.parent().is_some_and(Path::is_dir); //~ BLOCKS
        Ok(a && c && d && e && f && g && h && i && j)
    }
}

mod network {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
    use std::time::Duration;
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn streams(mut s: TcpStream, mut u: UnixStream, a: SocketAddr) -> std::io::Result<()> {
        let mut b = [0; 8];
        s.read(&mut b)?; //~ BLOCKS
        s.write_all(&b)?; //~ BLOCKS
        s.peek(&mut b)?; //~ BLOCKS
        u.read_exact(&mut b)?; //~ BLOCKS
        u.write(&b)?; //~ BLOCKS
        let _ = TcpStream::connect_timeout(&a, Duration::ZERO)?; //~ BLOCKS
        Ok(())
    }

    #[nonblocking]
    pub async fn listeners(l: &TcpListener, u: &UnixListener) -> std::io::Result<()> {
        let (_, _) = l.accept()?; //~ BLOCKS
        let (_, _) = u.accept()?; //~ BLOCKS
        for s in l.incoming() { //~ BLOCKS
            drop(s?);
        }
        for s in u { //~ BLOCKS
            drop(s?);
        }
        let mut incoming = l.incoming();
        let _ = incoming.next(); //~ BLOCKS
        TcpListener::accept(l)?; //~ BLOCKS
        Ok(())
    }

    #[nonblocking]
    pub async fn datagrams(s: UdpSocket, d: UnixDatagram) -> std::io::Result<()> {
        let mut b = [0; 8];
        s.recv(&mut b)?; //~ BLOCKS
        s.recv_from(&mut b)?; //~ BLOCKS
        s.send(&b)?; //~ BLOCKS
        s.send_to(&b, "localhost:1")?; //~ BLOCKS
        s.connect("localhost:1")?; //~ BLOCKS
        s.peek_from(&mut b)?; //~ BLOCKS
        d.recv(&mut b)?; //~ BLOCKS
        d.send_to(&b, "/x")?; //~ BLOCKS
        Ok(())
    }

    #[nonblocking]
    pub async fn names(host: &str, owned: String) -> std::io::Result<()> {
        let _ = host.to_socket_addrs()?; //~ BLOCKS
        let _ = owned.to_socket_addrs()?; //~ BLOCKS
        let _ = (host, 80).to_socket_addrs()?.next(); //~ BLOCKS
        let _ = "localhost:80".to_socket_addrs()?; //~ BLOCKS
        let _ = ToSocketAddrs::to_socket_addrs(&owned)?; //~ BLOCKS
        Ok(())
    }
}

mod standard_streams {
    use std::io::{self, BufRead, Read};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run() -> io::Result<String> {
        let mut s = String::new();
        io::stdin().read_line(&mut s)?; //~ BLOCKS
        io::stdin().lock().read_line(&mut s)?; //~ BLOCKS
        io::stdin().read_to_string(&mut s)?; //~ BLOCKS
        for line in io::stdin().lines() { //~ BLOCKS
            s += &line?;
        }
        let lines = io::stdin().lines();
        for line in lines { //~ BLOCKS
            s += &line?;
        }
        let n = io::stdin().lock().lines().count(); //~ BLOCKS
        let t = io::read_to_string(io::stdin())?; //~ BLOCKS
        Ok(format!("{s}{n}{t}"))
    }
}

mod processes {
    use std::io::{Read, Write};
    use std::process::{Child, Command};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run(mut c: Child, mut k: Command) -> std::io::Result<()> {
        Command::new("ls").spawn()?; //~ BLOCKS
        Command::new("ls").arg("-l").env("A", "B").output()?; //~ BLOCKS
        k.status()?; //~ BLOCKS
        c.stdin.take().unwrap().write_all(b"x")?; //~ BLOCKS
        c.stdout.as_mut().unwrap().read(&mut [0])?; //~ BLOCKS
        if let Some(e) = &mut c.stderr {
            e.read_to_end(&mut Vec::new())?; //~ BLOCKS
        }
        c.wait()?; //~ BLOCKS
        c.wait_with_output()?; //~ BLOCKS
        Ok(())
    }
}

mod threads {
    use std::sync::{Arc, Barrier, Condvar, Mutex, Once, OnceLock, mpsc};
    use std::thread::{self, JoinHandle};
    use std::time::Duration;
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn joins(h: JoinHandle<u8>, hs: Vec<JoinHandle<u8>>) {
        h.join().unwrap(); //~ BLOCKS
        for h in hs {
            let _ = h.join(); //~ BLOCKS
        }
        let _ = thread::spawn(|| 1).join(); //~ BLOCKS
        let _ = thread::scope(|s| s.spawn(|| 1).thread().id()); //~ BLOCKS
    }

    #[nonblocking]
    pub async fn channels(rx: mpsc::Receiver<u8>, tx: mpsc::SyncSender<u8>) -> Option<u8> {
        rx.recv().ok()?; //~ BLOCKS
        let _ = rx.recv_timeout(Duration::ZERO); //~ BLOCKS
        tx.send(1).unwrap(); //~ BLOCKS
        while let Ok(n) = rx.recv() { //~ BLOCKS
            drop(n);
        }
        for n in &rx { //~ BLOCKS
            drop(n);
        }
        let n = rx.iter().take(2).count(); //~ BLOCKS
        for n in rx.iter() { //~ BLOCKS
            drop(n);
        }
        let m = mpsc::Receiver::recv(&rx).ok()?; //~ BLOCKS
        for k in rx { //~ BLOCKS
            drop(k);
        }
        Some(m + n as u8)
    }

    #[nonblocking]
    pub async fn meetings(b: Arc<Barrier>, m: &Mutex<bool>, c: &Condvar) {
        b.wait(); //~ BLOCKS
        let mut done = m.lock().unwrap();
        while !*done {
            done = c.wait(done).unwrap(); //~ BLOCKS
        }
        drop(c.wait_while(done, |done| !*done)); //~ BLOCKS
        let (_, _) = c.wait_timeout(m.lock().unwrap(), Duration::ZERO).unwrap(); //~ BLOCKS
    }

    #[nonblocking]
    pub async fn once(o: &Once, l: &'static OnceLock<u8>) -> u8 {
        o.wait(); //~ BLOCKS
        *l.wait() //~ BLOCKS
    }
}

mod tokio_from_the_outside {
    use tokio::runtime::{Handle, Runtime};
    use tokio::sync::{Mutex, RwLock, broadcast, mpsc, oneshot};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run(r: Runtime, mut rx: mpsc::Receiver<u8>, tx: mpsc::Sender<u8>, m: &Mutex<u8>, l: &RwLock<u8>) {
        r.block_on(async {}); //~ BLOCKS
        Handle::current().block_on(async {}); //~ BLOCKS
        Runtime::block_on(&r, async {}); //~ BLOCKS
        rx.blocking_recv(); //~ BLOCKS
        tx.blocking_send(1).unwrap(); //~ BLOCKS
        *m.blocking_lock() += 1; //~ BLOCKS
        let n = *l.blocking_read(); //~ BLOCKS
        *l.blocking_write() = n; //~ BLOCKS
    }

    #[nonblocking]
    pub async fn more(
        mut u: mpsc::UnboundedReceiver<u8>,
        o: oneshot::Receiver<u8>,
        mut b: broadcast::Receiver<u8>,
        l: tokio::task::LocalSet,
        r: &Runtime,
    ) {
        u.blocking_recv(); //~ BLOCKS
        o.blocking_recv().unwrap(); //~ BLOCKS
        b.blocking_recv().unwrap(); //~ BLOCKS
        l.block_on(r, async {}); //~ BLOCKS
    }
}

mod futures_from_the_outside {
    use futures::executor::{self, LocalPool, block_on};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run(mut pool: LocalPool) -> u8 {
        pool.run(); //~ BLOCKS
        pool.run_until(async {}); //~ BLOCKS
        executor::block_on(async {}); //~ BLOCKS
        block_on(async { 1 }) //~ BLOCKS
    }
}

mod of_ones_own {
    use crate::client::{self, Client};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run(c: &Client, pooled: Box<client::Pool<u8>>) -> u8 {
        let n = c.fetch("x") + c.post(); //~ BLOCKS BLOCKS
        client::refresh(); //~ BLOCKS
        let m = client::load::<&str>("x"); //~ BLOCKS
        let k = Client::fetch(c, "x"); //~ BLOCKS
        n + m + k + pooled.get() //~ BLOCKS
    }
}

mod as_functions {
    use std::fs::File;
    use std::io::{self, BufRead, BufReader, Read, Seek, Write};
    use std::net::{TcpStream, ToSocketAddrs};
    use std::sync::Mutex;
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn of_values(path: &str, file: Option<File>, v: &mut Vec<u8>, s: &mut String) -> io::Result<u64> {
        Read::read_to_end(&mut File::open(path)?, v)?; //~ BLOCKS BLOCKS
        Read::read_to_string(&mut file.unwrap(), s)?; //~ BLOCKS
        BufRead::read_line(&mut io::stdin().lock(), s)?; //~ BLOCKS
        <BufReader<_> as BufRead>::read_line(&mut BufReader::new(io::stdin()), s)?; //~ BLOCKS
        io::Write::write_all(&mut TcpStream::connect("10.0.0.1:1")?, v)?; //~ BLOCKS BLOCKS
        Seek::rewind(&mut File::create(path)?)?; //~ BLOCKS BLOCKS
        Ok(0)
    }

    #[nonblocking]
    pub async fn of_places(file: File, shared: &Mutex<File>, stream: &TcpStream, v: &mut [u8]) -> io::Result<usize> {
        <&File as Read>::read(&mut &file, v)?; //~ BLOCKS
        Read::read_exact(&mut *shared.lock().unwrap(), v)?; //~ BLOCKS
        Write::write_all(&mut &*stream, v)?; //~ BLOCKS
        Read::read(&mut file.take(4), v) //~ BLOCKS
    }

    #[nonblocking]
    pub async fn of_addresses(host: &str, name: String, port: u16) -> io::Result<usize> {
        ToSocketAddrs::to_socket_addrs(&("localhost", 80))?; //~ BLOCKS
        ToSocketAddrs::to_socket_addrs(&(host, port))?; //~ BLOCKS
        <(String, u16) as ToSocketAddrs>::to_socket_addrs(&(name, 80))?; //~ BLOCKS
        ToSocketAddrs::to_socket_addrs(&(format!("{host}.local"), port))?; //~ BLOCKS
        Ok(ToSocketAddrs::to_socket_addrs(&format!("{host}:{port}"))?.count()) //~ BLOCKS
    }
}

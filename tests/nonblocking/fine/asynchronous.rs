//! The asynchronous counterparts, which have the same names.

mod files {
    use std::path::Path;
    use tokio::fs::{self, File, OpenOptions};
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn functions(p: &str) -> std::io::Result<usize> {
        fs::write(p, b"x").await?;
        fs::create_dir_all(p).await?;
        fs::metadata(p).await?;
        fs::remove_file(p).await?;
        Ok(fs::read(p).await?.len())
    }

    #[nonblocking]
    pub async fn opened(p: &Path) -> std::io::Result<String> {
        let mut file = File::open(p).await?;
        let mut text = String::new();
        file.read_to_string(&mut text).await?;
        file.rewind().await?;
        let mut other = OpenOptions::new().append(true).open(p).await?;
        other.write_all(text.as_bytes()).await?;
        other.flush().await?;
        other.sync_all().await?;
        Ok(text)
    }

    #[nonblocking]
    pub async fn lines(p: &Path) -> std::io::Result<usize> {
        let mut lines = BufReader::new(File::open(p).await?).lines();
        let mut n = 0;
        while let Some(line) = lines.next_line().await? {
            n += line.len();
        }
        Ok(n)
    }

    #[nonblocking]
    pub async fn directories(p: &Path) -> std::io::Result<usize> {
        let mut entries = fs::read_dir(p).await?;
        let mut n = 0;
        while let Some(entry) = entries.next_entry().await? {
            n += usize::from(entry.file_type().await?.is_file());
            n += usize::from(entry.metadata().await?.is_dir());
        }
        Ok(n)
    }

    #[nonblocking]
    pub async fn later(p: String) -> usize {
        let read = fs::read(p.clone());
        let rename = tokio::fs::rename(p, "b");
        let (read, _) = tokio::join!(read, rename);
        read.map_or(0, |bytes| bytes.len())
    }

    #[nonblocking]
    pub async fn collected(paths: Vec<String>) -> usize {
        let all = futures::future::join_all(paths.iter().map(fs::read)).await;
        let more = futures::future::join_all(paths.iter().map(|p| fs::read_to_string(p))).await;
        all.len() + more.len()
    }

    #[nonblocking]
    pub async fn in_time(p: &str) -> Option<usize> {
        let limit = std::time::Duration::from_secs(1);
        let bytes = tokio::time::timeout(limit, fs::read(p)).await.ok()?.ok()?;
        Some(bytes.len())
    }

    #[nonblocking]
    pub async fn exists(p: &str) -> bool {
        fs::try_exists(p).await.unwrap_or(false) || tokio::fs::canonicalize(p).await.is_ok()
    }
}

mod network {
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream, UdpSocket, UnixStream};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn streams(a: SocketAddr) -> std::io::Result<usize> {
        let mut s = TcpStream::connect(a).await?;
        s.write_all(b"x").await?;
        s.peek(&mut [0]).await?;
        s.read(&mut [0; 4]).await
    }

    #[nonblocking]
    pub async fn listeners(a: SocketAddr) -> std::io::Result<()> {
        let l = TcpListener::bind(a).await?;
        loop {
            let (mut s, _) = l.accept().await?;
            tokio::spawn(async move { s.write_all(b"x").await });
        }
    }

    #[nonblocking]
    pub async fn datagrams() -> std::io::Result<usize> {
        let s = UdpSocket::bind("127.0.0.1:0").await?;
        s.connect("127.0.0.1:1").await?;
        s.send(b"x").await?;
        s.send_to(b"x", "127.0.0.1:1").await?;
        s.recv(&mut [0; 4]).await
    }

    #[nonblocking]
    pub async fn local() -> std::io::Result<()> {
        let (mut a, mut b) = UnixStream::pair()?;
        a.write_all(b"x").await?;
        b.read_exact(&mut [0]).await?;
        tokio::io::copy(&mut a, &mut b).await?;
        Ok(())
    }

    #[nonblocking]
    pub async fn tried(s: &UdpSocket, t: &TcpStream) -> bool {
        s.try_recv(&mut [0]).is_ok() || t.try_read(&mut [0]).is_ok() || t.try_write(&[0]).is_ok()
    }
}

mod channels {
    use futures::{SinkExt, StreamExt};
    use tokio::sync::{Barrier, Mutex, Notify, RwLock, broadcast, mpsc, oneshot, watch};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn sends(tx: mpsc::Sender<u8>, u: mpsc::UnboundedSender<u8>, b: broadcast::Sender<u8>) -> bool {
        let unbounded = u.send(1).is_ok();
        let tried = tx.try_send(1).is_ok();
        b.send(1).is_ok() && unbounded && tried && tx.send(1).await.is_ok()
    }

    #[nonblocking]
    pub async fn receives(mut rx: mpsc::Receiver<u8>, mut b: broadcast::Receiver<u8>) -> u8 {
        let mut n = 0;
        while let Some(m) = rx.recv().await {
            n += m;
        }
        n + b.recv().await.unwrap_or(0) + b.try_recv().unwrap_or(0)
    }

    #[nonblocking]
    pub async fn selects(mut rx: mpsc::Receiver<u8>, mut b: broadcast::Receiver<u8>, stop: &Notify) -> u8 {
        loop {
            tokio::select! {
                biased;
                () = stop.notified() => break 0,
                Some(n) = rx.recv() => if n > 1 { break n },
                n = b.recv() => { if let Ok(n) = n { break n } }
                else => break 1,
            }
        }
    }

    #[nonblocking]
    pub async fn selects_of_futures(mut a: futures::channel::mpsc::Receiver<u8>) -> u8 {
        futures::select! {
            n = a.next() => n.unwrap_or(0),
            complete => 1,
        }
    }

    #[nonblocking]
    pub async fn locks(m: &Mutex<u8>, l: &RwLock<u8>) -> u8 {
        *l.write().await += 1;
        *m.lock().await + *l.read().await + m.try_lock().map_or(0, |n| *n)
    }

    #[nonblocking]
    pub async fn meetings(b: &Barrier, mut w: watch::Receiver<u8>, o: oneshot::Receiver<u8>) -> u8 {
        b.wait().await;
        w.wait_for(|n| *n > 1).await.ok();
        o.await.unwrap_or(0)
    }

    #[nonblocking]
    pub async fn sinks(mut s: futures::channel::mpsc::Sender<u8>) -> bool {
        s.send(1).await.is_ok() && s.flush().await.is_ok() && s.close().await.is_ok()
    }

    #[nonblocking]
    pub async fn un_awaited(mut rx: mpsc::Receiver<u8>) -> Option<u8> {
        let next = rx.recv();
        tokio::time::timeout(std::time::Duration::from_millis(1), next).await.ok().flatten()
    }

    #[nonblocking]
    pub async fn streams(rx: futures::channel::mpsc::Receiver<u8>) -> usize {
        rx.map(usize::from).filter(|n| futures::future::ready(*n > 1)).fold(0, |a, b| async move { a + b }).await
    }
}

mod processes {
    use tokio::process::{Child, Command};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run() -> std::io::Result<bool> {
        let out = Command::new("ls").arg("-l").output().await?;
        let status = Command::new("ls").status().await?;
        Ok(status.success() && out.status.success())
    }

    #[nonblocking]
    pub async fn spawned() -> std::io::Result<bool> {
        let mut child: Child = Command::new("ls").kill_on_drop(true).spawn()?;
        Ok(child.wait().await?.success())
    }

    #[nonblocking]
    pub async fn with_output() -> std::io::Result<usize> {
        let child = Command::new("ls").spawn()?;
        Ok(child.wait_with_output().await?.stdout.len())
    }

    #[nonblocking]
    pub async fn converted() -> std::io::Result<bool> {
        let mut command = std::process::Command::new("ls");
        command.arg("-l").env("A", "B").current_dir("/").stdin(std::process::Stdio::null());
        Ok(Command::from(command).status().await?.success())
    }
}

mod time_and_tasks {
    use std::time::Duration;
    use tokio::task::{JoinHandle, JoinSet};
    use tokio::time::{interval, sleep};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn sleeps() {
        sleep(Duration::from_millis(1)).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        let mut ticks = interval(Duration::from_millis(1));
        ticks.tick().await;
    }

    #[nonblocking]
    pub async fn pinned() {
        let timer = sleep(Duration::from_millis(1));
        tokio::pin!(timer);
        let mut boxed = Box::pin(sleep(Duration::from_millis(1)));
        let pinned = std::pin::pin!(sleep(Duration::from_millis(1)));
        tokio::select! {
            () = &mut timer => {}
            () = &mut boxed => {}
            () = pinned => {}
        }
    }

    #[nonblocking]
    pub async fn joins(h: JoinHandle<u8>, mut set: JoinSet<u8>) -> u8 {
        set.spawn(async { 1 });
        let mut n = h.await.unwrap_or(0);
        while let Some(m) = set.join_next().await {
            n += m.unwrap_or(0);
        }
        n
    }

    #[nonblocking]
    pub async fn joined() -> u8 {
        let (a, b) = tokio::join!(async { 1 }, async { 2 });
        let c = tokio::try_join!(async { Ok::<u8, ()>(1) }).map_or(0, |(n,)| n);
        a + b + c
    }

    #[nonblocking]
    pub async fn local(set: tokio::task::LocalSet) -> u8 {
        set.run_until(async { 1 }).await
    }
}

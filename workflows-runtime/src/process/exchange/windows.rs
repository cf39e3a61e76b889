//! A named pipe, which only one process can connect to. It belongs to the runtime of [`reactor`].

use super::{
    super::{frame, role},
    Inbox, reactor,
};
use std::{
    ffi::{OsStr, OsString},
    io,
    ops::Range,
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};
use tokio::{
    net::windows::named_pipe::{NamedPipeServer, ServerOptions},
    task::JoinHandle,
    time::timeout,
};

/// The parent's end of the connection.
pub(in super::super) struct Channel {
    /// `None` while a task of the reactor uses it.
    pipe: Option<NamedPipeServer>,
    /// Its end is the end of the worker.
    _stdin: Option<ChildStdin>,
}

/// A pipe is closed with its process.
pub(in super::super) struct Closer;

impl Closer {
    pub(in super::super) fn close(self) {}
}

/// Starts this program as a worker.
pub(in super::super) fn spawn(program: &OsString, stdout: Stdio) -> io::Result<(Child, Channel)> {
    let name = format!(r"\\.\pipe\workflows-{}-{:032x}", std::process::id(), fastrand::u128(..));
    let pipe = {
        let _runtime = reactor()?.enter();
        ServerOptions::new().first_pipe_instance(true).max_instances(1).reject_remote_clients(true).create(&name)?
    };
    let mut command = Command::new(program);
    role::mark(&mut command, OsStr::new(&name));
    command.stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    // `Child::wait` would close it.
    let stdin = child.stdin.take();
    Ok((child, Channel { pipe: Some(pipe), _stdin: stdin }))
}

/// Whether the worker has closed its end before it had read all that was sent, which pipes do not report.
pub(in super::super) fn is_unread(_: &io::Error) -> bool {
    false
}

/// Stops a task whose result is not needed.
struct Abort<T>(JoinHandle<T>);

impl<T> Drop for Abort<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Channel {
    /// Reads the greeting. Blocks.
    pub(in super::super) fn greeting(&mut self, limit: Duration) -> io::Result<Vec<u8>> {
        let pipe = self.pipe.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let greeting = reactor()?.handle().block_on(timeout(limit, async {
            pipe.connect().await?;
            let mut inbox = Inbox::default();
            loop {
                if let Some((tag, place)) = inbox.frame()? {
                    return io::Result::Ok((tag, inbox.payload(place).to_vec()));
                }
                let read = read(pipe, inbox.space()).await?;
                inbox.filled(read);
            }
        }));
        match greeting.map_err(|_| io::ErrorKind::TimedOut)?? {
            (frame::GREETING, greeting) => Ok(greeting),
            _ => Ok(Vec::new()),
        }
    }

    pub(in super::super) fn closer(&self) -> io::Result<Closer> {
        Ok(Closer)
    }

    /// Sends a request.
    pub(in super::super) async fn send(&mut self, request: &[u8]) -> io::Result<()> {
        let request = request.to_vec();
        self.used(|pipe| async move {
            let sent = write(&pipe, &request).await;
            (pipe, sent)
        })
        .await
    }

    /// Receives the next frame.
    pub(in super::super) async fn receive(&mut self, inbox: &mut Inbox) -> io::Result<(u8, Range<usize>)> {
        loop {
            if let Some(frame) = inbox.frame()? {
                return Ok(frame);
            }
            let space = inbox.space().len();
            let read = self
                .used(move |pipe| async move {
                    let mut bytes = vec![0; space];
                    let read = read(&pipe, &mut bytes).await;
                    let read = read.map(|read| {
                        bytes.truncate(read);
                        bytes
                    });
                    (pipe, read)
                })
                .await?;
            inbox.space()[..read.len()].copy_from_slice(&read);
            inbox.filled(read.len());
        }
    }

    /// Uses the pipe in a task of its runtime. If this is dropped, the pipe is closed.
    async fn used<T, F>(&mut self, using: impl FnOnce(NamedPipeServer) -> F) -> io::Result<T>
    where
        T: Send + 'static,
        F: Future<Output = (NamedPipeServer, io::Result<T>)> + Send + 'static,
    {
        let pipe = self.pipe.take().ok_or(io::ErrorKind::NotConnected)?;
        let mut task = Abort(reactor()?.spawn(using(pipe)));
        let (pipe, result) = (&mut task.0).await.map_err(io::Error::other)?;
        self.pipe = Some(pipe);
        result
    }
}

async fn write(pipe: &NamedPipeServer, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        pipe.writable().await?;
        match pipe.try_write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads what has arrived. An error at the end.
async fn read(pipe: &NamedPipeServer, bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        pipe.readable().await?;
        match pipe.try_read(bytes) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            other => return other,
        }
    }
}

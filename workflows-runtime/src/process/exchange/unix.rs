//! A pair of sockets. The worker has its end as stdin, so the connection has no name and leaves no file.

use super::{
    super::{frame, role, start::GREETING},
    Inbox, reactor,
};
use std::{
    ffi::{OsStr, OsString},
    future::poll_fn,
    io::{self, Read, Write},
    net::Shutdown,
    ops::Range,
    os::{
        fd::OwnedFd,
        unix::{net::UnixStream, process::CommandExt},
    },
    pin::Pin,
    process::{Child, Command, Stdio},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::UnixStream as Registered,
    runtime::{Handle, Id},
};

/// The parent's end of the connection. Non-blocking once the greeting was read.
pub(in super::super) struct Channel {
    // Of std and not of tokio: a worker outlives the runtime of the call before.
    stream: UnixStream,
    /// Another handle to it, and the runtime that it is registered in: that of the call before. Most calls of a worker
    /// come from one runtime, and a registration takes two system calls.
    registered: Option<(Id, Registered)>,
}

/// Closes the connection of a process that has ended, also if a process that it started still holds it.
pub(in super::super) struct Closer(UnixStream);

impl Closer {
    pub(in super::super) fn close(self) {
        drop(self.0.shutdown(Shutdown::Both));
    }
}

/// Starts this program as a worker.
pub(in super::super) fn spawn(program: &OsString, stdout: Stdio) -> io::Result<(Child, Channel)> {
    let (stream, theirs) = UnixStream::pair()?;
    let mut command = Command::new(program);
    role::mark(&mut command, OsStr::new(GREETING));
    command.stdin(OwnedFd::from(theirs)).stdout(stdout).stderr(Stdio::piped());
    // A group of its own, which is killed as a whole.
    command.process_group(0);
    let child = command.spawn()?;
    Ok((child, Channel { stream, registered: None }))
}

/// Whether the worker has closed its end before it had read all that was sent. Linux reports that; others report the end
/// of the stream.
pub(in super::super) fn is_unread(error: &io::Error) -> bool {
    cfg!(any(target_os = "linux", target_os = "android")) && error.kind() == io::ErrorKind::ConnectionReset
}

impl Channel {
    /// Reads the greeting. Blocks.
    pub(in super::super) fn greeting(&mut self, limit: Duration) -> io::Result<Vec<u8>> {
        let mut stream = &self.stream;
        stream.set_read_timeout(Some(limit))?;
        // A worker sends nothing else before its first call.
        let mut inbox = Inbox::default();
        let (tag, place) = loop {
            match stream.read(inbox.space()) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => inbox.filled(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if let Some(frame) = inbox.frame()? {
                break frame;
            }
        };
        // The timeout has no effect any more.
        stream.set_nonblocking(true)?;
        if tag == frame::GREETING { Ok(inbox.payload(place).to_vec()) } else { Ok(Vec::new()) }
    }

    pub(in super::super) fn closer(&self) -> io::Result<Closer> {
        self.stream.try_clone().map(Closer)
    }

    /// Sends a request.
    pub(in super::super) async fn send(&mut self, request: &[u8]) -> io::Result<()> {
        let sent = self.send_now(request)?;
        let mut rest = &request[sent..];
        if rest.is_empty() {
            return Ok(());
        }
        self.when_ready(|mut stream, cx| {
            while !rest.is_empty() {
                let written = ready!(stream.as_mut().poll_write(cx, rest))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                rest = &rest[written..];
            }
            Poll::Ready(Ok(()))
        })
        .await
    }

    /// Sends what fits into the buffer of the socket, which is all of most requests. Returns the number of bytes.
    fn send_now(&self, request: &[u8]) -> io::Result<usize> {
        let mut stream = &self.stream;
        let mut sent = 0;
        while sent < request.len() {
            match stream.write(&request[sent..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => sent += written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }

    /// Receives the next frame.
    pub(in super::super) async fn receive(&mut self, inbox: &mut Inbox) -> io::Result<(u8, Range<usize>)> {
        if let Some(frame) = inbox.frame()? {
            return Ok(frame);
        }
        self.when_ready(|mut stream, cx| {
            loop {
                let mut space = ReadBuf::new(inbox.space());
                // Not `try_read`: it does not see that nothing is left, and would be called once more for each call.
                ready!(stream.as_mut().poll_read(cx, &mut space))?;
                let read = space.filled().len();
                if read == 0 {
                    return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
                }
                inbox.filled(read);
                if let Some(frame) = inbox.frame()? {
                    return Poll::Ready(Ok(frame));
                }
            }
        })
        .await
    }

    /// Waits with the socket registered in the current runtime.
    async fn when_ready<T>(
        &mut self,
        mut poll: impl FnMut(Pin<&mut Registered>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> io::Result<T> {
        let stream = self.registered()?;
        match poll_fn(|cx| poll(Pin::new(stream), cx)).await {
            // Of tokio and not of the socket: the runtime has ended, and the current one has the same id.
            Err(error) if error.kind() == io::ErrorKind::Other => {
                self.registered = None;
                let stream = self.registered()?;
                poll_fn(|cx| poll(Pin::new(stream), cx)).await
            }
            result => result,
        }
    }

    /// The socket in the current runtime.
    fn registered(&mut self) -> io::Result<&mut Registered> {
        let runtime = match Handle::try_current() {
            Ok(current) => current,
            Err(_) => reactor()?.handle().clone(),
        };
        let stream = match self.registered.take() {
            Some((id, stream)) if id == runtime.id() => stream,
            _ => {
                let _runtime = runtime.enter();
                Registered::from_std(self.stream.try_clone()?)?
            }
        };
        Ok(&mut self.registered.insert((runtime.id(), stream)).1)
    }
}

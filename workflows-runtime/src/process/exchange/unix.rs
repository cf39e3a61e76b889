//! A pair of sockets. The worker has its end as stdin, so the connection has no name and leaves no file.

use super::{
    super::{frame, role, start::GREETING},
    Inbox, reactor,
};
use std::{
    ffi::{OsStr, OsString},
    io::{self, Write},
    net::Shutdown,
    ops::Range,
    os::{
        fd::OwnedFd,
        unix::{net::UnixStream, process::CommandExt},
    },
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::{net::UnixStream as Registered, runtime::Handle};

/// The parent's end of the connection. Non-blocking once the greeting was read.
pub(in super::super) struct Channel {
    // Of std and not of tokio: a worker outlives the runtime of the call before.
    /// `None` while it is registered.
    stream: Option<UnixStream>,
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
    Ok((child, Channel { stream: Some(stream) }))
}

impl Channel {
    /// Reads the greeting. Blocks.
    pub(in super::super) fn greeting(&mut self, limit: Duration) -> io::Result<Vec<u8>> {
        let mut stream = self.stream.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        stream.set_read_timeout(Some(limit))?;
        let mut greeting = Vec::new();
        match frame::read(&mut stream, &mut greeting)? {
            Some(frame::GREETING) => {}
            Some(_) => return Ok(Vec::new()),
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        stream.set_read_timeout(None)?;
        stream.set_nonblocking(true)?;
        Ok(greeting)
    }

    pub(in super::super) fn closer(&self) -> io::Result<Closer> {
        self.stream.as_ref().ok_or(io::ErrorKind::NotConnected)?.try_clone().map(Closer)
    }

    /// Sends a request.
    pub(in super::super) async fn send(&mut self, request: &[u8]) -> io::Result<()> {
        let sent = self.send_now(request)?;
        let rest = &request[sent..];
        if rest.is_empty() {
            return Ok(());
        }
        self.registered(async |stream| {
            let mut rest = rest;
            while !rest.is_empty() {
                stream.writable().await?;
                match stream.try_write(rest) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(written) => rest = &rest[written..],
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        })
        .await
    }

    /// Sends what fits into the buffer of the socket, which is all of most requests. Returns the number of bytes.
    fn send_now(&self, request: &[u8]) -> io::Result<usize> {
        let mut stream = self.stream.as_ref().ok_or(io::ErrorKind::NotConnected)?;
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
        self.registered(async |stream| {
            loop {
                stream.readable().await?;
                match stream.try_read(inbox.space()) {
                    Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(read) => inbox.filled(read),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                    Err(error) => return Err(error),
                }
                if let Some(frame) = inbox.frame()? {
                    return Ok(frame);
                }
            }
        })
        .await
    }

    /// Waits with the socket registered in the current runtime. The call after may be in another one.
    async fn registered<T>(&mut self, wait: impl AsyncFnOnce(&Registered) -> io::Result<T>) -> io::Result<T> {
        let stream = self.stream.take().ok_or(io::ErrorKind::NotConnected)?;
        let registered = register(stream)?;
        let result = wait(&registered).await?;
        self.stream = Some(registered.into_std()?);
        Ok(result)
    }
}

fn register(stream: UnixStream) -> io::Result<Registered> {
    if Handle::try_current().is_ok() {
        return Registered::from_std(stream);
    }
    let _runtime = reactor()?.enter();
    Registered::from_std(stream)
}

//! A worker process, seen from itself.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use self::unix as system;
#[cfg(windows)]
use self::windows as system;

use super::{
    frame::{self, Frame, Request},
    role,
    start::GREETING,
};
use std::{
    io::{self, BufReader, Write},
    sync::{Arc, Mutex, PoisonError},
};

/// The worker's end of the connection: receives calls.
pub(crate) struct Connection {
    from: BufReader<system::Stream>,
    link: Link,
    payload: Vec<u8>,
    /// The current limit of memory.
    memory: Option<u64>,
}

/// Sends frames to the parent, from any thread.
#[derive(Clone)]
pub(crate) struct Link(Arc<Mutex<system::Stream>>);

impl Link {
    /// # Errors
    ///
    /// Returns an error if the frame is too long.
    ///
    /// Ends the process if the parent is gone.
    pub(crate) fn send(&self, frame: Frame) -> io::Result<()> {
        let bytes = frame.finish()?;
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stream.write_all(&bytes).and_then(|()| stream.flush()).is_err() {
            kill_own_group();
        }
        Ok(())
    }
}

impl Connection {
    /// Connects to the parent. From then on, this process does not outlive it.
    pub(crate) fn open() -> io::Result<Self> {
        let stream = system::connect()?;
        let link = Link(Arc::new(Mutex::new(stream.try_clone()?)));
        role::begin_serving();
        // First: what follows takes as long as the parent needs for its first call.
        link.send(Frame::greeting(GREETING))?;
        system::watch_parent(&stream)?;
        Ok(Self { from: BufReader::new(stream), link, payload: Vec::new(), memory: None })
    }

    pub(crate) fn link(&self) -> Link {
        self.link.clone()
    }

    /// Receives the next call: its request, and its arguments. `None` once the parent needs no more.
    pub(crate) fn next(&mut self) -> Option<(Request<'_>, &[u8])> {
        // The memory of a long call is not part of the next one.
        self.payload = Vec::new();
        let tag = frame::read(&mut self.from, &mut self.payload).ok()??;
        if !frame::is_request(tag) {
            return None;
        }
        let (request, arguments) = Request::split(&self.payload)?;
        if request.memory != self.memory {
            self.memory = request.memory;
            system::limit_memory(request.memory);
        }
        Some((request, arguments))
    }
}

/// Ends this process and those that it has started.
pub(crate) fn kill_own_group() -> ! {
    system::kill_own_group();
    std::process::exit(1)
}

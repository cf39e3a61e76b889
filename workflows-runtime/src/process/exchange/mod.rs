//! The connection to a worker: a call, and the frames that answer it.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(super) use self::unix::{Channel, is_unread, spawn};
#[cfg(windows)]
pub(super) use self::windows::{Channel, is_unread, spawn};

use super::frame;
use crate::sync::{OnceLock, thread};
use std::{future::pending, io, ops::Range, sync::Arc};
use tokio::runtime::{Builder, Runtime};

/// The bytes that a worker has sent.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    /// What has arrived, and is not taken. Invariant: within `bytes`.
    arrived: Range<usize>,
}

/// The size of a worker's first buffer.
const STEP: usize = 8 << 10;

/// The most by which a buffer grows at once: a length that is announced allocates nothing.
const MAX_STEP: usize = 16 << 20;

/// The most that an idle worker keeps.
const KEPT: usize = 1 << 20;

impl Inbox {
    /// Takes the next frame, if it has arrived: its tag, and the place of its payload.
    pub(super) fn frame(&mut self) -> io::Result<Option<(u8, Range<usize>)>> {
        let arrived = &self.bytes[self.arrived.clone()];
        let Some(header) = arrived.first_chunk() else { return Ok(None) };
        let end = header.len() + frame::length(*header)?;
        if arrived.len() < end {
            return Ok(None);
        }
        let tag = arrived[header.len()];
        let begin = self.arrived.start;
        self.arrived.start += end;
        Ok(Some((tag, begin + frame::HEADER..begin + end)))
    }

    pub(super) fn payload(&self, place: Range<usize>) -> &[u8] {
        &self.bytes[place]
    }

    /// Where to read to. Invalidates the places of payloads.
    pub(super) fn space(&mut self) -> &mut [u8] {
        if self.arrived.start > 0 {
            self.bytes.copy_within(self.arrived.clone(), 0);
            self.arrived = 0..self.arrived.len();
        }
        if self.arrived.end == self.bytes.len() {
            let more = self.bytes.len().clamp(STEP, MAX_STEP);
            self.bytes.resize(self.bytes.len() + more, 0);
        }
        &mut self.bytes[self.arrived.end..]
    }

    /// Counts bytes that were read.
    pub(super) fn filled(&mut self, count: usize) {
        self.arrived.end += count;
    }

    /// Whether all that has arrived was taken. Frees the memory of a long frame.
    pub(super) fn end_of_call(&mut self) -> bool {
        if self.bytes.len() > KEPT {
            let rest = self.bytes[self.arrived.clone()].to_vec();
            self.arrived = 0..rest.len();
            self.bytes = rest;
        }
        self.arrived.is_empty()
    }
}

/// The runtime whose reactor is used outside of any runtime.
fn reactor() -> io::Result<&'static Runtime> {
    static REACTOR: OnceLock<Option<Arc<Runtime>>> = OnceLock::new();
    let reactor = REACTOR.get_or_init(|| {
        let runtime = Arc::new(Builder::new_current_thread().enable_all().build().ok()?);
        let driver = Arc::clone(&runtime);
        // By the runtime and not by a handle, which does not drive I/O.
        let thread = thread::Builder::new().name("wf-reactor".to_owned());
        thread.spawn(move || driver.block_on(pending::<()>())).ok()?;
        Some(runtime)
    });
    reactor.as_deref().ok_or_else(|| io::Error::other("the reactor for processes cannot be started"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::frame::{Frame, Reply};

    fn item(text: &[u8]) -> Vec<u8> {
        let mut frame = Frame::item();
        frame.payload().extend_from_slice(text);
        frame.finish().unwrap()
    }

    fn receive(inbox: &mut Inbox, bytes: &[u8]) {
        let space = inbox.space();
        assert!(space.len() >= bytes.len());
        space[..bytes.len()].copy_from_slice(bytes);
        inbox.filled(bytes.len());
    }

    #[test]
    fn frames_arrive_in_any_pieces() {
        let texts: [&[u8]; 3] = [b"one", b"", &[7; 300]];
        let all = texts.map(item).concat();
        for size in 1..20 {
            let mut inbox = Inbox::default();
            let mut found: Vec<Vec<u8>> = Vec::new();
            for piece in all.chunks(size) {
                receive(&mut inbox, piece);
                while let Some((tag, place)) = inbox.frame().unwrap() {
                    let Some(Reply::Item(payload)) = Reply::of(tag, inbox.payload(place)) else { panic!() };
                    found.push(payload.to_vec());
                }
            }
            assert_eq!(found, texts);
            assert!(inbox.end_of_call());
        }
    }

    #[test]
    fn garbage_is_an_error() {
        let mut inbox = Inbox::default();
        receive(&mut inbox, &[0xff; 16]);
        assert!(inbox.frame().is_err());
    }
}

//! The messages between a process and its workers: length, tag, payload.

use serde::{Deserialize, Serialize};
use std::{
    any::TypeId,
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Read},
};

/// The most bytes of a frame.
pub(super) const MAX_FRAME: usize = 1 << 30;

/// Length and tag.
pub(super) const HEADER: usize = 5;

/// How much is read before the length of a frame is believed.
const STEP: usize = 64 << 10;

pub(super) const GREETING: u8 = 0;
const REQUEST: u8 = 1;
const RETURNED: u8 = 2;
const PANICKED: u8 = 3;
const ITEM: u8 = 4;
const UNREGISTERED: u8 = 5;
const UNREADABLE: u8 = 6;
const UNWRITABLE: u8 = 7;

/// A frame that is being written.
#[derive(Debug)]
pub struct Frame(Vec<u8>);

impl Frame {
    fn new(tag: u8) -> Self {
        Self(vec![0, 0, 0, 0, tag])
    }

    /// A call, to which the arguments are appended.
    pub(crate) fn request(request: &Request<'_>) -> io::Result<Self> {
        let frame = Self::new(REQUEST).0;
        postcard::to_extend(request, frame).map(Self).map_err(io::Error::other)
    }

    pub(super) fn greeting(greeting: &str) -> Self {
        Self::new(GREETING).with(greeting)
    }

    /// The result of a call, which is appended.
    pub(crate) fn returned() -> Self {
        Self::new(RETURNED)
    }

    /// An item that the code publishes, which is appended.
    pub(crate) fn item() -> Self {
        Self::new(ITEM)
    }

    pub(crate) fn panicked(message: &str) -> Self {
        Self::new(PANICKED).with(message)
    }

    pub(crate) fn unregistered() -> Self {
        Self::new(UNREGISTERED)
    }

    /// The arguments cannot be deserialized.
    pub(crate) fn unreadable(problem: &str) -> Self {
        Self::new(UNREADABLE).with(problem)
    }

    /// The result cannot be serialized.
    pub(crate) fn unwritable(problem: &str) -> Self {
        Self::new(UNWRITABLE).with(problem)
    }

    fn with(mut self, text: &str) -> Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// Where the payload is appended.
    pub(crate) fn payload(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }

    /// The bytes to send.
    ///
    /// # Errors
    ///
    /// Returns an error if the frame is longer than a reader accepts.
    pub(crate) fn finish(mut self) -> io::Result<Vec<u8>> {
        let length = self.0.len() - (HEADER - 1);
        if length > MAX_FRAME {
            return Err(io::Error::other(format!("it has {length} bytes, and at most {MAX_FRAME} are sent")));
        }
        let length = u32::try_from(length).map_err(io::Error::other)?;
        self.0[..HEADER - 1].copy_from_slice(&length.to_le_bytes());
        Ok(self.0)
    }
}

/// The head of a call.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Request<'a> {
    #[serde(borrow)]
    pub(crate) target: Target<'a>,
    /// The most bytes of memory.
    pub(crate) memory: Option<u64>,
}

impl<'a> Request<'a> {
    /// The request in a payload, and its arguments.
    pub(crate) fn split(payload: &'a [u8]) -> Option<(Self, &'a [u8])> {
        postcard::take_from_bytes(payload).ok()
    }
}

/// Separates types of one name. `TypeId` is a constant of the executable, which both processes share, and the hasher
/// has fixed keys.
pub(crate) fn identity_of<T: 'static>() -> u64 {
    let mut hasher = DefaultHasher::new();
    TypeId::of::<T>().hash(&mut hasher);
    hasher.finish()
}

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target<'a> {
    pub(crate) kind: TargetKind,
    /// The workflow, or the path of the function.
    pub(crate) name: &'a str,
    /// See [`identity_of`].
    pub(crate) identity: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TargetKind {
    Workflow,
    Function,
}

/// A frame of a worker.
pub(crate) enum Reply<'a> {
    Returned(&'a [u8]),
    Panicked(String),
    Item(&'a [u8]),
    Unregistered,
    Unreadable(String),
    Unwritable(String),
}

impl<'a> Reply<'a> {
    /// The reply with this tag; `None` if a worker does not send it.
    pub(super) fn of(tag: u8, payload: &'a [u8]) -> Option<Self> {
        let text = || String::from_utf8_lossy(payload).into_owned();
        Some(match tag {
            RETURNED => Self::Returned(payload),
            PANICKED => Self::Panicked(text()),
            ITEM => Self::Item(payload),
            UNREGISTERED => Self::Unregistered,
            UNREADABLE => Self::Unreadable(text()),
            UNWRITABLE => Self::Unwritable(text()),
            _ => return None,
        })
    }
}

/// The length in a header, with the tag.
pub(super) fn length(header: [u8; 4]) -> io::Result<usize> {
    let length = usize::try_from(u32::from_le_bytes(header)).unwrap_or(usize::MAX);
    if length == 0 || length > MAX_FRAME {
        let problem = format!("a frame of {length} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    Ok(length)
}

/// Reads a frame: its tag, and its payload in `buffer`. `None` at the end of the stream.
pub(super) fn read(from: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<Option<u8>> {
    let mut header = [0; HEADER - 1];
    match from.read_exact(&mut header) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = length(header)? - 1;
    let mut tag = [0];
    from.read_exact(&mut tag)?;
    buffer.clear();
    // The memory grows with what arrives: a length alone allocates little.
    buffer.reserve(length.min(STEP));
    from.take(length as u64).read_to_end(buffer)?;
    if buffer.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(tag[0]))
}

/// Whether it is the frame of a call.
pub(super) fn is_request(tag: u8) -> bool {
    tag == REQUEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_round_trip() {
        let mut frame = Frame::returned();
        frame.payload().extend_from_slice(&[1, 2, 3]);
        let bytes = frame.finish().unwrap();
        let mut buffer = Vec::new();
        let tag = read(&mut &bytes[..], &mut buffer).unwrap().unwrap();
        assert!(matches!(Reply::of(tag, &buffer), Some(Reply::Returned([1, 2, 3]))));
    }

    #[test]
    fn lengths_are_bounded() {
        let mut garbage: &[u8] = &[0xff; 64];
        assert_eq!(read(&mut garbage, &mut Vec::new()).unwrap_err().kind(), io::ErrorKind::InvalidData);
        let mut empty: &[u8] = &[0; 64];
        assert_eq!(read(&mut empty, &mut Vec::new()).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn long_length_of_a_short_stream_allocates_little() {
        let mut bytes = (u32::try_from(MAX_FRAME).unwrap()).to_le_bytes().to_vec();
        bytes.extend_from_slice(&[RETURNED, 1, 2]);
        let mut buffer = Vec::new();
        assert_eq!(read(&mut &bytes[..], &mut buffer).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert!(buffer.capacity() <= 2 * STEP);
    }

    #[test]
    fn requests_round_trip() {
        let target = Target { kind: TargetKind::Function, name: "math::square", identity: u64::MAX };
        let mut frame = Frame::request(&Request { target, memory: Some(1 << 30) }).unwrap();
        frame.payload().push(7);
        let bytes = frame.finish().unwrap();
        let (request, arguments) = Request::split(&bytes[HEADER..]).unwrap();
        assert_eq!((request.target, request.memory, arguments), (target, Some(1 << 30), &[7][..]));
    }
}

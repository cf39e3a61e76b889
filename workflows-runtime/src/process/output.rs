//! What a worker writes to stdout and stderr.

use super::role;
use crate::{
    sync::{Mutex, MutexGuard},
    trace,
};
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read, Write},
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    process::Stdio,
    sync::{Arc, PoisonError},
};

/// Where the output of isolated code goes. Default: [`Inherit`](Self::Inherit).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum IsolatedOutput {
    /// To stdout and stderr of this process.
    #[default]
    Inherit,
    /// Each line is a `tracing` event with the name of the step or function: of level `INFO` from stdout, `WARN` from
    /// stderr. Without the feature `tracing`, lines are dropped.
    Tracing,
}

impl IsolatedOutput {
    /// The stdout of a worker.
    pub(super) fn stdout(self) -> Stdio {
        match self {
            Self::Inherit if role::harness().is_empty() => Stdio::inherit(),
            Self::Inherit | Self::Tracing => Stdio::piped(),
        }
    }
}

/// The stream that a line was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// The last lines that errors contain.
const LINES: usize = 8;

/// The most bytes of a line.
const LINE: usize = 2048;

/// The recent output of a worker to one stream.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The step or function whose output is being read.
    call: Arc<str>,
    /// The calls after it, each with the number of bytes that the earlier ones have written.
    later: VecDeque<(u64, Arc<str>)>,
    /// The last lines of `call`.
    lines: VecDeque<String>,
    /// The current line.
    unfinished: Vec<u8>,
    /// The bytes that were read.
    read: u64,
    pipe: Option<Pipe>,
}

/// The parent's end of a stream.
pub(super) type Pipe = Arc<File>;

/// A line, with the step or function that has written it.
type Line = (Arc<str>, String);

impl Recent {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the pipe that [`forward`] reads.
    pub(super) fn set_pipe(&self, pipe: Pipe) {
        self.lock().pipe = Some(pipe);
    }

    /// Begins a call: what the worker has written until now is not part of it, also if it was not read yet.
    pub(super) fn begin(&self, call: &Arc<str>) {
        let mut state = self.lock();
        let unread = state.pipe.as_deref().map_or(0, unread);
        let begin = state.read + unread;
        // Calls that wrote nothing.
        while state.later.back().is_some_and(|(earlier, _)| *earlier >= begin) {
            state.later.pop_back();
        }
        state.later.push_back((begin, Arc::clone(call)));
        state.begin_calls();
    }

    /// The last lines of the current call.
    pub(super) fn lines(&self) -> String {
        let mut state = self.lock();
        if !state.later.is_empty() {
            return String::new();
        }
        if !state.unfinished.is_empty() {
            state.end_line();
        }
        let lines: Vec<_> = state.lines.iter().map(String::as_str).collect();
        lines.join("\n")
    }

    /// Waits for output and reads it. Returns the number of bytes, and the lines that are complete.
    fn read(&self, mut pipe: &File, buffer: &mut [u8], harness: &mut &[u8]) -> io::Result<(Range<usize>, Vec<Line>)> {
        #[cfg(unix)]
        wait(pipe)?;
        // Under the lock, where it does not block: each byte is either read or found by `begin`.
        #[cfg(unix)]
        let mut state = self.lock();
        let read = pipe.read(buffer)?;
        #[cfg(not(unix))]
        let mut state = self.lock();
        let skipped = buffer[..read].iter().zip(*harness).take_while(|(byte, expected)| byte == expected).count();
        *harness = if skipped == read { &harness[skipped..] } else { &[] };
        state.read += skipped as u64;
        let lines = state.add(&buffer[skipped..read]);
        Ok((skipped..read, lines))
    }
}

impl State {
    /// Adds what was read. Returns the lines that are complete.
    fn add(&mut self, bytes: &[u8]) -> Vec<Line> {
        let mut complete = Vec::new();
        for &byte in bytes {
            self.read += 1;
            if byte != b'\n' {
                self.unfinished.push(byte);
            }
            if byte == b'\n' || self.unfinished.len() == LINE {
                let line = self.end_line();
                complete.push((Arc::clone(&self.call), line));
            }
            self.begin_calls();
        }
        complete
    }

    /// Begins the calls before which all was read.
    fn begin_calls(&mut self) {
        while let Some((_, call)) = self.later.pop_front_if(|(begin, _)| *begin <= self.read) {
            self.call = call;
            self.lines.clear();
            self.unfinished.clear();
        }
    }

    fn end_line(&mut self) -> String {
        let line = String::from_utf8_lossy(&self.unfinished).trim_end().to_owned();
        self.unfinished.clear();
        if !line.is_empty() {
            if self.lines.len() == LINES {
                self.lines.pop_front();
            }
            self.lines.push_back(line.clone());
        }
        line
    }
}

/// Waits until the pipe can be read.
#[cfg(unix)]
fn wait(pipe: &File) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    poll(&mut [PollFd::new(pipe, PollFlags::IN)], None)?;
    Ok(())
}

/// The bytes in the pipe.
#[cfg(unix)]
fn unread(pipe: &File) -> u64 {
    rustix::io::ioctl_fionread(pipe).unwrap_or_default()
}

/// Not known: late lines count for the next call.
#[cfg(not(unix))]
fn unread(_: &File) -> u64 {
    0
}

/// Forwards a stream of a worker to its end.
pub(super) fn forward(pipe: &File, stream: Stream, output: IsolatedOutput, recent: &Recent) {
    let mut harness = match stream {
        Stream::Stdout => role::harness().as_bytes(),
        Stream::Stderr => &[],
    };
    let mut buffer = vec![0; 4 * LINE];
    loop {
        let (bytes, lines) = match recent.read(pipe, &mut buffer, &mut harness) {
            // The harness prints first.
            Ok((read, _)) if read.end == 0 => break,
            Ok((read, lines)) => (&buffer[read], lines),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        if output == IsolatedOutput::Inherit {
            // A closed stream of this process is no error of the worker.
            let _ = match stream {
                Stream::Stdout => io::stdout().write_all(bytes),
                Stream::Stderr => io::stderr().write_all(bytes),
            };
            continue;
        }
        for (call, line) in lines.iter().filter(|(_, line)| !line.is_empty()) {
            // The subscriber is code of the user.
            drop(catch_unwind(AssertUnwindSafe(|| trace::output(call, stream == Stream::Stderr, line))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(recent: &Recent, bytes: &[u8]) -> Vec<Line> {
        recent.lock().add(bytes)
    }

    #[test]
    fn last_lines_are_kept() {
        let recent = Recent::default();
        recent.begin(&Arc::from("step"));
        for number in 0..20 {
            add(&recent, format!("line {number}\n").as_bytes());
        }
        add(&recent, b"unfinished");
        let lines: Vec<_> = recent.lines().lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), LINES);
        assert_eq!((lines[0].as_str(), lines[LINES - 1].as_str()), ("line 13", "unfinished"));
        recent.begin(&Arc::from("step"));
        assert_eq!(recent.lines(), "");
    }

    #[test]
    fn endless_line_is_cut() {
        let recent = Recent::default();
        add(&recent, &vec![b'a'; 100 * LINE]);
        assert!(recent.lines().len() <= LINES * (LINE + 1));
    }

    #[cfg(unix)]
    #[test]
    fn late_lines_belong_to_the_call_that_wrote_them() {
        let (reader, mut writer) = io::pipe().unwrap();
        let pipe = Arc::new(File::from(std::os::fd::OwnedFd::from(reader)));
        let recent = Recent::default();
        recent.set_pipe(Arc::clone(&pipe));
        let call = |name: &str, mut writer: &io::PipeWriter, text: &[u8]| {
            recent.begin(&Arc::from(name));
            writer.write_all(text).unwrap();
        };
        call("first", &writer, b"one\n");
        call("second", &writer, b"");
        call("third", &writer, b"two\nthr");
        recent.begin(&Arc::from("fourth"));
        assert_eq!(recent.lines(), "");
        writer.write_all(b"ee\n").unwrap();
        let (_, lines) = recent.read(&pipe, &mut [0; 64], &mut &[][..]).unwrap();
        let lines: Vec<_> = lines.iter().map(|(call, line)| (&**call, line.as_str())).collect();
        assert_eq!(lines, [("first", "one"), ("third", "two"), ("fourth", "ee")]);
        assert_eq!(recent.lines(), "ee");
        recent.begin(&Arc::from("fifth"));
        assert_eq!(recent.lines(), "");
    }
}

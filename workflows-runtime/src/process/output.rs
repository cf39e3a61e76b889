//! What a worker writes to stdout and stderr.

use super::role;
use crate::{
    sync::{Mutex, MutexGuard},
    trace,
};
use std::{
    collections::VecDeque,
    io::{self, Read, Write},
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

/// The recent output of a worker.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The step or function that the worker executes.
    call: Arc<str>,
    /// The last lines of stderr.
    lines: VecDeque<String>,
    /// The current line of stderr.
    unfinished: Vec<u8>,
}

impl Recent {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a call: earlier lines are not part of it.
    pub(super) fn begin(&self, call: &Arc<str>) {
        let mut state = self.lock();
        state.call = Arc::clone(call);
        state.lines.clear();
        state.unfinished.clear();
    }

    /// The last lines of stderr.
    pub(super) fn stderr(&self) -> String {
        let mut state = self.lock();
        if !state.unfinished.is_empty() {
            state.end_line();
        }
        let lines: Vec<_> = state.lines.iter().map(String::as_str).collect();
        lines.join("\n")
    }

    /// Adds what was read. Returns the lines that are complete.
    fn add(&self, bytes: &[u8]) -> Vec<String> {
        let mut state = self.lock();
        let mut complete = Vec::new();
        for &byte in bytes {
            if byte != b'\n' {
                state.unfinished.push(byte);
                if state.unfinished.len() < LINE {
                    continue;
                }
            }
            complete.push(state.end_line());
        }
        complete
    }
}

impl State {
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

/// Forwards a stream of a worker to its end.
pub(super) fn forward(mut from: impl Read, stream: Stream, output: IsolatedOutput, recent: &Recent) {
    // Lines of stdout are not part of errors, so they have a place of their own.
    let own = Recent::default();
    let lines_of = match stream {
        Stream::Stdout => &own,
        Stream::Stderr => recent,
    };
    let mut harness = match stream {
        Stream::Stdout => role::harness().as_bytes(),
        Stream::Stderr => &[],
    };
    let mut buffer = vec![0; 4 * LINE];
    loop {
        let mut bytes = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => &buffer[..read],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let skipped = bytes.iter().zip(harness).take_while(|(byte, expected)| byte == expected).count();
        bytes = &bytes[skipped..];
        harness = if bytes.is_empty() { &harness[skipped..] } else { &[] };
        let lines = lines_of.add(bytes);
        if output == IsolatedOutput::Inherit {
            // A closed stream of this process is no error of the worker.
            let _ = match stream {
                Stream::Stdout => io::stdout().write_all(bytes),
                Stream::Stderr => io::stderr().write_all(bytes),
            };
            continue;
        }
        let call = Arc::clone(&recent.lock().call);
        for line in lines.iter().filter(|line| !line.is_empty()) {
            // The subscriber is code of the user.
            drop(catch_unwind(AssertUnwindSafe(|| trace::output(&call, stream == Stream::Stderr, line))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_lines_are_kept() {
        let recent = Recent::default();
        recent.begin(&Arc::from("step"));
        for number in 0..20 {
            recent.add(format!("line {number}\n").as_bytes());
        }
        recent.add(b"unfinished");
        let lines: Vec<_> = recent.stderr().lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), LINES);
        assert_eq!((lines[0].as_str(), lines[LINES - 1].as_str()), ("line 13", "unfinished"));
        recent.begin(&Arc::from("step"));
        assert_eq!(recent.stderr(), "");
    }

    #[test]
    fn endless_line_is_cut() {
        let recent = Recent::default();
        recent.add(&vec![b'a'; 100 * LINE]);
        assert!(recent.stderr().len() <= LINES * (LINE + 1));
    }
}

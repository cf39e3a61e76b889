//! Starts a worker and waits for its greeting.

use super::{
    error::IsolatedError,
    exchange::{self, Inbox},
    output::{IsolatedOutput, Stream, forward},
    worker::{Process, Worker},
};
use std::{
    convert::Infallible,
    env,
    ffi::OsString,
    fs::File,
    io,
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};

/// How long a worker may take to reach `init`.
const GREETING_LIMIT: Duration = Duration::from_secs(10);

/// How long the supervisor of a process that has ended waits for the rest of its output. A process that it has
/// started may hold the pipe open.
const OUTPUT_LIMIT: Duration = Duration::from_millis(250);

/// Which version both sides must have.
pub(super) const GREETING: &str = concat!("workflows ", env!("CARGO_PKG_VERSION"), " 1");

/// A worker, and the end of its output.
pub(super) struct Started {
    pub(super) worker: Worker,
    pub(super) output_end: OutputEnd,
}

/// Reports that the output of a worker was read to its end.
#[derive(Default)]
pub(super) struct OutputEnd(Vec<Receiver<Infallible>>);

impl OutputEnd {
    /// Waits until the output has been read.
    pub(super) fn wait(&self) {
        for stream in &self.0 {
            // Ends with an error, because the sender is dropped.
            let _ = stream.recv_timeout(OUTPUT_LIMIT);
        }
    }
}

/// Starts a worker. Blocks until it is ready for a call.
pub(super) fn start(output: IsolatedOutput, number: usize) -> Result<Started, IsolatedError> {
    let (mut child, mut channel) = exchange::spawn(&executable(), output.stdout()).map_err(|error| failure(&error))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let process = Arc::new(Process::new(child));
    let mut output_end = OutputEnd::default();
    if let Some(stderr) = stderr {
        output_end.0.push(read(stderr.into(), Stream::Stderr, output, &process, number));
    }
    if let Some(stdout) = stdout {
        output_end.0.push(read(stdout.into(), Stream::Stdout, output, &process, number));
    }
    let problem = match channel.greeting(GREETING_LIMIT) {
        Ok(greeting) if greeting == GREETING.as_bytes() => {
            let worker = Worker { process, channel, inbox: Inbox::default(), calls: 0 };
            return Ok(Started { worker, output_end });
        }
        Ok(_) => "it is another version of the program".to_owned(),
        Err(error) if is_timeout(&error) => {
            format!("it has not reached `isolated::init` in {GREETING_LIMIT:?}; call it first in `main`")
        }
        Err(_) => String::new(),
    };
    process.kill();
    let exit = process.reap();
    output_end.wait();
    process.set_exit(exit);
    let problem = if problem.is_empty() {
        format!("{exit} before it reached `isolated::init`; call it first in `main`")
    } else {
        problem
    };
    Err(IsolatedError::NotStarted { problem, stderr: process.stderr.lines() })
}

fn failure(error: &io::Error) -> IsolatedError {
    IsolatedError::NotStarted { problem: error.to_string(), stderr: String::new() }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

#[cfg(unix)]
type Handle = std::os::fd::OwnedFd;
#[cfg(windows)]
type Handle = std::os::windows::io::OwnedHandle;

/// Reads a stream of the worker on a thread.
fn read(
    pipe: Handle,
    stream: Stream,
    output: IsolatedOutput,
    process: &Arc<Process>,
    number: usize,
) -> Receiver<Infallible> {
    let (ended, end) = channel::<Infallible>();
    let pipe = Arc::new(File::from(pipe));
    let thread = thread::Builder::new().name(format!("wf-output-{number}"));
    let of = Arc::clone(process);
    let read = Arc::clone(&pipe);
    let started = thread.spawn(move || {
        forward(&read, stream, output, of.output(stream));
        drop(ended);
    });
    // Without a thread, the worker dies of the closed pipe when it writes.
    if started.is_ok() {
        process.output(stream).set_pipe(pipe);
    }
    end
}

/// The file that this process executes. On Linux also if it has been replaced meanwhile.
fn executable() -> OsString {
    let own = "/proc/self/exe";
    if cfg!(target_os = "linux") && std::path::Path::new(own).exists() {
        return own.into();
    }
    match env::current_exe() {
        Ok(path) => path.into_os_string(),
        Err(_) => env::args_os().next().unwrap_or_default(),
    }
}

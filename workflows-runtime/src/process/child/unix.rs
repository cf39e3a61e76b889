//! The connection is stdin.

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Resource, Rlimit, Signal, getpgrp, getpid, getppid, getrlimit, kill_current_process_group, setrlimit},
    stdio::dup2_stdin,
};
use std::{
    fs::File,
    io,
    os::{fd::AsFd, unix::net::UnixStream},
    thread,
};

pub(super) type Stream = UnixStream;

/// How often the parent is looked for on systems that may not report the end of a connection.
const PARENT_CHECK: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

pub(super) fn connect() -> io::Result<Stream> {
    // Code that reads stdin must not take the calls.
    let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    dup2_stdin(File::open("/dev/null")?)?;
    Ok(stream)
}

/// Ends this process with its parent, from another thread.
pub(super) fn watch_parent(stream: &Stream) -> io::Result<()> {
    let watched = stream.try_clone()?;
    thread::Builder::new().name("wf-parent".to_owned()).spawn(move || watch(&watched))?;
    Ok(())
}

/// Ends this process when the parent closes the connection or dies, whatever the other threads do.
fn watch(stream: &UnixStream) {
    let parent = getppid();
    let timeout = if cfg!(target_os = "linux") { None } else { Some(&PARENT_CHECK) };
    loop {
        let mut connection = [PollFd::new(stream, PollFlags::HUP)];
        let polled = poll(&mut connection, timeout);
        let closed = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        if polled.is_ok() && connection[0].revents().intersects(closed) || getppid() != parent {
            super::kill_own_group();
        }
    }
}

pub(super) fn kill_own_group() {
    // A group of another process is not ours to kill.
    if getpgrp() == getpid() {
        let _ = kill_current_process_group(Signal::KILL);
    }
}

/// Data and not address space: what is reserved and not used does not count.
#[cfg(target_os = "linux")]
const MEMORY: Resource = Resource::Data;
#[cfg(not(target_os = "linux"))]
const MEMORY: Resource = Resource::As;

pub(super) fn limit_memory(bytes: Option<u64>) {
    let maximum = getrlimit(MEMORY).maximum;
    let current = match (bytes, maximum) {
        (Some(bytes), Some(maximum)) => Some(bytes.min(maximum)),
        (bytes, maximum) => bytes.or(maximum),
    };
    // Not all systems have this limit.
    let _ = setrlimit(MEMORY, Rlimit { current, maximum });
}

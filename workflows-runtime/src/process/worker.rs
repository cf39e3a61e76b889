//! A worker process, seen from its parent.

use super::{
    error::ProcessExit,
    exchange::{Channel, Inbox},
    lease::Hold,
    output::{Recent, Stream},
};
use crate::sync::{Mutex, MutexGuard, Notify, thread};
use std::{
    mem,
    pin::pin,
    process::Child,
    sync::{Arc, PoisonError},
};

/// A worker that can take a call. Dropping it kills its process.
pub(super) struct Worker {
    pub(super) process: Arc<Process>,
    pub(super) channel: Channel,
    pub(super) inbox: Inbox,
    /// The calls that it has executed.
    pub(super) calls: u32,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.process.kill();
    }
}

/// A process, until it is reaped and after.
pub(super) struct Process {
    pub(super) pid: u32,
    /// `None` once it is reaped: then its id may belong to another process.
    child: Mutex<Option<Child>>,
    end: Mutex<End>,
    ended: Notify,
    pub(super) stdout: Recent,
    pub(super) stderr: Recent,
}

#[derive(Default)]
struct End {
    exit: Option<ProcessExit>,
    /// Dropped when the process has ended.
    holds: Vec<Hold>,
}

impl Process {
    pub(super) fn new(child: Child) -> Self {
        Self {
            pid: child.id(),
            child: Mutex::new(Some(child)),
            end: Mutex::default(),
            ended: Notify::new(),
            stdout: Recent::default(),
            stderr: Recent::default(),
        }
    }

    /// Begins a call: its output is that from now on.
    pub(super) fn begin(&self, call: &Arc<str>) {
        self.stdout.begin(call);
        self.stderr.begin(call);
    }

    pub(super) fn output(&self, stream: Stream) -> &Recent {
        match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        }
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) -> MutexGuard<'_, End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Kills it, with all processes that it has started. Does not wait.
    pub(super) fn kill(&self) {
        if let Some(child) = &mut *self.child() {
            kill_group(self.pid);
            // Fails only if the process has exited.
            drop(child.kill());
        }
    }

    pub(super) fn exit(&self) -> Option<ProcessExit> {
        self.end().exit
    }

    /// Drops `hold` when the process has ended.
    pub(super) fn hold(&self, hold: Hold) {
        let mut end = self.end();
        if end.exit.is_none() {
            end.holds.push(hold);
        } else {
            drop(end);
            drop(hold);
        }
    }

    /// Waits until the process has ended and is reaped.
    pub(super) async fn ended(&self) -> ProcessExit {
        loop {
            let mut notified = pin!(self.ended.notified());
            notified.as_mut().enable();
            if let Some(exit) = self.exit() {
                return exit;
            }
            notified.await;
        }
    }

    /// Waits until the process has ended, and reaps it. Blocks. Only the supervisor calls it.
    pub(super) fn reap(&self) -> ProcessExit {
        await_exit(self.pid, || {
            let mut child = self.child();
            let Some(running) = &mut *child else { return true };
            // An error means that somebody else has collected the status.
            !matches!(running.try_wait(), Ok(None))
        });
        let mut child = self.child();
        // What the process has started is in its group, whose id is not reused before the process is reaped.
        kill_group(self.pid);
        let status = child.take().map(|mut child| child.wait());
        match status {
            Some(Ok(status)) => ProcessExit::of(status),
            Some(Err(_)) | None => ProcessExit::Unknown,
        }
    }

    /// Reports the end to those that wait for it.
    pub(super) fn set_exit(&self, exit: ProcessExit) {
        let mut end = self.end();
        end.exit = Some(exit);
        let holds = mem::take(&mut end.holds);
        drop(end);
        self.ended.notify_waiters();
        drop(holds);
    }
}

/// Waits until the process has ended, and leaves its status to be collected.
#[cfg(unix)]
fn await_exit(pid: u32, has_ended: impl Fn() -> bool) {
    use rustix::{
        io::Errno,
        process::{Pid, WaitId, WaitIdOptions, waitid},
    };
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
    loop {
        match waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Err(Errno::INTR) => {}
            Ok(Some(_)) => return,
            // The system collects the status itself, or has no `waitid` for this.
            Ok(None) | Err(_) if has_ended() => return,
            Ok(None) | Err(_) => thread::sleep(POLL),
        }
    }
}

#[cfg(not(unix))]
fn await_exit(_: u32, has_ended: impl Fn() -> bool) {
    while !has_ended() {
        thread::sleep(POLL);
    }
}

/// How often a process is looked at where the system does not report its end.
const POLL: std::time::Duration = std::time::Duration::from_millis(5);

#[cfg(unix)]
fn kill_group(pid: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // Fails only if there is no such process any more.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill_group(_: u32) {}

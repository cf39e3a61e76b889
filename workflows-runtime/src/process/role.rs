//! Whether this process is a worker of another one.

use crate::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};
use std::{
    env,
    ffi::{OsStr, OsString},
    process::{Command, exit},
};

/// The variable in the environment of a worker. Its value is how it reaches its parent.
pub(super) const VARIABLE: &str = "WORKFLOWS_ISOLATED";

/// The end of a worker's name. Processes that a worker starts inherit the variable, but not this.
#[cfg(unix)]
const NAME_SUFFIX: &str = " (isolated)";

/// The exit code of a worker that is not served by `init`.
const STRAY: i32 = 70;

/// The arguments of workers. Set by `init`.
static ARGUMENTS: OnceLock<Vec<OsString>> = OnceLock::new();

/// What a test harness writes to stdout of a worker, before its test begins.
static HARNESS: OnceLock<String> = OnceLock::new();

/// Whether this process is a worker that executes calls.
static SERVES: AtomicBool = AtomicBool::new(false);

/// Whether this process was started as a worker.
#[inline]
pub(crate) fn is_worker() -> bool {
    static IS_WORKER: OnceLock<bool> = OnceLock::new();
    *IS_WORKER.get_or_init(|| env::var_os(VARIABLE).is_some() && has_name())
}

#[cfg(unix)]
fn has_name() -> bool {
    let name = env::args_os().next().unwrap_or_default();
    name.as_encoded_bytes().ends_with(NAME_SUFFIX.as_bytes())
}

#[cfg(not(unix))]
fn has_name() -> bool {
    true
}

/// Marks the command as one that starts a worker, with the value of the variable.
pub(super) fn mark(command: &mut Command, value: &OsStr) {
    command.args(ARGUMENTS.get().into_iter().flatten());
    command.env(VARIABLE, value);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let mut name = env::args_os().next().unwrap_or_default();
        name.push(NAME_SUFFIX);
        command.arg0(name);
    }
}

/// Allows this process to start workers, with these arguments.
pub(crate) fn initialize(arguments: impl FnOnce() -> Vec<OsString>) {
    ARGUMENTS.get_or_init(arguments);
}

/// Allows this process to start workers, which begin in this test.
pub(crate) fn initialize_test(test: &str) {
    let options = ["--exact", "--nocapture", "--include-ignored", "--test-threads=1"].map(Into::into);
    HARNESS.get_or_init(|| format!("\nrunning 1 test\ntest {test} ... "));
    initialize(|| std::iter::once(test.into()).chain(options).collect());
}

/// What precedes the output of code on stdout.
pub(super) fn harness() -> &'static str {
    HARNESS.get().map_or("", String::as_str)
}

/// Whether `init` was called: another copy of the program then becomes a worker.
pub(crate) fn is_initialized() -> bool {
    ARGUMENTS.get().is_some()
}

/// Marks this process as one that executes calls.
pub(super) fn begin_serving() {
    SERVES.store(true, Ordering::Release);
}

/// Whether this process is a worker that executes calls.
pub(crate) fn serves() -> bool {
    SERVES.load(Ordering::Acquire)
}

/// Ends a worker that has passed the place where `init` should be, before it does the work of the program once more.
#[inline]
pub(crate) fn assert_single_copy() {
    if is_worker() && !serves() {
        end_stray_copy();
    }
}

#[cold]
fn end_stray_copy() -> ! {
    eprintln!("`isolated::init` is not the first thing in `main`: this copy of the program was started as a worker");
    exit(STRAY);
}

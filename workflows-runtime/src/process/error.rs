//! The errors of isolated code.

use core::{fmt, time::Duration};

/// Why isolated code has no result. Found inside the [`StepError`](crate::StepError) of its step.
///
/// A panic is not among them: like that of any step, it is a [`Panicked`](crate::Panicked), and the process lives on.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// use workflows_runtime::{Retry, isolated::IsolatedError};
///
/// // Retries a step whose process crashed, and not one that ran too long.
/// let policy = Retry::immediate()
///     .max_attempts(3)
///     .when(|error| matches!(error.downcast_ref(), Some(IsolatedError::Died { .. })));
/// # let _ = policy;
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IsolatedError {
    /// The process has ended in the middle of the code.
    #[error("the process of `{call}` died: {exit}{}", Stderr(stderr))]
    #[non_exhaustive]
    Died {
        /// The step, or the path of the function.
        call: String,
        /// How it ended.
        exit: ProcessExit,
        /// The last lines that it wrote to stderr during the call.
        stderr: String,
    },
    /// The code exceeded `isolated(timeout = ..)`. Its process was killed.
    #[error("`{call}` exceeded {limit:?}, and its process was killed{}", Stderr(stderr))]
    #[non_exhaustive]
    TimedOut {
        /// The step, or the path of the function.
        call: String,
        /// The timeout.
        limit: Duration,
        /// The last lines that it wrote to stderr during the call.
        stderr: String,
    },
    /// The process has closed its connection, or sent something other than a result. It was killed.
    #[error("the process of `{call}` {problem}{}", Stderr(stderr))]
    #[non_exhaustive]
    Broken {
        /// The step, or the path of the function.
        call: String,
        /// What it has done.
        problem: String,
        /// The last lines that it wrote to stderr during the call.
        stderr: String,
    },
    /// [`isolated::init`](crate::isolated::init) has not been called in this process.
    #[error(
        "`{call}` is isolated, but this program has not called `isolated::init`\n  \
         help: write `workflows_runtime::isolated::init(|| Registry::new()..);` as the first line of `main`, \
         or use `isolated::worker_test!` in a test binary"
    )]
    #[non_exhaustive]
    NotInitialized {
        /// The step, or the path of the function.
        call: String,
    },
    /// A process was started, but did not reach [`isolated::init`](crate::isolated::init).
    #[error("a process for isolated code did not start: {problem}{}", Stderr(stderr))]
    #[non_exhaustive]
    NotStarted {
        /// What happened.
        problem: String,
        /// The last lines that it wrote to stderr.
        stderr: String,
    },
    /// The list given to [`isolated::init`](crate::isolated::init) does not contain the workflow or the function.
    #[error("`{call}` is not registered\n  help: add `{help}` to the `Registry` in `isolated::init`")]
    #[non_exhaustive]
    NotRegistered {
        /// The step, or the path of the function.
        call: String,
        /// The call that registers it.
        help: String,
    },
    /// The arguments or the result cannot be serialized, or not be read again.
    #[error("{side} of `{call}` cannot be sent to another process: {problem}")]
    #[non_exhaustive]
    Unserializable {
        /// The step, or the path of the function.
        call: String,
        /// `the arguments`, `the result`, or `an item`.
        side: &'static str,
        /// The error of the serializer.
        problem: String,
    },
}

/// What was to be serialized.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    Arguments,
    Result,
    Item,
}

impl Side {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Arguments => "the arguments",
            Self::Result => "the result",
            Self::Item => "an item",
        }
    }

    pub(crate) fn error(self, call: &str, problem: &impl fmt::Display) -> IsolatedError {
        IsolatedError::Unserializable { call: call.to_owned(), side: self.text(), problem: problem.to_string() }
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProcessExit {
    /// A signal ended it, such as 11 (`SIGSEGV`) or 6 (`SIGABRT`).
    Signal(i32),
    /// It has exited with this code.
    Code(i32),
    /// The operating system does not say, for example because the program collects the status of its children itself.
    Unknown,
}

impl ProcessExit {
    #[cfg(unix)]
    pub(super) fn of(status: std::process::ExitStatus) -> Self {
        use std::os::unix::process::ExitStatusExt;
        match (status.signal(), status.code()) {
            (Some(signal), _) => Self::Signal(signal),
            (None, Some(code)) => Self::Code(code),
            (None, None) => Self::Unknown,
        }
    }

    #[cfg(not(unix))]
    pub(super) fn of(status: std::process::ExitStatus) -> Self {
        status.code().map_or(Self::Unknown, Self::Code)
    }
}

impl fmt::Display for ProcessExit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(signal) => {
                write!(f, "signal {signal}")?;
                // The numbers on which all systems agree.
                match signal {
                    4 => f.write_str(" (SIGILL)"),
                    6 => f.write_str(" (SIGABRT)"),
                    8 => f.write_str(" (SIGFPE)"),
                    9 => f.write_str(" (SIGKILL, for example because memory ran out)"),
                    11 => f.write_str(" (SIGSEGV)"),
                    15 => f.write_str(" (SIGTERM)"),
                    _ => Ok(()),
                }
            }
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Unknown => f.write_str("its exit status is not known"),
        }
    }
}

/// The last lines of stderr, at the end of a message.
struct Stderr<'a>(&'a str);

impl fmt::Display for Stderr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.lines().try_for_each(|line| write!(f, "\n  stderr: {line}"))
    }
}

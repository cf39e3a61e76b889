//! One call of a worker.

use super::{
    clock::{self, Timer},
    error::{IsolatedError, ProcessExit, Side},
    exchange,
    frame::Reply,
    pool::{Inner, Refusal},
    worker::{Process, Worker},
};
use std::{any::Any, future::poll_fn, io, ops::Range, pin::pin, sync::Arc, task::Poll, time::Duration};

/// Dropped when a process that was killed has ended.
pub(crate) type Hold = Arc<dyn Any + Send + Sync>;

/// A call of isolated code.
pub(crate) struct Call {
    /// The step, or the path of the function, for messages.
    pub(crate) name: Arc<str>,
    /// What to add to the registry, if it is not in it.
    pub(crate) help: String,
    /// The frame of the request.
    pub(crate) request: Vec<u8>,
    pub(crate) timeout: Option<Duration>,
    /// The calls after which the process is replaced.
    pub(crate) recycle_after: Option<u32>,
    /// Called if the call is dropped in the middle; the result is held until the process has ended.
    pub(crate) hold: fn() -> Option<Hold>,
}

/// Why a call has no result.
pub(crate) enum Failure {
    Refused(Refusal),
    Isolated(IsolatedError),
    /// The code has panicked with this message.
    Panicked(String),
}

impl From<IsolatedError> for Failure {
    fn from(error: IsolatedError) -> Self {
        Self::Isolated(error)
    }
}

/// How long a process that has closed its connection may take to exit.
const EXIT_LIMIT: Duration = Duration::from_secs(1);

/// A worker in use. Dropping it kills the worker, unless the call was [completed](Self::complete).
pub(super) struct Lease {
    worker: Option<Worker>,
    pool: Arc<Inner>,
    /// Whether the pool counts the end of the call.
    is_counted: bool,
    hold: fn() -> Option<Hold>,
}

impl Lease {
    pub(super) fn new(worker: Worker, pool: Arc<Inner>, hold: fn() -> Option<Hold>) -> Self {
        Self { worker: Some(worker), pool, is_counted: true, hold }
    }

    /// Executes the call. `item` receives what the code publishes, `read` its result. Returns `None` if the worker has
    /// died before the call began and the call `may_repeat`.
    pub(super) async fn call<T>(
        mut self,
        call: &Call,
        item: &mut (dyn FnMut(&[u8]) -> Result<(), String> + Send),
        read: &impl Fn(&[u8]) -> Result<T, String>,
        may_repeat: bool,
    ) -> Result<Option<T>, Failure> {
        let Some(worker) = &mut self.worker else { return Err(Refusal::ShutDown.into()) };
        let process = Arc::clone(&worker.process);
        process.begin(&call.name);
        let answered = match within(call.timeout, talk(worker, &call.request, item)).await {
            Some(answered) => answered,
            None => Err(Broken::TimedOut),
        };
        let place = match answered {
            Ok(place) => place,
            Err(Broken::NotBegun) if may_repeat => {
                self.give_up();
                return Ok(None);
            }
            Err(broken) => return Err(self.failed(call, broken, &process).await.into()),
        };
        worker.calls += 1;
        let (tag, place) = place;
        let unserializable = |side: Side, problem: &str| Failure::from(side.error(&call.name, &problem));
        let result = match Reply::of(tag, worker.inbox.payload(place)) {
            Some(Reply::Returned(payload)) => read(payload).map_err(|problem| unserializable(Side::Result, &problem)),
            Some(Reply::Panicked(message)) => Err(Failure::Panicked(message)),
            Some(Reply::Unreadable(problem)) => Err(unserializable(Side::Arguments, &problem)),
            Some(Reply::Unwritable(problem)) => Err(unserializable(Side::Result, &problem)),
            Some(Reply::Unregistered) => {
                let (call, help) = (call.name.to_string(), call.help.clone());
                Err(IsolatedError::NotRegistered { call, help }.into())
            }
            Some(Reply::Item(_)) | None => {
                return Err(self.failed(call, Broken::Garbage, &process).await.into());
            }
        };
        if !worker.inbox.end_of_call() {
            return Err(self.failed(call, Broken::Garbage, &process).await.into());
        }
        self.complete(call.recycle_after);
        result.map(Some)
    }

    /// Drops a worker that has died before the call began.
    fn give_up(mut self) {
        self.worker = None;
        self.pool.not_begun();
        self.is_counted = false;
    }

    /// Returns the worker to the pool.
    fn complete(mut self, recycle_after: Option<u32>) {
        let Some(worker) = self.worker.take() else { return };
        if recycle_after.is_some_and(|limit| worker.calls >= limit) {
            drop(worker);
        } else {
            self.pool.release(worker);
        }
    }

    /// Kills the process, waits for its end, and describes it.
    async fn failed(&self, call: &Call, broken: Broken, process: &Process) -> IsolatedError {
        let mut died = None;
        if matches!(broken, Broken::Closed | Broken::NotBegun) {
            // It closes its connection before its status can be collected.
            died = within(Some(EXIT_LIMIT), process.ended()).await;
        }
        if died.is_none() {
            self.pool.count_killed();
            process.kill();
            process.ended().await;
        }
        broken.describe(call, died, process.stderr.lines())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            if worker.process.exit().is_none() {
                self.pool.count_killed();
                worker.process.kill();
            }
            if let Some(hold) = (self.hold)() {
                worker.process.hold(hold);
            }
        }
        if self.is_counted {
            self.pool.completed();
        }
    }
}

/// Why a worker cannot be used any more.
enum Broken {
    TimedOut,
    /// The connection is closed.
    Closed,
    /// The connection was closed before the worker had read the request. It executes none that it has not read.
    NotBegun,
    Garbage,
    /// What it has published cannot be read.
    Item(String),
}

impl Broken {
    fn describe(self, call: &Call, died: Option<ProcessExit>, stderr: String) -> IsolatedError {
        let name = call.name.to_string();
        if let Some(exit) = died {
            return IsolatedError::Died { call: name, exit, stderr };
        }
        let problem = match self {
            Self::TimedOut => {
                return IsolatedError::TimedOut { call: name, limit: call.timeout.unwrap_or_default(), stderr };
            }
            Self::Item(problem) => return Side::Item.error(&call.name, &problem),
            Self::Closed | Self::NotBegun => "has closed its connection",
            Self::Garbage => "has sent something other than a result",
        };
        IsolatedError::Broken { call: name, problem: problem.to_owned(), stderr }
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::InvalidData { Self::Garbage } else { Self::Closed }
    }
}

/// Sends the request, and receives frames up to the one that answers it.
async fn talk(
    worker: &mut Worker,
    request: &[u8],
    item: &mut (dyn FnMut(&[u8]) -> Result<(), String> + Send),
) -> Result<(u8, Range<usize>), Broken> {
    // A request that was not sent to its end was not read.
    worker.channel.send(request).await.map_err(|_| Broken::NotBegun)?;
    loop {
        let (tag, place) = match worker.channel.receive(&mut worker.inbox).await {
            Err(error) if exchange::is_unread(&error) => return Err(Broken::NotBegun),
            received => received?,
        };
        match Reply::of(tag, worker.inbox.payload(place.clone())) {
            Some(Reply::Item(payload)) => item(payload).map_err(Broken::Item)?,
            _ => return Ok((tag, place)),
        }
    }
}

/// The result of the future, or `None` if it takes longer than this.
async fn within<F: Future>(limit: Option<Duration>, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut timer: Option<Timer> = limit.map(clock::after);
    let mut timer = pin!(timer.as_mut());
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        match timer.as_mut().as_pin_mut() {
            Some(timer) => timer.poll(cx).map(|()| None),
            None => Poll::Pending,
        }
    })
    .await
}

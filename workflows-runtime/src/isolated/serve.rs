//! The life of a worker process: it executes calls until its parent needs no more.

use super::registry::Registry;
use crate::{
    error::StepError,
    panics::discard,
    process::{Connection, Frame, kill_own_group},
};
use std::{
    future::pending,
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};
use tokio::runtime::{Builder, Runtime};

/// The stack of the thread that executes calls: that of a main thread.
const STACK: usize = 8 << 20;

/// Executes calls. Ends the process when the parent needs no more.
pub(super) fn serve(registry: impl FnOnce() -> Registry) -> ! {
    // The values of the registry are made on this thread, as `main` would.
    let registry = registry();
    // On a thread of its own: this one may belong to a runtime, where code that blocks on a future panics.
    let thread = thread::Builder::new().name("wf-isolated".to_owned()).stack_size(STACK);
    match thread.spawn(move || run(&registry)) {
        Ok(thread) => drop(thread.join()),
        Err(error) => eprintln!("a worker cannot start its thread: {error}"),
    }
    kill_own_group()
}

fn run(registry: &Registry) {
    let (runtime, mut connection) = match connect() {
        Ok(connected) => connected,
        Err(error) => {
            eprintln!("a worker cannot connect to its parent: {error}");
            return;
        }
    };
    let _runtime = runtime.enter();
    let link = connection.link();
    while let Some((request, arguments)) = connection.next() {
        let target = request.target;
        let frame = registry.execute(target, arguments, &link);
        // Buffered output belongs to this call.
        drop(io::stdout().flush());
        if let Err(error) = link.send(frame)
            && link.send(Frame::unwritable(&error.to_string())).is_err()
        {
            return;
        }
    }
}

/// Connects to the parent, and creates the runtime that isolated code finds as the current one.
fn connect() -> io::Result<(Arc<Runtime>, Connection)> {
    let connection = Connection::open()?;
    let runtime = Arc::new(Builder::new_current_thread().enable_all().build()?);
    let driver = Arc::clone(&runtime);
    // Code that blocks on a future does so on its own thread: another one drives timers and I/O.
    thread::Builder::new().name("wf-runtime".to_owned()).spawn(move || driver.block_on(pending::<()>()))?;
    Ok((runtime, connection))
}

/// The result of the code, or its panic.
pub(super) fn caught(code: impl FnOnce() -> Frame) -> Frame {
    match catch_unwind(AssertUnwindSafe(code)) {
        Ok(frame) => frame,
        Err(payload) => {
            let error = StepError::panicked(&*payload);
            discard(payload);
            let message = error.to_string();
            Frame::panicked(message.strip_prefix("panicked: ").unwrap_or(&message))
        }
    }
}

/// Waits for a future, on a thread that then may block on others.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

//! The thread of a process: starts it, waits for its end and reaps it.

use super::{
    pool::Inner,
    start::{Started, start},
};
use std::{io, sync::Arc, thread};

/// Starts a process for the pool, on a thread of its own.
pub(super) fn spawn(pool: Arc<Inner>, number: usize) -> io::Result<()> {
    let thread = thread::Builder::new().name(format!("wf-process-{number}"));
    thread.spawn(move || supervise(&pool, number))?;
    Ok(())
}

fn supervise(pool: &Arc<Inner>, number: usize) {
    let Started { worker, output_end } = match start(pool.output(), number) {
        Ok(started) => started,
        Err(error) => return pool.ended(number, None, Some(error)),
    };
    let process = Arc::clone(&worker.process);
    let closer = worker.channel.closer();
    pool.ready(worker);
    let exit = process.reap();
    if let Ok(closer) = closer {
        closer.close();
    }
    output_end.wait();
    process.set_exit(exit);
    pool.ended(number, Some(process.pid), None);
}

//! The threads of a pool.

use super::{
    job::{Ended, Job},
    pool::{Inner, State},
    waiting::ThreadWaits,
};
use crate::{
    instruments,
    sync::{atomic::Ordering, thread},
};
use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// How often an idle thread looks for a job before it sleeps. Waking a thread takes longer than most of these.
// Once under the model checker, where a schedule should reach the sleep.
const LOOKS: u32 = if cfg!(all(test, shuttle)) { 1 } else { 32 };

/// How long a thread looks for a job at most. If it takes longer, other threads need the cores.
const MAX_LOOK: Duration = Duration::from_micros(50);

impl Inner {
    /// Starts a thread.
    pub(super) fn start_thread(self: &Arc<Self>, state: &mut State) -> std::io::Result<()> {
        let number = match state.numbers.iter().position(|used| !used) {
            Some(free) => free,
            None => state.numbers.len(),
        };
        let mut builder = thread::Builder::new().name(thread_name(&self.settings.name, number));
        if let Some(size) = self.settings.stack_size {
            builder = builder.stack_size(size);
        }
        let inner = Arc::clone(self);
        builder.spawn(move || inner.work(number))?;
        if number == state.numbers.len() {
            state.numbers.push(true);
        } else {
            state.numbers[number] = true;
        }
        state.threads += 1;
        state.starting += 1;
        Ok(())
    }

    /// The life of a thread.
    fn work(self: Arc<Self>, number: usize) {
        let waits = ThreadWaits::enter(&self);
        {
            let mut state = self.lock();
            state.starting -= 1;
            state.looking += 1;
        }
        while let Some(job) = self.next() {
            let ended = job.run();
            self.ended(&waits, ended);
            job.settle();
        }
        ThreadWaits::leave();
        self.lock().numbers[number] = false;
    }

    /// Waits for a job, on a thread that counts as looking. Returns `None` if the thread must end.
    fn next(&self) -> Option<Arc<dyn Job>> {
        self.look();
        let mut state = self.lock();
        loop {
            if state.active() < self.settings.threads
                && let Some(queued) = state.queue.pop()
            {
                self.has_work.store(state.queue.len() > 0, Ordering::Release);
                state.looking -= 1;
                state.running += 1;
                let waited = queued.since.elapsed();
                state.time_in_queue += waited;
                drop(state);
                instruments::job_started(&self.settings.name, waited);
                return Some(queued.job);
            }
            if state.closed && state.queue.len() == 0 {
                break;
            }
            state.looking -= 1;
            state.idle += 1;
            let (woken, timeout) = self.work.wait_timeout(state, KEEP_ALIVE).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            state.looking += 1;
            state.notified = state.notified.saturating_sub(1);
            if timeout.timed_out() && state.queue.len() == 0 {
                break;
            }
        }
        state.looking -= 1;
        state.threads -= 1;
        None
    }

    /// Looks for a job for a moment.
    fn look(&self) {
        let mut begun = None;
        for _ in 0..LOOKS {
            if self.has_work.load(Ordering::Acquire) || begun.is_some_and(|begun: Instant| begun.elapsed() > MAX_LOOK) {
                break;
            }
            begun.get_or_insert_with(Instant::now);
            thread::yield_now();
        }
    }

    fn ended(&self, waits: &ThreadWaits, ended: Ended) {
        // Before the pool reports that it is idle.
        instruments::job_ended(&self.settings.name);
        let mut state = self.lock();
        state.waiting -= usize::from(waits.end());
        state.running -= 1;
        state.looking += 1;
        state.completed += 1;
        state.abandoned -= usize::from(ended == Ended::Abandoned);
        state.last_end = Some(Instant::now());
        self.report_idle(&state);
    }
}

/// At most 15 bytes, which is all that Linux keeps: `wf-cpu-10`.
fn thread_name(pool: &str, number: usize) -> String {
    let number = format!("-{number}");
    let mut name = format!("wf-{pool}");
    let mut length = name.len().min(15 - number.len().min(12));
    while !name.is_char_boundary(length) {
        length -= 1;
    }
    name.truncate(length);
    name + &number
}

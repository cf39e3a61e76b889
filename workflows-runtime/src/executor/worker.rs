//! The threads of a pool.

use super::{
    job::{Ended, Job},
    pool::{Inner, State},
    queue::Queued,
    waiting::ThreadWaits,
};
use crate::{
    instruments,
    sync::{MutexGuard, atomic::Ordering, thread},
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
const LOOK: Duration = Duration::from_micros(50);

/// How long a thread looks if its last look has found a job. Short jobs follow each other then, and a thread that sleeps
/// between them costs its caller a wake for each.
const LONGER_LOOK: Duration = Duration::from_micros(300);

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
            state.waits.push(Arc::clone(&waits));
        }
        let mut finds = false;
        let mut next = self.next(&mut finds);
        while let Some(job) = next {
            let ended = job.run();
            next = self.ended(&waits, ended);
            match ended {
                Ended::Needed => job.deliver(),
                Ended::Abandoned => job.settle(),
            }
            if next.is_none() {
                next = self.next(&mut finds);
            }
        }
        ThreadWaits::leave();
        let mut state = self.lock();
        state.numbers[number] = false;
        state.waits.retain(|other| !Arc::ptr_eq(other, &waits));
    }

    /// Waits for a job, on a thread that counts as looking. Returns `None` if the thread must end. `finds` is whether the
    /// last look of the thread has found a job.
    fn next(&self, finds: &mut bool) -> Option<Arc<dyn Job>> {
        *finds = self.look(*finds);
        let mut state = self.lock();
        loop {
            if let Some(queued) = self.take(&mut state) {
                state.looking -= 1;
                return Some(self.started(state, queued, Instant::now()));
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

    /// Takes the next job, if one more may run.
    fn take(&self, state: &mut State) -> Option<Queued> {
        if state.active() >= self.settings.threads {
            return None;
        }
        let queued = state.queue.pop()?;
        self.has_work.store(state.queue.len() > 0, Ordering::Release);
        state.running += 1;
        Some(queued)
    }

    /// Reports that a job was taken.
    fn started(&self, mut state: MutexGuard<'_, State>, queued: Queued, now: Instant) -> Arc<dyn Job> {
        let waited = now.saturating_duration_since(queued.since);
        state.time_in_queue += waited;
        drop(state);
        instruments::job_started(&self.settings.name, waited);
        queued.job
    }

    /// Looks for a job for a moment. Returns whether there is one.
    fn look(&self, longer: bool) -> bool {
        let bound = if longer { LONGER_LOOK } else { LOOK };
        let mut begun = None;
        for _ in 0..LOOKS {
            if self.has_work.load(Ordering::Acquire) {
                return true;
            }
            if begun.get_or_insert_with(Instant::now).elapsed() > bound {
                return false;
            }
            thread::yield_now();
        }
        self.has_work.load(Ordering::Acquire)
    }

    /// Counts a job that has ended. Returns the next one, if there is one; otherwise the thread counts as looking.
    fn ended(&self, waits: &ThreadWaits, ended: Ended) -> Option<Arc<dyn Job>> {
        // Before the pool reports that it is idle.
        instruments::job_ended(&self.settings.name);
        let now = Instant::now();
        let mut state = self.lock();
        state.waiting -= usize::from(waits.end());
        state.running -= 1;
        state.completed += 1;
        state.abandoned -= usize::from(ended == Ended::Abandoned);
        state.last_end = Some(now);
        // What is left of abandoned work is dropped first, which may take its time.
        if ended == Ended::Needed
            && let Some(queued) = self.take(&mut state)
        {
            return Some(self.started(state, queued, now));
        }
        state.looking += 1;
        self.report_idle(&state);
        None
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

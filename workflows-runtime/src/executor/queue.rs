//! The queue of a pool: first in, first out within a run, and in turn between runs.

use super::job::Job;
use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasherDefault, Hasher},
    mem,
    sync::Arc,
    time::Instant,
};

/// A queue that takes one job of each run in turn, so a run with many jobs does not delay the others.
#[derive(Default)]
pub(super) struct Queue {
    /// The runs with jobs, in the order of their turns. Invariant: exactly the keys of `jobs`.
    turns: VecDeque<usize>,
    /// Invariant: no list is empty.
    jobs: HashMap<usize, VecDeque<Queued>, BuildHasherDefault<KeyHasher>>,
    len: usize,
    /// The jobs in `jobs` that were withdrawn.
    withdrawn: usize,
    /// An empty list, for the next run.
    spare: VecDeque<Queued>,
}

/// Hashes the keys of runs and the ids of tasks. No user chooses them, so one multiplication is enough.
#[derive(Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let product = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // The low bits of addresses are equal, and with them those of the product.
        self.0 = product ^ product >> 32;
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A job and the time at which it was queued.
pub(super) struct Queued {
    pub(super) job: Arc<dyn Job>,
    pub(super) since: Instant,
}

impl Queue {
    /// The number of jobs that can start.
    pub(super) fn len(&self) -> usize {
        self.len - self.withdrawn
    }

    /// The time at which the oldest job was queued.
    pub(super) fn oldest(&self) -> Option<Instant> {
        let first =
            |jobs: &VecDeque<Queued>| jobs.iter().find(|queued| !queued.job.is_withdrawn()).map(|queued| queued.since);
        self.jobs.values().filter_map(first).min()
    }

    /// Adds a job of the run with this key.
    pub(super) fn push(&mut self, run: usize, job: Arc<dyn Job>, since: Instant) {
        let spare = &mut self.spare;
        let jobs = self.jobs.entry(run).or_insert_with(|| mem::take(spare));
        if jobs.is_empty() {
            self.turns.push_back(run);
        }
        jobs.push_back(Queued { job, since });
        self.len += 1;
    }

    /// Removes and refuses all jobs. Returns them, to be settled.
    pub(super) fn clear(&mut self) -> Vec<Arc<dyn Job>> {
        let mut refused = Vec::new();
        for jobs in mem::take(self).jobs.into_values() {
            refused.extend(jobs.into_iter().map(|queued| queued.job).filter(|job| job.refuse()));
        }
        refused
    }

    /// Removes and starts the next job. Skips jobs that were withdrawn.
    pub(super) fn pop(&mut self) -> Option<Queued> {
        loop {
            let run = self.turns.pop_front()?;
            let Some(jobs) = self.jobs.get_mut(&run) else { continue };
            let next = jobs.pop_front();
            if jobs.is_empty() {
                self.spare = self.jobs.remove(&run).unwrap_or_default();
            } else {
                self.turns.push_back(run);
            }
            let Some(queued) = next else { continue };
            self.len -= 1;
            if queued.job.start() {
                return Some(queued);
            }
            self.withdrawn -= 1;
        }
    }

    /// Counts a job that was withdrawn from the queue. Frees the memory of such jobs when they are the majority.
    pub(super) fn count_withdrawn(&mut self) {
        self.withdrawn += 1;
        if self.withdrawn * 2 > self.len + 64 {
            self.jobs.retain(|_, jobs| {
                jobs.retain(|queued| !queued.job.is_withdrawn());
                !jobs.is_empty()
            });
            self.turns.retain(|run| self.jobs.contains_key(run));
            self.len = self.jobs.values().map(VecDeque::len).sum();
            self.withdrawn = 0;
        }
    }
}

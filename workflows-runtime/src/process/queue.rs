//! The calls that wait for a worker: first in, first out within a run, and in turn between runs.

use std::collections::{HashMap, VecDeque};

/// A queue that takes one entry of each run in turn.
pub(super) struct Queue<T> {
    /// The runs with entries, in the order of their turns. Invariant: exactly the keys of `entries`.
    turns: VecDeque<usize>,
    /// Invariant: no list is empty, and the numbers of a list increase.
    entries: HashMap<usize, VecDeque<(u64, T)>>,
    len: usize,
    next_number: u64,
}

/// Identifies an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    run: usize,
    number: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { turns: VecDeque::new(), entries: HashMap::new(), len: 0, next_number: 0 }
    }
}

impl<T> Queue<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn push(&mut self, run: usize, entry: T) -> Ticket {
        let entries = self.entries.entry(run).or_default();
        if entries.is_empty() {
            self.turns.push_back(run);
        }
        self.next_number += 1;
        entries.push_back((self.next_number, entry));
        self.len += 1;
        Ticket { run, number: self.next_number }
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        let run = self.turns.pop_front()?;
        let entries = self.entries.get_mut(&run)?;
        let (_, entry) = entries.pop_front()?;
        if entries.is_empty() {
            self.entries.remove(&run);
        } else {
            self.turns.push_back(run);
        }
        self.len -= 1;
        Some(entry)
    }

    /// Removes an entry, unless it was taken.
    pub(super) fn remove(&mut self, ticket: Ticket) -> Option<T> {
        let entries = self.entries.get_mut(&ticket.run)?;
        let at = entries.binary_search_by_key(&ticket.number, |(number, _)| *number).ok()?;
        let (_, entry) = entries.remove(at)?;
        if entries.is_empty() {
            self.entries.remove(&ticket.run);
            self.turns.retain(|run| *run != ticket.run);
        }
        self.len -= 1;
        Some(entry)
    }

    /// Removes all entries.
    pub(super) fn clear(&mut self) -> Vec<T> {
        let mut all = Vec::with_capacity(self.len);
        while let Some(entry) = self.pop() {
            all.push(entry);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_take_turns() {
        let mut queue = Queue::default();
        for entry in ["a1", "a2", "a3"] {
            queue.push(1, entry);
        }
        queue.push(2, "b1");
        assert_eq!(queue.clear(), ["a1", "b1", "a2", "a3"]);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn removed_entry_is_skipped() {
        let mut queue = Queue::default();
        queue.push(1, "a1");
        let removed = queue.push(1, "a2");
        let only = queue.push(2, "b1");
        queue.push(3, "c1");
        assert_eq!(queue.remove(removed), Some("a2"));
        assert_eq!(queue.remove(removed), None);
        assert_eq!(queue.remove(only), Some("b1"));
        assert_eq!(queue.clear(), ["a1", "c1"]);
    }
}

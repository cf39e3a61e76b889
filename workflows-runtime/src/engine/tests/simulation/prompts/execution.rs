//! The executions of `work`, and their scripts.

use super::wait::{ScriptedWait, Timer, Wait};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Running,
    Backoff(Timer),
    Over,
}

/// An execution of `work`.
#[derive(Debug)]
pub(super) struct Execution {
    /// The number of the event that has launched it.
    pub(super) event: u64,
    pub(super) serial: u64,
    pub(super) attempt: u32,
    pub(super) stage: Stage,
    pub(super) script: Vec<ScriptedWait>,
    /// For each wait of the script that was made, its number in the model.
    pub(super) made: Vec<usize>,
    /// The number of waits that this attempt has reached.
    pub(super) reached: usize,
    /// The number of waits in the history. Those that are not in `made` have an answer that does not match.
    pub(super) recorded: usize,
    /// It has dropped its waits, and makes no further ones.
    pub(super) is_leaving: bool,
    pub(super) sent: u32,
    pub(super) duplicates: u32,
}

impl Execution {
    /// Whether it is at a wait that it can make now.
    pub(super) fn can_wait(&self, waits: &[Wait]) -> bool {
        let Some(next) = self.script.get(self.reached) else { return false };
        let mut before = &self.made[..self.reached.min(self.made.len())];
        if next.is_concurrent {
            before = &before[..before.len() - 1];
        }
        let is_free = before.iter().all(|wait| waits[*wait].is_resolved());
        self.stage == Stage::Running && !self.is_leaving && is_free
    }
}

//! The open prompts in snapshots.

use super::{Entry, OpenPrompts, Status, has_prompts};
use crate::{engine::PromptedBy, run::shared::Shared, workflow::Workflow};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An open prompt in a snapshot.
#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "W::Prompt: Serialize", deserialize = "W::Prompt: Deserialize<'de>"))]
pub(in crate::run) struct StoredPrompt<W: Workflow> {
    pub(in crate::run) id: u32,
    pub(in crate::run) prompt: W::Prompt,
    pub(in crate::run) by: PromptedBy<W>,
}

impl<W: Workflow> Clone for StoredPrompt<W> {
    fn clone(&self) -> Self {
        Self { id: self.id, prompt: self.prompt.clone(), by: self.by.clone() }
    }
}

impl<W: Workflow> OpenPrompts<W> {
    /// The entries that a snapshot contains, in order of publication.
    fn stored(&self, is_open: impl Fn(u32, &PromptedBy<W>) -> bool) -> impl Iterator<Item = &Entry<W>> {
        let entries = self.entries.in_order().into_iter();
        entries.filter(move |entry| entry.status != Status::Blocked && is_open(entry.id, &entry.by))
    }
}

impl<W: Workflow> Shared<W> {
    /// The prompt with this id, if a snapshot that was taken now had it.
    #[cfg(feature = "durable")]
    pub(in crate::run) fn stored_prompt(
        &self,
        id: u32,
        is_open: impl Fn(u32, &PromptedBy<W>) -> bool,
    ) -> Option<StoredPrompt<W>> {
        let mut locked = self.locked();
        let entry = locked.prompts.entries.get_mut(id)?;
        if entry.status == Status::Blocked || !is_open(id, &entry.by) {
            return None;
        }
        let (prompt, by) = (Arc::clone(&entry.prompt), entry.by.clone());
        drop(locked);
        // Cloned after the lock.
        Some(StoredPrompt { id, prompt: (*prompt).clone(), by })
    }

    /// The ids of the prompts of a snapshot that was taken now.
    #[cfg(feature = "durable")]
    pub(in crate::run) fn stored_prompt_ids(&self, is_open: impl Fn(u32, &PromptedBy<W>) -> bool) -> Vec<u32> {
        if const { !has_prompts::<W>() } {
            return Vec::new();
        }
        self.locked().prompts.stored(is_open).map(|entry| entry.id).collect()
    }

    /// The prompts of a snapshot that was taken now.
    pub(in crate::run) fn stored_prompts(&self, is_open: impl Fn(u32, &PromptedBy<W>) -> bool) -> Vec<StoredPrompt<W>> {
        let mut stored = Vec::new();
        if const { !has_prompts::<W>() } {
            return stored;
        }
        let mut open = Vec::new();
        for entry in self.locked().prompts.stored(is_open) {
            open.push((entry.id, Arc::clone(&entry.prompt), entry.by.clone()));
        }
        // Cloned after the lock.
        for (id, prompt, by) in open {
            stored.push(StoredPrompt { id, prompt: (*prompt).clone(), by });
        }
        stored
    }
}

//! The open prompts of a run.

mod answer;
mod stored;

pub(super) use self::stored::StoredPrompt;

use super::{
    event_log::StoredEvent,
    prompt::{OpenPrompt, PromptId},
    shared::Shared,
};
use crate::{
    engine::{Numbered, PromptWait, PromptedBy},
    workflow::{Held, Workflow},
};
use std::{collections::VecDeque, sync::Arc};

/// The open prompts of a run. Every parked run has one, so its size matters.
pub(super) struct OpenPrompts<W: Workflow> {
    entries: Entries<W>,
}

/// Whether a run has prompts. Without prompts, their code is not compiled.
const fn has_prompts<W: Workflow>() -> bool {
    // The prompt of a workflow that asks nothing has no values, so an option of it has no size.
    size_of::<Option<W::Prompt>>() > 0
}

/// How many presumably answered prompts are remembered.
const PRESUMED: usize = 256;

enum Entries<W: Workflow> {
    None,
    One(Entry<W>),
    /// Boxed, because there is hardly ever more than one.
    Many(Box<ManyEntries<W>>),
}

struct ManyEntries<W: Workflow> {
    open: Numbered<Entry<W>>,
    /// Prompts without a wait that a response by `send` has presumably answered: no longer open, but still accepted
    /// once by id, since the response may have been meant for something else. The last ones.
    presumed: VecDeque<u32>,
}

struct Entry<W: Workflow> {
    id: u32,
    prompt: Arc<W::Prompt>,
    by: PromptedBy<W>,
    status: Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Open,
    /// Its response is in the mailbox.
    Answered,
    /// A dropped wait was reached again, while its step may still replay another one that was resolved first.
    Blocked,
    /// It is published once it is durable.
    #[cfg(feature = "durable")]
    Held,
}

impl Status {
    /// Whether the prompt is open, or will be once it is published.
    fn is_unanswered(self) -> bool {
        match self {
            Self::Open => true,
            #[cfg(feature = "durable")]
            Self::Held => true,
            Self::Answered | Self::Blocked => false,
        }
    }
}

impl<W: Workflow> Entries<W> {
    fn get_mut(&mut self, id: u32) -> Option<&mut Entry<W>> {
        match self {
            Self::One(entry) if entry.id == id => Some(entry),
            Self::Many(many) => many.open.get_mut(id.into()),
            Self::None | Self::One(_) => None,
        }
    }

    fn many_mut(&mut self) -> &mut ManyEntries<W> {
        if !matches!(self, Self::Many(_)) {
            let mut many = ManyEntries { open: Numbered::default(), presumed: VecDeque::new() };
            if let Self::One(entry) = std::mem::replace(self, Self::None) {
                many.open.insert(entry.id.into(), entry);
            }
            *self = Self::Many(Box::new(many));
        }
        let Self::Many(many) = self else { unreachable!("it was just made") };
        many
    }

    fn insert(&mut self, entry: Entry<W>) {
        match self {
            Self::None => *self = Self::One(entry),
            Self::One(_) | Self::Many(_) => {
                self.many_mut().open.insert(entry.id.into(), entry);
            }
        }
    }

    fn remove(&mut self, id: u32) -> Option<Entry<W>> {
        match self {
            Self::One(entry) if entry.id == id => match std::mem::replace(self, Self::None) {
                Self::One(entry) => Some(entry),
                Self::None | Self::Many(_) => None,
            },
            Self::Many(many) => {
                let removed = many.open.remove(id.into());
                if many.open.is_empty() && many.presumed.is_empty() {
                    *self = Self::None;
                }
                removed
            }
            Self::None | Self::One(_) => None,
        }
    }

    /// All entries, in order of publication.
    fn in_order(&self) -> Vec<&Entry<W>> {
        match self {
            Self::None => Vec::new(),
            Self::One(entry) => vec![entry],
            Self::Many(many) => {
                let mut entries = Vec::with_capacity(many.open.len());
                for (_, entry) in many.open.iter() {
                    entries.push(entry);
                }
                entries
            }
        }
    }

    /// The first entry that matches, in order of publication.
    fn first(&self, matches: impl Fn(&Entry<W>) -> bool) -> Option<&Entry<W>> {
        match self {
            Self::None => None,
            Self::One(entry) => matches(entry).then_some(entry),
            Self::Many(many) => many.open.iter().map(|(_, entry)| entry).find(|entry| matches(entry)),
        }
    }
}

impl<W: Workflow> OpenPrompts<W> {
    pub(super) fn new(stored: Vec<StoredPrompt<W>>) -> Self {
        let mut prompts = Self { entries: Entries::None };
        if const { !has_prompts::<W>() } {
            return prompts;
        }
        for StoredPrompt { id, prompt, by } in stored {
            prompts.entries.insert(Entry { id, prompt: Arc::new(prompt), by, status: Status::Open });
        }
        prompts
    }

    /// The events that publish the open prompts of a resumed run again.
    pub(super) fn republished(&self) -> Vec<StoredEvent<W>> {
        let mut events = Vec::new();
        if const { !has_prompts::<W>() } {
            return events;
        }
        for Entry { id, prompt, .. } in self.entries.in_order() {
            let prompt = Arc::clone(prompt);
            events.push(StoredEvent::InputRequired { id: PromptId(*id), prompt, republished: true });
        }
        events
    }

    /// A held prompt is durable, and can be answered.
    #[cfg(feature = "durable")]
    pub(super) fn publish(&mut self, id: PromptId) {
        if let Some(entry) = self.entries.get_mut(id.0)
            && entry.status == Status::Held
        {
            entry.status = Status::Open;
        }
    }

    fn is_presumed(&self, id: u32) -> bool {
        match &self.entries {
            Entries::Many(many) => many.presumed.contains(&id),
            Entries::None | Entries::One(_) => false,
        }
    }

    /// Takes the oldest prompt without a wait, of the execution `of` if that is given.
    #[must_use = "drop it after the lock"]
    fn presume_answered(&mut self, of: Option<u64>) -> Option<Entry<W>> {
        let is_answered = |entry: &Entry<W>| match &entry.by {
            PromptedBy::Step { execution } => of.is_none_or(|of| of == *execution),
            PromptedBy::Wait(_) => false,
        };
        let id = self.entries.first(|entry| entry.status.is_unanswered() && is_answered(entry))?.id;
        let many = self.entries.many_mut();
        if many.presumed.len() == PRESUMED {
            many.presumed.pop_front();
        }
        many.presumed.push_back(id);
        many.open.remove(id.into())
    }
}

impl<W: Workflow> Shared<W> {
    /// Opens a prompt and publishes it, in one step: an id on the stream can be answered.
    pub(super) fn open_prompt(&self, id: u32, prompt: W::HeldPrompt, by: PromptedBy<W>) {
        if const { !has_prompts::<W>() } || !self.observed() {
            return;
        }
        let prompt = prompt.share();
        let event = StoredEvent::InputRequired { id: PromptId(id), prompt: Arc::clone(&prompt), republished: false };
        #[cfg(feature = "durable")]
        let event = match self.journal() {
            Some(journal) => {
                self.locked().prompts.entries.insert(Entry { id, prompt, by, status: Status::Held });
                journal.prompt_changed(id);
                // Never returned: a prompt is recorded.
                let _held = journal.hold(event);
                return;
            }
            None => event,
        };
        let mut locked = self.locked();
        locked.prompts.entries.insert(Entry { id, prompt, by, status: Status::Open });
        let publication = locked.event_log.publish(event);
        drop(locked);
        if let Some(publication) = publication {
            publication.wake_readers();
        }
    }

    /// Updates a prompt whose wait is reached again, or adds it if the wait had been dropped.
    pub(super) fn reopen_prompt(&self, id: u32, prompt: W::HeldPrompt, wait: PromptWait<W>, is_blocked: bool) {
        if const { !has_prompts::<W>() } || !self.observed() {
            return;
        }
        let by = PromptedBy::Wait(Box::new(wait));
        let prompt = prompt.share();
        let mut locked = self.locked();
        let old = if let Some(entry) = locked.prompts.entries.get_mut(id) {
            std::mem::replace(&mut entry.by, by)
        } else {
            let status = if is_blocked { Status::Blocked } else { Status::Open };
            locked.prompts.entries.insert(Entry { id, prompt, by, status });
            drop(locked);
            return self.prompt_changed(id);
        };
        drop(locked);
        drop((old, prompt));
    }

    /// Lets a prompt be answered: its step has replayed what comes first, or has rejected the response.
    pub(super) fn unblock_prompt(&self, id: u32, is_rejected: bool) {
        if const { !has_prompts::<W>() } {
            return;
        }
        let before = if is_rejected { Status::Answered } else { Status::Blocked };
        if let Some(entry) = self.locked().prompts.entries.get_mut(id)
            && entry.status == before
        {
            entry.status = Status::Open;
        }
        self.prompt_changed(id);
    }

    pub(super) fn close_prompt(&self, id: u32) {
        if const { has_prompts::<W>() } && self.observed() {
            let closed = self.locked().prompts.entries.remove(id);
            drop(closed);
            self.prompt_changed(id);
        }
    }

    /// Notes for the journal that a prompt may have been opened or closed.
    #[cfg(feature = "durable")]
    #[inline]
    fn prompt_changed(&self, id: u32) {
        if let Some(journal) = self.journal() {
            journal.prompt_changed(id);
        }
    }

    #[cfg(not(feature = "durable"))]
    #[expect(clippy::unused_self, reason = "there is no journal")]
    fn prompt_changed(&self, _: u32) {}

    /// Closes the prompts that an attempt has published without a wait. A retry publishes its own.
    pub(super) fn close_prompts_of(&self, execution: u64) {
        if const { !has_prompts::<W>() } || !self.observed() {
            return;
        }
        let mut closed = Vec::new();
        let mut locked = self.locked();
        let mut ids = Vec::new();
        for entry in locked.prompts.entries.in_order() {
            if let PromptedBy::Step { execution: of } = entry.by
                && of == execution
            {
                ids.push(entry.id);
            }
        }
        for id in ids {
            closed.extend(locked.prompts.entries.remove(id));
        }
        drop(locked);
        for entry in closed {
            self.prompt_changed(entry.id);
        }
    }

    /// A response without an id was taken by a step, or by a wait without a prompt of the execution `of`: it presumably
    /// answers the oldest prompt without a wait.
    pub(super) fn presume_answered(&self, of: Option<u64>) {
        if const { has_prompts::<W>() } && self.observed() {
            let answered = self.locked().prompts.presume_answered(of);
            if let Some(entry) = answered {
                self.prompt_changed(entry.id);
            }
        }
    }

    pub(crate) fn open_prompts(&self) -> Vec<OpenPrompt<W>> {
        if self.is_over() {
            return Vec::new();
        }
        let mut open = Vec::new();
        for entry in self.locked().prompts.entries.in_order() {
            if entry.status == Status::Open {
                open.push((entry.id, Arc::clone(&entry.prompt)));
            }
        }
        // Cloned after the lock.
        open.into_iter().map(|(id, prompt)| OpenPrompt { id: PromptId(id), prompt: (*prompt).clone() }).collect()
    }
}

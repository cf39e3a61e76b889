//! Journaling: the driver holds back what follows from a state until that state is durable.

use super::{Driver, End};
use crate::{
    engine::{ExecutionId, Tick, Time},
    run::{
        journal::{
            PromptChanges, Record, RunJournal, TailHeader, collected_to_json, content_to_json, decided_to_json,
            held_to_json, not_journaled, resumed_to_json, state_text, tick_to_json, to_json, woken_to_json,
        },
        message::ParkRequest,
        open_prompts::StoredPrompt,
        prompt::PromptId,
        shared::Shared,
        snapshot::Content,
        start::{StartFrom, Timeout},
    },
    workflow::Workflow,
};
use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

/// The state of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Journaling {
    /// Everything is durable.
    UpToDate,
    /// A record has become durable, and actions may be taken.
    Opened,
    /// A record is being stored.
    Waiting,
    /// The run has ended: it was released, or cannot be journaled.
    Ended,
}

impl<W: Workflow> Driver<'_, W> {
    /// See [`Driver::poll_journal`].
    pub(super) fn poll_records(&mut self, cx: &mut Context<'_>) -> Journaling {
        if let Some(storing) = &mut self.storing {
            let Poll::Ready(stored) = Pin::new(storing).poll(cx) else { return Journaling::Waiting };
            self.storing = None;
            if stored.is_err() {
                return self.release();
            }
            self.engine.open_marked();
            if let Some(shared) = self.shared.get()
                && let Some(journal) = shared.journal()
            {
                journal.publish_stored(shared);
            }
            return Journaling::Opened;
        }
        match self.next_record() {
            Ok(None) => Journaling::UpToDate,
            Ok(Some(record)) => {
                let Some(journal) = self.shared.get().and_then(|shared| shared.journal()) else {
                    return Journaling::UpToDate;
                };
                self.storing = Some(journal.record(record));
                // Registers the waker.
                self.poll_records(cx)
            }
            Err((what, reason)) => {
                let step = W::TABLE.steps[self.last_step as usize].name;
                self.close();
                self.end = Some(End::Panicked(Box::new(not_journaled(step, what, &reason))));
                Journaling::Ended
            }
        }
    }

    /// What must be stored now, or what of it does not serialize, with the reason.
    fn next_record(&mut self) -> Result<Option<Record>, (&'static str, String)> {
        // They become a part of the record.
        self.publish_pending();
        let shared = Arc::clone(self.shared.get_or_init());
        let Some(journal) = shared.journal() else { return Ok(None) };
        let is_changed = self.engine.is_unmarked() || journal.has_taken();
        if !is_changed && !journal.holds_new() {
            return Ok(None);
        }
        // Clones and serialization are not the time of a step.
        self.check_polls();
        let mut record = Record::default();
        if is_changed {
            let taken_at = SystemTime::now();
            record.due = self.due(taken_at);
            record.taken = journal.take_taken();
            let prompts =
                journal.take_prompt_changes(|id| shared.stored_prompt(id, |id, by| self.engine.is_prompt_open(id, by)));
            debug_assert!(
                journal.has_prompts(|| shared.stored_prompt_ids(|id, by| self.engine.is_prompt_open(id, by))),
                "each prompt that is opened or closed is noted"
            );
            for StoredPrompt { id, prompt, .. } in &prompts.opened {
                let prompt = to_json(prompt).map_err(|reason| ("a prompt", reason))?;
                record.opened.push((PromptId::of(*id), prompt));
            }
            record.closed = prompts.closed.iter().copied().map(PromptId::of).collect();
            record.ticks = self.ticks(&shared, journal, taken_at, &prompts).map_err(|reason| ("the state", reason))?;
            if record.ticks.is_none() {
                self.record_snapshot(&shared, journal, &mut record)?;
            }
            self.engine.mark_actions();
        }
        record.items = journal.take_items().map_err(|reason| ("an item of the stream", reason))?;
        self.poll_timer.begin();
        Ok(Some(record))
    }

    /// The ticks since the last record. `None` if a snapshot must be recorded.
    fn ticks(
        &mut self,
        shared: &Shared<W>,
        journal: &RunJournal<W>,
        taken_at: SystemTime,
        prompts: &PromptChanges<W>,
    ) -> Result<Option<String>, String> {
        if !journal.has_open_tail() || !self.engine.is_replayable() || !self.engine.has_machine() {
            return Ok(None);
        }
        let state = to_json(&shared.state().get())?;
        let collected = collected_to_json(&shared.take_recorded_calls())?;
        let published = self.engine.published_prompts();
        let header = TailHeader { elapsed: self.now, taken_at, state, collected, prompts, published };
        Ok(journal.tail_record(header, || self.engine.digest()))
    }

    fn record_snapshot(
        &mut self,
        shared: &Shared<W>,
        journal: &RunJournal<W>,
        record: &mut Record,
    ) -> Result<(), (&'static str, String)> {
        let engine = self.engine.snapshot();
        let content = Content::with_collected(shared, self.now, engine, &[], shared.collected_for_record());
        let snapshot = content_to_json(&content).map_err(|reason| ("the run", reason))?;
        let state = state_text(&snapshot).map_err(|reason| ("the state", reason))?;
        let held = held_to_json(&self.engine.held());
        journal.open_tail(snapshot.len(), state.to_owned(), self.engine.published_prompts(), held);
        record.snapshot = Some(snapshot);
        Ok(())
    }

    /// See [`Driver::apply_recorded`].
    pub(super) fn apply_and_record(&mut self, tick: Tick<W>) {
        let written = if self.has_open_tail() { tick_to_json(&tick, self.now) } else { Ok(None) };
        self.engine.apply(tick, self.now);
        let Some(journal) = self.shared.get().and_then(|shared| shared.journal()) else { return };
        match written {
            Ok(Some(tick)) => {
                if let Some(decided) = decided_to_json(&self.engine.take_decisions()) {
                    journal.push_tick(&decided);
                }
                journal.push_tick(&tick);
            }
            Ok(None) => {}
            // The snapshot contains what cannot be recorded, and reports it.
            Err(_) => journal.close_tail(),
        }
    }

    /// Starts a run that has a journal. What it starts with is durable.
    #[cold]
    #[inline(never)]
    pub(super) fn apply_recorded_start(&mut self, from: &mut StartFrom<W>, timeout: Timeout) {
        let resumed = from.fix_away();
        self.apply_start(from, timeout);
        let is_replayable = resumed.is_some_and(|(now, away)| self.record_resumed(now, away));
        self.engine.open_all(is_replayable);
    }

    /// Records that the run is resumed, at this time of the run and after this time. Returns whether a replay of that leads
    /// from the last record to the present state.
    fn record_resumed(&mut self, now: Time, away: Duration) -> bool {
        let Some(journal) = self.shared.get().and_then(|shared| shared.journal()) else { return false };
        if !journal.resume_tail(self.engine.published_prompts()) {
            return false;
        }
        if let Some(decided) = decided_to_json(&self.engine.take_decisions()) {
            journal.push_tick(&decided);
        }
        journal.push_tick(&resumed_to_json(now, away));
        true
    }

    fn has_open_tail(&self) -> bool {
        match self.shared.get().and_then(|shared| shared.journal()) {
            Some(journal) => journal.has_open_tail(),
            None => false,
        }
    }

    /// Records to which waits others have lost, by an action that was taken.
    #[cold]
    #[inline(never)]
    pub(super) fn record_woken(&mut self) {
        let woken = self.engine.take_woken();
        if let Some(journal) = self.shared.get().and_then(|shared| shared.journal())
            && journal.has_open_tail()
        {
            for (id, wait) in woken {
                journal.push_tick(&woken_to_json(id, wait));
            }
        }
    }

    /// Reports to the journal that an attempt has ended.
    #[cold]
    #[inline(never)]
    pub(super) fn report_attempt_over(&self, id: ExecutionId) {
        if let Some(journal) = self.shared.get().and_then(|shared| shared.journal()) {
            journal.attempt_over(id);
        }
    }

    /// Reports to the journal that the run or its task waits, and that its records are durable.
    #[cold]
    #[inline(never)]
    pub(super) fn report_wait(&self) {
        if let Some(shared) = self.shared.get()
            && let Some(journal) = shared.journal()
        {
            if self.engine.is_idle() {
                journal.idle(self.due(SystemTime::now()));
            } else {
                journal.pending();
            }
        }
    }

    /// When the run continues by itself.
    fn due(&self, taken_at: SystemTime) -> Option<SystemTime> {
        let at = self.engine.deadline()?;
        taken_at.checked_add(at - self.now)
    }

    /// Releases the run if it only waits, and all of it is durable. Otherwise the reply is dropped.
    pub(super) fn park(&mut self, request: ParkRequest) {
        let Some(journal) = self.shared.get().and_then(|shared| shared.journal()) else { return };
        let is_durable =
            self.storing.is_none() && !self.engine.is_unmarked() && !journal.has_taken() && !journal.holds_new();
        let ParkRequest { parents, time, is_final, reply } = request;
        let is_due = self.engine.deadline().is_some_and(|at| at < self.now + time);
        if is_durable && !is_due && self.engine.waits_in(&parents) && self.end.is_none() {
            if is_final {
                self.release();
            }
            // The host may be gone.
            let _ = reply.send(());
        }
    }

    /// Ends the run without an end: it is resumed elsewhere.
    pub(super) fn release(&mut self) -> Journaling {
        if let Some(shared) = self.shared.get()
            && let Some(journal) = shared.journal()
        {
            journal.set_released();
        }
        self.close();
        self.end = Some(End::Released);
        Journaling::Ended
    }
}

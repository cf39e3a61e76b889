//! What the driver does with its mail, and what it keeps for those who wait.

use super::Driver;
use crate::{
    engine::{Action, ExecutionId, Tick},
    error::Parked,
    run::{
        event_log::Told,
        mailbox::{Letter, WaitLetter},
        snapshot::{Content, Snapshot},
    },
    workflow::Workflow,
};
use tokio::sync::oneshot;

impl<W: Workflow, F, L> Driver<'_, W, F, L> {
    /// Does all that the mailbox has brought.
    pub(super) fn deliver(&mut self) {
        for letter in self.shared.letters() {
            match letter {
                Letter::Snapshot(reply) => self.write_down(reply),
                letter => self.hand_over(letter),
            }
        }
    }

    /// The same while an execution has an outcome of which the core does not know yet: what is
    /// written down has to have both the outcome and what the body has done to the state, or neither.
    pub(super) fn deliver_before_outcome(&mut self) {
        for letter in self.shared.letters() {
            match letter {
                // Its turn comes again, before the driver waits.
                Letter::Snapshot(_) => self.shared.get().post(letter),
                letter => self.hand_over(letter),
            }
        }
    }

    fn hand_over(&mut self, letter: Letter<W>) {
        let tick = match letter {
            Letter::External(event) => Tick::External(event),
            Letter::Sent { from, event } => Tick::Sent { from, event },
            Letter::Asked { from, prompt } => Tick::Asked { from, prompt },
            Letter::Wait(letter) => {
                let WaitLetter { from, slot, prompt, matcher, timeout, cell } = *letter;
                let wait = self.core.next_wait(from, slot, matcher.as_ref(), timeout.is_some());
                let Some(wait) = wait else { return };
                // Nobody else does.
                let _ = cell.number.set(wait);
                self.cells.get_or_insert_default().insert((from.serial, wait), cell);
                Tick::Wait { from, slot, prompt, matcher, timeout }
            }
            Letter::Unwait { from, cell } => {
                let Some(wait) = cell.number.get().copied() else { return };
                self.cells.as_mut().and_then(|cells| cells.remove(&(from.serial, wait)));
                Tick::Unwait { from, wait }
            }
            Letter::Cancel => Tick::Cancel,
            Letter::Snapshot(_) => return,
        };
        self.core.apply(tick, self.now);
    }

    fn write_down(&mut self, reply: oneshot::Sender<Box<Snapshot<W>>>) {
        // What can be gone on with after the end is left behind then.
        if self.core.has_ended() {
            return;
        }
        self.tell_what_is_due();
        // Whoever wanted it may be gone.
        let _ = reply.send(Box::new(Snapshot(Ok(self.content()))));
    }

    /// What the outside has not been told yet would be missing after a resume.
    fn tell_what_is_due(&mut self) {
        for action in self.core.take_told() {
            match action {
                Action::Prompt(prompt) => self.shared.publish(Told::InputRequired(prompt)),
                Action::Phase(event) => self.shared.publish(Told::Step(Box::new(event))),
                _ => {}
            }
        }
    }

    /// All that the run is at.
    pub(super) fn content(&mut self) -> Content<W> {
        Content::of(self.shared.get(), self.now, self.core.snapshot())
    }

    /// An attempt is over, and perhaps its execution. It was `cancelled` unless it has returned what
    /// its step is to return.
    pub(super) fn attempt_over(&mut self, id: ExecutionId, cancelled: bool) {
        if let Some(cells) = &mut self.cells {
            let (first, last) = ((id.serial, 0), (id.serial, usize::MAX));
            let gone: Vec<_> = cells.range(first..=last).map(|(key, _)| *key).collect();
            for key in gone {
                cells.remove(&key);
            }
            if cells.is_empty() {
                self.cells = None;
            }
        }
        if self.shared.has_rare() {
            self.shared.get().attempt_over(id, cancelled, self.core.is_over(id));
        }
    }

    /// What joins keep, and what steps have put by.
    pub(super) fn with_collected(&self, mut parked: Vec<Parked>) -> Vec<Parked> {
        if !self.shared.has_rare() {
            return parked;
        }
        self.shared.get().collected(|collected| {
            let put_by = collected.iter().flat_map(|collected| collected.parked());
            parked.extend(
                put_by.map(|(step, events)| Parked { step: W::TABLE.steps[step as usize].name.to_owned(), events }),
            );
        });
        parked
    }
}

//! What the driver does with its mail, and what it keeps for those who wait.

use super::Driver;
use crate::{
    engine::{Action, ExecutionId, Tick},
    error::Parked,
    run::{
        event_log::StoredEvent,
        mailbox::{Message, WaitRequest},
        snapshot::{Content, Snapshot},
    },
    workflow::Workflow,
};
use tokio::sync::oneshot;

impl<W: Workflow> Driver<'_, W> {
    /// Does all that the mailbox has brought.
    pub(super) fn deliver(&mut self) {
        for message in self.shared.messages() {
            match message {
                Message::Snapshot(reply) => self.write_down(reply),
                message => self.hand_over(message),
            }
        }
    }

    /// The same while an execution has an outcome of which the core does not know yet: what is
    /// written down has to have both the outcome and what the body has done to the state, or neither.
    pub(super) fn deliver_before_outcome(&mut self) {
        for message in self.shared.messages() {
            match message {
                // Its turn comes again, before the driver waits.
                Message::Snapshot(_) => self.shared.get().push_message(message),
                message => self.hand_over(message),
            }
        }
    }

    fn hand_over(&mut self, message: Message<W>) {
        let tick = match message {
            Message::External(event) => Tick::External(event),
            Message::Sent { from, event } => Tick::Sent { from, event },
            Message::Asked { from, prompt } => Tick::Asked { from, prompt },
            Message::Wait(message) => {
                let WaitRequest { from, slot, prompt, matcher, timeout, response } = *message;
                let wait = self.engine.next_wait(from, slot, matcher.as_ref(), timeout.is_some());
                let Some(wait) = wait else { return };
                // Nobody else does.
                let _ = response.number.set(wait);
                self.response_slots.get_or_insert_default().insert((from.serial, wait), response);
                Tick::Wait { from, slot, prompt, matcher, timeout }
            }
            Message::Unwait { from, response } => {
                let Some(wait) = response.number.get().copied() else { return };
                self.response_slots.as_mut().and_then(|response_slots| response_slots.remove(&(from.serial, wait)));
                Tick::Unwait { from, wait }
            }
            Message::Cancel => Tick::Cancel,
            Message::Snapshot(_) => return,
        };
        self.engine.apply(tick, self.now);
    }

    fn write_down(&mut self, reply: oneshot::Sender<Box<Snapshot<W>>>) {
        // What can be gone on with after the end is left behind then.
        if self.engine.has_ended() {
            return;
        }
        self.tell_what_is_due();
        // Whoever wanted it may be gone.
        let _ = reply.send(Box::new(Snapshot(Ok(self.content()))));
    }

    /// What the outside has not been told yet would be missing after a resume.
    fn tell_what_is_due(&mut self) {
        for action in self.engine.take_outgoing() {
            match action {
                Action::Prompt(prompt) => self.shared.publish(StoredEvent::InputRequired(prompt)),
                Action::Phase(event) => self.shared.publish(StoredEvent::Step(Box::new(event))),
                _ => {}
            }
        }
    }

    /// All that the run is at.
    pub(super) fn content(&mut self) -> Content<W> {
        Content::of(self.shared.get(), self.now, self.engine.snapshot())
    }

    /// An attempt is over, and perhaps its execution. It was `cancelled` unless it has returned what
    /// its step is to return.
    pub(super) fn attempt_over(&mut self, id: ExecutionId, cancelled: bool) {
        if let Some(response_slots) = &mut self.response_slots {
            let (first, last) = ((id.serial, 0), (id.serial, usize::MAX));
            let gone: Vec<_> = response_slots.range(first..=last).map(|(key, _)| *key).collect();
            for key in gone {
                response_slots.remove(&key);
            }
            if response_slots.is_empty() {
                self.response_slots = None;
            }
        }
        if self.shared.has_cold_state() {
            self.shared.get().attempt_over(id, cancelled, self.engine.is_over(id));
        }
    }

    /// What joins keep, and what steps have put by.
    pub(super) fn with_collected(&self, mut parked: Vec<Parked>) -> Vec<Parked> {
        if !self.shared.has_cold_state() {
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

//! The driver's handling of messages, and its responses for waits.

use super::Driver;
use crate::{
    engine::{Action, ExecutionId, Tick},
    run::{
        message::{Message, SnapshotRequest},
        snapshot::{Content, Snapshot},
    },
    workflow::Workflow,
};

impl<W: Workflow> Driver<'_, W> {
    /// Handles all messages; returns whether there were any.
    pub(super) fn deliver(&mut self) -> bool {
        let Some(shared) = self.shared.get() else { return false };
        let messages = shared.take_messages();
        let any = !messages.is_empty();
        let mut publishing = 0;
        for message in messages {
            publishing += u32::from(message.publishes());
            match message {
                Message::Snapshot(request) => self.reply_with_snapshot(request),
                message => self.handle(message),
            }
        }
        self.published(publishing);
        any
    }

    /// Publishes what the messages have led to, before anything can overtake it.
    fn published(&mut self, messages: u32) {
        if messages > 0
            && let Some(shared) = self.shared.get()
        {
            self.publish_pending();
            shared.published(messages);
        }
    }

    /// Handles all messages but requests for a snapshot, while an execution has an outcome that the engine does not
    /// know yet. A snapshot must contain both the outcome and the changes that the step has made to the state, or
    /// neither.
    pub(super) fn deliver_before_outcome(&mut self) {
        let Some(shared) = self.shared.get() else { return };
        let mut publishing = 0;
        for message in shared.take_messages() {
            publishing += u32::from(message.publishes());
            match message {
                // Handled before the driver waits.
                Message::Snapshot(_) => shared.push_message(message),
                message => self.handle(message),
            }
        }
        self.published(publishing);
    }

    fn handle(&mut self, message: Message<W>) {
        let tick = match message {
            Message::External(event) => {
                if W::TABLE.routes[W::slot(&event) as usize].is_plain
                    && let Some(shared) = self.shared.get()
                {
                    // A step will take it. The engine reports all other cases.
                    shared.presume_answered(None);
                }
                Tick::External(event)
            }
            Message::Answer { prompt, wait, event } => {
                if wait.is_none()
                    && let Some(shared) = self.shared.get()
                {
                    shared.close_prompt(prompt);
                }
                Tick::Answer { prompt, wait, event }
            }
            Message::Published(event) => {
                self.publish_pending();
                return self.publish(event);
            }
            #[cfg(feature = "durable")]
            Message::PublishedBy(published) => {
                self.publish_pending();
                if let Some(journal) = self.shared.get().and_then(|shared| shared.journal()) {
                    let (item, by) = *published;
                    journal.hold_item(item, by);
                }
                return;
            }
            Message::Sent { from, event } => Tick::Sent { from, event },
            Message::Asked { from, prompt } => Tick::Asked { from, prompt },
            Message::Wait(request) if const { W::TABLE.waits() } => {
                let spans = self.shared.get().and_then(|shared| shared.spans());
                match request.register(&mut self.engine, &mut self.response_slots, spans) {
                    Some(tick) => tick,
                    None => return,
                }
            }
            Message::Unwait { from, response } if const { W::TABLE.waits() } => {
                let Some(wait) = response.number.get().copied() else { return };
                if let Some(slots) = &mut self.response_slots {
                    slots.remove_dropped(from.serial, wait, &response);
                }
                Tick::Unwait { from, wait }
            }
            Message::Queued(execution) => Tick::Queued { execution },
            Message::Began(execution) => Tick::Began { execution },
            Message::Vacated(execution) => Tick::Vacated { execution },
            Message::Work(request) => {
                // The requester may be gone.
                let _ = request.reply.send((request.of_engine)(&self.engine));
                return;
            }
            Message::Cancel => Tick::Cancel,
            #[cfg(feature = "durable")]
            Message::Taken(number) => {
                if let Some(shared) = self.shared.get()
                    && let Some(journal) = shared.journal()
                {
                    journal.message_taken(number);
                }
                return;
            }
            #[cfg(feature = "durable")]
            Message::Release => {
                self.release();
                return;
            }
            #[cfg(feature = "durable")]
            Message::Park(request) => {
                self.park(*request);
                return;
            }
            // A workflow without waits has none of their messages.
            Message::Snapshot(_) | Message::Wait(_) | Message::Unwait { .. } => return,
        };
        self.apply(tick);
    }

    fn reply_with_snapshot(&mut self, request: SnapshotRequest<W>) {
        // A run that can be resumed after its end stores a final snapshot then.
        if self.engine.has_ended() {
            return;
        }
        // The clones of the state and of the events are not the time of a step.
        self.check_polls();
        self.publish_pending();
        let engine = (request.of_engine)(&mut self.engine);
        let content = Content::of(self.shared.get_or_init(), self.now, engine, &[]);
        // The requester may be gone.
        let _ = request.reply.send(Box::new(Snapshot(Ok(content))));
        self.poll_timer.begin();
    }

    /// Publishes what the engine still has to report; a resumed run would not report it.
    pub(super) fn publish_pending(&mut self) {
        for action in self.engine.take_outgoing() {
            self.report(action);
        }
    }

    /// See [`Shared::report`](crate::run::shared::Shared::report).
    pub(super) fn report(&self, action: Action<W>) {
        if let Some(shared) = self.shared.get() {
            shared.report(action);
        }
    }

    /// Cleans up after an attempt, and after its execution if the engine has ended that. `canceled` unless the step
    /// has returned normally.
    pub(super) fn attempt_over(&mut self, id: ExecutionId, canceled: bool) {
        if const { W::TABLE.waits() }
            && let Some(slots) = &mut self.response_slots
        {
            slots.remove_all(id.serial);
            if slots.is_empty() {
                self.response_slots = None;
            }
        }
        #[cfg(feature = "durable")]
        if self.is_journaled {
            self.report_attempt_over(id);
        }
        if let Some(shared) = self.shared.get()
            && shared.has_cold_state()
        {
            shared.attempt_over(id, canceled, self.engine.is_over(id));
        }
    }
}

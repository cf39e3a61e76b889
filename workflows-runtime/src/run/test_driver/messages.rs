//! The messages of a run that a test drives. As in [`driver::messages`](crate::run::driver), with a record.

use super::{Observed, TestDriver};
use crate::{engine::Tick, run::message::Message, workflow::Workflow};

impl<W: Workflow> TestDriver<W> {
    /// Handles all messages.
    pub(super) fn deliver(&mut self) {
        let mut publishing = 0;
        for message in self.shared.take_messages() {
            publishing += u32::from(message.publishes());
            self.handle(message);
        }
        if publishing > 0 {
            self.publish_pending();
            self.shared.published(publishing);
        }
    }

    pub(super) fn publish_pending(&mut self) {
        for action in self.engine.take_outgoing() {
            self.shared.report(action);
        }
    }

    fn handle(&mut self, message: Message<W>) {
        let tick = match message {
            Message::External(event) => {
                if W::TABLE.routes[W::slot(&event) as usize].is_plain {
                    // A step will take it. The engine reports all other cases.
                    self.shared.presume_answered(None);
                }
                Tick::External(event)
            }
            Message::Answer { prompt, wait, event } => {
                if wait.is_none() {
                    self.shared.close_prompt(prompt);
                }
                Tick::Answer { prompt, wait, event }
            }
            Message::Published(event) => {
                self.publish_pending();
                return self.shared.publish(event);
            }
            Message::Sent { from, event } => {
                if let Some(step) = self.engine.running(from) {
                    self.seen.push(Observed::Sent(step, event.clone()));
                }
                Tick::Sent { from, event }
            }
            Message::Asked { from, prompt } => Tick::Asked { from, prompt },
            Message::Wait(request) if const { W::TABLE.waits() } => {
                let spans = self.shared.spans();
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
            Message::Cancel => Tick::Cancel,
            // It has no journal.
            #[cfg(feature = "durable")]
            Message::PublishedBy(_) | Message::Taken(_) | Message::Release | Message::Park(_) => return,
            // There is no handle to ask, and a workflow without waits has none of their messages.
            Message::Snapshot(_) | Message::Work(_) | Message::Wait(_) | Message::Unwait { .. } => return,
        };
        self.engine.apply(tick, self.now);
    }
}

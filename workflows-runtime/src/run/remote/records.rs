//! The record of what a step does while a call is executed.

use super::{
    answer::{Published, Record, Waited},
    call::CallId,
};
use crate::{
    engine::{Reached, RecordedAnswer, Replay, ReplayedWait},
    run::{
        event_log::StoredEvent,
        message::{Message, WaitRequest},
        response_slot::ResponseSlot,
        shared::Shared,
    },
    workflow::{Settings, Workflow},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// What the step does.
pub(super) struct Records<W: Workflow> {
    call: CallId,
    pub(super) replay: Replay<W::Event>,
    pub(super) list: Vec<Record<W>>,
    published: u32,
    on_publish: Option<Sink<W>>,
    /// Waits whose answers the step has not had yet.
    resumed: VecDeque<Unread<W>>,
    open: OpenSlots<W>,
}

/// The slots of the waits whose answers the step has not had, by number. When the call is over, a task that holds one of them, which
/// is possible with a clone of the context, receives nothing any more.
struct OpenSlots<W: Workflow>(BTreeMap<u32, Arc<ResponseSlot<W>>>);

impl<W: Workflow> Drop for OpenSlots<W> {
    fn drop(&mut self) {
        while let Some((_, slot)) = self.0.pop_first() {
            slot.fill(None);
        }
    }
}

/// A wait with an answer that the step has not had.
struct Unread<W: Workflow> {
    wait: u32,
    response: Arc<ResponseSlot<W>>,
    answer: RecordedAnswer<W::Event>,
}

/// Where items go as soon as they are published.
pub(super) type Sink<W> = Box<dyn FnMut(Published<<W as Settings>::Stream>) + Send>;

impl<W: Workflow> Records<W> {
    pub(super) fn new(call: CallId, waits: Vec<ReplayedWait<W::Event>>, on_publish: Option<Sink<W>>) -> Self {
        let replay = Replay::new(waits);
        Self {
            call,
            replay,
            list: Vec::new(),
            published: 0,
            on_publish,
            resumed: VecDeque::new(),
            open: OpenSlots(BTreeMap::new()),
        }
    }

    /// Handles the messages of the step.
    pub(super) fn take(&mut self, shared: &Shared<W>) {
        for message in shared.take_messages() {
            match message {
                Message::Sent { event, .. } => self.list.push(Record::Sent(event)),
                Message::Asked { prompt, .. } => self.list.push(Record::Asked(prompt)),
                Message::Published(StoredEvent::Published(item)) => self.publish(item),
                Message::Wait(request) => self.wait(*request),
                Message::Unwait { response, .. } => self.unwait(&response),
                Message::Published(_)
                | Message::External(_)
                | Message::Answer { .. }
                | Message::Queued(_)
                | Message::Began(_)
                | Message::Vacated(_)
                | Message::Snapshot(_)
                | Message::Work(_)
                | Message::Cancel => {}
                // Only a driver receives them.
                #[cfg(feature = "durable")]
                Message::PublishedBy(_) | Message::Taken(_) | Message::Release | Message::Park(_) => {}
            }
        }
    }

    fn publish(&mut self, item: W::Stream) {
        let published = Published { call: self.call, number: self.published, item };
        self.published += 1;
        match &mut self.on_publish {
            Some(publish) => publish(published),
            None => self.list.push(Record::Published(published)),
        }
    }

    fn wait(&mut self, request: WaitRequest<W>) {
        let WaitRequest { slot, prompt, matcher, timeout, mut response, .. } = request;
        let Some(response) = response.take() else { return };
        let Reached { number, recorded, accepts, answer } =
            self.replay.reach(slot, matcher.as_ref(), timeout.is_some());
        // Not set yet: each request is handled once.
        let _ = response.number.set(number as usize);
        let answered = answer.is_some();
        let matching = matcher.is_some();
        self.list.push(Record::Waited(Waited { slot, recorded, prompt, timeout, matching, accepts, answered }));
        self.open.0.insert(number, Arc::clone(&response));
        if let Some(answer) = answer {
            self.resumed.push_back(Unread { wait: number, response, answer });
        }
    }

    fn unwait(&mut self, response: &Arc<ResponseSlot<W>>) {
        let Some(wait) = response.number.get().and_then(|number| u32::try_from(*number).ok()) else { return };
        self.replay.release(wait);
        self.open.0.remove(&wait);
        self.resumed.retain(|unread| unread.wait != wait);
        self.list.push(Record::Dropped { wait });
    }

    /// Gives the step the answer to one of its waits; returns false if there is none.
    pub(super) fn resume(&mut self) -> bool {
        let Some(Unread { wait, response, answer }) = self.resumed.pop_front() else { return false };
        self.list.push(Record::Resumed { wait });
        self.open.0.remove(&wait);
        response.fill(match answer {
            RecordedAnswer::Response(event) => Some(event),
            RecordedAnswer::TimedOut => None,
        });
        true
    }
}

//! The mailbox of a run: what reaches its driver from its steps and from outside.

use super::{response_slot::ResponseSlot, shared::Shared, snapshot::Snapshot};
use crate::{
    engine::{ExecutionId, Matcher},
    workflow::Workflow,
};
use std::{
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::sync::oneshot;

/// One thing that came from outside the driver's own task, or from a step.
pub(crate) enum Message<W: Workflow> {
    External(W::Event),
    Sent {
        from: ExecutionId,
        event: W::Event,
    },
    Asked {
        from: ExecutionId,
        prompt: W::Prompt,
    },
    Wait(Box<WaitRequest<W>>),
    /// The body does not wait any more.
    Unwait {
        from: ExecutionId,
        response: Arc<ResponseSlot<W>>,
    },
    Snapshot(oneshot::Sender<Box<Snapshot<W>>>),
    Cancel,
}

/// A body waits for an answer.
pub(crate) struct WaitRequest<W: Workflow> {
    pub(crate) from: ExecutionId,
    pub(crate) slot: u16,
    pub(crate) prompt: Option<W::Prompt>,
    pub(crate) matcher: Option<Matcher<W::Event>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) response: Arc<ResponseSlot<W>>,
}

/// There are letters.
const MESSAGES: u8 = 1;
/// There are futures that want to be polled.
const READY: u8 = 2;

/// The run's mailbox, in the order of arrival.
pub(super) struct Mailbox<W: Workflow> {
    pub(super) messages: Vec<Message<W>>,
    /// The slots whose futures want to be polled.
    #[allow(clippy::box_collection, reason = "a run that waits is to be small")]
    ready: Option<Box<Vec<u32>>>,
    pub(super) driver: Option<Waker>,
    /// Whether the run was ever cancelled.
    pub(super) cancelled: bool,
    /// A handle is gone, of which the driver does not know yet.
    pub(super) handle_dropped: bool,
    /// How many handles can still send.
    pub(super) handles: u32,
}

impl<W: Workflow> Mailbox<W> {
    pub(super) fn new(handles: u32) -> Self {
        Self { messages: Vec::new(), ready: None, driver: None, cancelled: false, handle_dropped: false, handles }
    }

    /// The run is over: gives back what nobody will collect.
    #[must_use]
    pub(super) fn close(&mut self) -> Undelivered<W> {
        (self.driver.take(), std::mem::take(&mut self.messages))
    }

    /// A handle is gone, of which the driver is to know: gives back its waker.
    #[must_use]
    pub(super) fn drop_handle(&mut self) -> Option<Waker> {
        self.handles -= 1;
        // Not as mail: it matters only to a driver that is about to wait.
        self.handle_dropped = true;
        self.driver.take()
    }
}

/// The driver's waker, which may own a whole task, and letters: dropped without the lock.
pub(super) type Undelivered<W> = (Option<Waker>, Vec<Message<W>>);

impl<W: Workflow> Shared<W> {
    /// Queues a message. After the end of the run it is dropped.
    pub(crate) fn push_message(&self, message: Message<W>) {
        drop(self.try_push_message(message));
    }

    /// Queues a message, or returns it after the end of the run.
    pub(crate) fn try_push_message(&self, message: Message<W>) -> Option<Message<W>> {
        let driver = {
            let mut locked = self.locked();
            let mailbox = &mut locked.mailbox;
            // Nobody collects it any more. The flag is set before the lock is taken for the last time.
            if self.is_over() {
                return Some(message);
            }
            mailbox.cancelled |= matches!(message, Message::Cancel);
            if mailbox.messages.capacity() == 0 {
                // Most letters come alone.
                mailbox.messages.reserve_exact(1);
            }
            mailbox.messages.push(message);
            self.update_flags(mailbox);
            mailbox.driver.take()
        };
        driver.into_iter().for_each(Waker::wake);
        None
    }

    pub(crate) fn send(&self, from: ExecutionId, event: W::Event) {
        self.push_message(Message::Sent { from, event });
    }

    /// Has the driver poll the future in `slot`.
    pub(super) fn wake(&self, slot: u32) {
        let driver = {
            let mut locked = self.locked();
            let mailbox = &mut locked.mailbox;
            mailbox.ready.get_or_insert_default().push(slot);
            self.update_flags(mailbox);
            mailbox.driver.take()
        };
        driver.into_iter().for_each(Waker::wake);
    }

    /// Whether there is anything in it.
    #[inline]
    pub(super) fn has_mail(&self) -> bool {
        self.mail.load(Ordering::Acquire) != 0
    }

    fn has(&self, mail: u8) -> bool {
        self.mail.load(Ordering::Acquire) & mail != 0
    }

    /// Notes what is there, so that nobody has to take the lock for nothing.
    fn update_flags(&self, mailbox: &Mailbox<W>) {
        let messages = if mailbox.messages.is_empty() { 0 } else { MESSAGES };
        let ready = if mailbox.ready.is_some() { READY } else { 0 };
        self.mail.store(messages | ready, Ordering::Release);
    }

    /// Whether there are letters, beside what is to be polled.
    pub(super) fn has_messages(&self) -> bool {
        self.has(MESSAGES)
    }

    /// Takes the letters that have come, without waiting.
    pub(super) fn messages(&self) -> Vec<Message<W>> {
        if !self.has(MESSAGES) {
            return Vec::new();
        }
        let mut locked = self.locked();
        let mailbox = &mut locked.mailbox;
        let messages = std::mem::take(&mut mailbox.messages);
        self.update_flags(mailbox);
        messages
    }

    /// These come first the next time; nobody is woken for them.
    pub(super) fn requeue_messages(&self, mut messages: Vec<Message<W>>) {
        if messages.is_empty() {
            return;
        }
        let mut locked = self.locked();
        let mailbox = &mut locked.mailbox;
        messages.append(&mut mailbox.messages);
        mailbox.messages = messages;
        self.update_flags(mailbox);
    }

    /// Takes the slots whose futures want to be polled.
    pub(super) fn ready(&self) -> Vec<u32> {
        if !self.has(READY) {
            return Vec::new();
        }
        let mut locked = self.locked();
        let mailbox = &mut locked.mailbox;
        let ready = mailbox.ready.take();
        self.update_flags(mailbox);
        ready.map_or_else(Vec::new, |ready| *ready)
    }

    /// These come first the next time.
    pub(super) fn requeue_ready(&self, mut ready: Vec<u32>) {
        let mut locked = self.locked();
        let mailbox = &mut locked.mailbox;
        ready.extend(mailbox.ready.take().into_iter().flat_map(|later| *later));
        mailbox.ready = Some(Box::new(ready));
        self.update_flags(mailbox);
    }

    /// Has `driver` woken by the next thing that comes; false if something has come already.
    pub(super) fn wait(&self, driver: &Waker) -> bool {
        if self.has_mail() {
            return false;
        }
        let mut locked = self.locked();
        let mailbox = &mut locked.mailbox;
        if !mailbox.messages.is_empty() || mailbox.ready.is_some() || std::mem::take(&mut mailbox.handle_dropped) {
            return false;
        }
        if mailbox.driver.as_ref().is_some_and(|known| known.will_wake(driver)) {
            return true;
        }
        // A waker may own a whole task, and is dropped without the lock.
        let old = mailbox.driver.replace(driver.clone());
        drop(locked);
        drop(old);
        true
    }

    /// Waits for what comes next.
    pub(super) fn poll_mail(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.wait(cx.waker()) { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Whether anything can still come from outside.
    pub(super) fn is_reachable(&self) -> bool {
        let locked = self.locked();
        let mailbox = &locked.mailbox;
        mailbox.handles > 0 || !mailbox.messages.is_empty()
    }

    /// Whether the run has been cancelled before it began; if not, `waker` is woken by the next
    /// thing that comes.
    pub(super) fn is_cancelled_early(&self, waker: &Waker) -> bool {
        let mut locked = self.locked();
        let mailbox = &mut locked.mailbox;
        if mailbox.cancelled {
            return true;
        }
        let old = mailbox.driver.replace(waker.clone());
        drop(locked);
        drop(old);
        false
    }
}

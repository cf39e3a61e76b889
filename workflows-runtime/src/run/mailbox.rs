//! The mailbox of a run: messages for its driver, and the slots to poll.

#[cfg(feature = "durable")]
use super::journal::StepAttempt;
use super::{event_log::StoredEvent, message::Message, shared::Shared, waker_set::replace_waker};
use crate::{engine::ExecutionId, sync::atomic::Ordering, workflow::Workflow};
use std::task::{Context, Poll, Waker};

/// A flag of [`Shared::mail`]: there are messages.
const MESSAGES: u8 = 1;
/// A flag of [`Shared::mail`]: there are slots to poll.
const READY: u8 = 2;

/// The run's mailbox.
pub(super) struct Mailbox<W: Workflow> {
    /// In order of arrival.
    pub(super) messages: Vec<Message<W>>,
    /// The slots that were woken since they were polled, in a list that is kept while the run works.
    #[allow(clippy::box_collection, reason = "a `Vec` would make every parked run larger")]
    ready: Option<Box<Vec<u32>>>,
    /// The waker of the driver's task, while it waits.
    pub(super) driver: Option<Waker>,
    /// Whether [`Message::Cancel`] was ever sent.
    pub(super) cancelled: bool,
    /// A handle was dropped since the driver last waited.
    pub(super) handle_dropped: bool,
    /// Whether there is a handle, which can send.
    pub(super) has_handle: bool,
    /// Messages that publish something, and were not handled: what is published now comes after them.
    pub(super) publishing: u32,
}

impl<W: Workflow> Mailbox<W> {
    pub(super) fn new(has_handle: bool) -> Self {
        Self {
            messages: Vec::new(),
            ready: None,
            driver: None,
            cancelled: false,
            handle_dropped: false,
            has_handle,
            publishing: 0,
        }
    }

    fn has_ready(&self) -> bool {
        match &self.ready {
            Some(ready) => !ready.is_empty(),
            None => false,
        }
    }

    /// Takes everything that the driver will not read, to be dropped after the lock.
    #[must_use]
    pub(super) fn close(&mut self) -> Undelivered<W> {
        (self.driver.take(), std::mem::take(&mut self.messages))
    }

    /// Removes the handle; returns the waker of the driver, which must check whether the run is still answerable.
    #[must_use]
    pub(super) fn drop_handle(&mut self) -> Option<Waker> {
        self.has_handle = false;
        // Not a message: it matters only to a driver that is about to wait.
        self.handle_dropped = true;
        self.driver.take()
    }
}

/// The driver's waker and messages.
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
            // The flag is set before the lock is taken to drain the mailbox for the last time.
            if self.is_over() {
                return Some(message);
            }
            self.queue_message(mailbox, message)
        };
        if let Some(driver) = driver {
            driver.wake();
        }
        None
    }

    /// Adds a message; returns the driver to wake after the lock.
    #[must_use]
    pub(super) fn queue_message(&self, mailbox: &mut Mailbox<W>, message: Message<W>) -> Option<Waker> {
        mailbox.cancelled |= message.cancels();
        mailbox.publishing += u32::from(message.publishes());
        if mailbox.messages.capacity() == 0 {
            // Most messages are the only one.
            mailbox.messages.reserve_exact(1);
        }
        mailbox.messages.push(message);
        self.update_flags(mailbox);
        mailbox.driver.take()
    }

    /// Publishes an item of an attempt, after the prompts that are in the mailbox.
    #[cfg_attr(
        not(feature = "durable"),
        allow(unused_variables, reason = "only records tell who has published an item")
    )]
    pub(crate) fn publish_item(&self, item: W::Stream, step: u16, execution: ExecutionId) {
        if !self.observed() {
            return;
        }
        #[cfg(feature = "durable")]
        if self.is_journaled() {
            let by = StepAttempt::of::<W>(step, execution);
            return self.push_message(Message::PublishedBy(Box::new((item, by))));
        }
        let event = StoredEvent::Published(item);
        let mut locked = self.locked();
        if locked.mailbox.publishing == 0 {
            let publication = locked.event_log.publish(event);
            drop(locked);
            if let Some(publication) = publication {
                publication.wake_readers();
            }
            return;
        }
        if self.is_over() {
            drop(locked);
            return drop(event);
        }
        let driver = self.queue_message(&mut locked.mailbox, Message::Published(event));
        drop(locked);
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    /// Records an item that a detached context publishes.
    pub(crate) fn record_item(&self, item: W::Stream) {
        self.push_message(Message::Published(StoredEvent::Published(item)));
    }

    /// What a detached context recorded: the messages that no driver has read.
    pub(crate) fn recorded<T>(&self, read: impl Fn(&Message<W>) -> Option<T>) -> Vec<T> {
        // Outside of the lock: the user's `Clone` may use the context.
        let mut messages = std::mem::take(&mut self.locked().mailbox.messages);
        let recorded = messages.iter().filter_map(read).collect();
        let mailbox = &mut self.locked().mailbox;
        messages.append(&mut mailbox.messages);
        mailbox.messages = messages;
        recorded
    }

    /// What so many messages publish is published.
    pub(super) fn published(&self, messages: u32) {
        if messages > 0 {
            self.locked().mailbox.publishing -= messages;
        }
    }

    pub(crate) fn send(&self, from: ExecutionId, event: W::Event) {
        self.push_message(Message::Sent { from, event });
    }

    /// Wakes the driver to poll `slot`.
    pub(super) fn wake(&self, slot: u32) {
        let driver = {
            let mut locked = self.locked();
            let mailbox = &mut locked.mailbox;
            mailbox.ready.get_or_insert_default().push(slot);
            self.update_flags(mailbox);
            mailbox.driver.take()
        };
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    /// Whether there are messages or slots to poll.
    #[inline]
    pub(super) fn has_mail(&self) -> bool {
        self.mail.load(Ordering::Acquire) != 0
    }

    fn has(&self, flag: u8) -> bool {
        self.mail.load(Ordering::Acquire) & flag != 0
    }

    /// Updates [`Shared::mail`] after each change of `messages` or `ready`, under the lock.
    fn update_flags(&self, mailbox: &Mailbox<W>) {
        let messages = if mailbox.messages.is_empty() { 0 } else { MESSAGES };
        let ready = if mailbox.has_ready() { READY } else { 0 };
        self.mail.store(messages | ready, Ordering::Release);
    }

    pub(super) fn has_messages(&self) -> bool {
        self.has(MESSAGES)
    }

    /// Takes all messages.
    pub(super) fn take_messages(&self) -> Vec<Message<W>> {
        if !self.has(MESSAGES) {
            return Vec::new();
        }
        let mut locked = self.locked();
        let mailbox = &mut locked.mailbox;
        let messages = std::mem::take(&mut mailbox.messages);
        self.update_flags(mailbox);
        messages
    }

    /// Puts messages back in front of those that have arrived since. Does not wake the driver.
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

    /// Takes the slots to poll into `ready`, which is empty, and keeps its memory.
    pub(super) fn take_ready(&self, ready: &mut Vec<u32>) {
        if !self.has(READY) {
            return;
        }
        let mut locked = self.locked();
        let mailbox = &mut locked.mailbox;
        if let Some(woken) = &mut mailbox.ready {
            std::mem::swap(&mut **woken, ready);
        }
        self.update_flags(mailbox);
    }

    /// Puts slots back in front of those that were woken since.
    pub(super) fn requeue_ready(&self, ready: &[u32]) {
        let mut locked = self.locked();
        let mailbox = &mut locked.mailbox;
        mailbox.ready.get_or_insert_default().splice(0..0, ready.iter().copied());
        self.update_flags(mailbox);
    }

    /// Frees the list of woken slots, if it is empty.
    pub(super) fn free_ready(&self) {
        let mailbox = &mut self.locked().mailbox;
        if !mailbox.has_ready() {
            mailbox.ready = None;
        }
    }

    /// Registers the driver's waker. Returns false if there are messages or slots to poll, or a handle was dropped.
    pub(super) fn wait(&self, driver: &Waker) -> bool {
        if self.has_mail() {
            return false;
        }
        let mut locked = self.locked();
        let mailbox = &mut locked.mailbox;
        if !mailbox.messages.is_empty() || mailbox.has_ready() || std::mem::take(&mut mailbox.handle_dropped) {
            return false;
        }
        let old = replace_waker(&mut mailbox.driver, driver);
        drop(locked);
        drop(old);
        true
    }

    /// Waits until [`wait`](Self::wait) returns false.
    pub(super) fn poll_mail(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.wait(cx.waker()) { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Whether a handle exists that is not being awaited by value.
    pub(super) fn has_handle(&self) -> bool {
        self.locked().mailbox.has_handle
    }

    /// Whether an external event can still arrive.
    pub(super) fn is_reachable(&self) -> bool {
        let locked = self.locked();
        let mailbox = &locked.mailbox;
        mailbox.has_handle || !mailbox.messages.is_empty()
    }

    /// Whether the run was canceled before it started; if not, registers `waker` for the next message.
    pub(super) fn is_cancelled_early(&self, waker: &Waker) -> bool {
        let mut locked = self.locked();
        let mailbox = &mut locked.mailbox;
        if mailbox.cancelled {
            return true;
        }
        let old = replace_waker(&mut mailbox.driver, waker);
        drop(locked);
        drop(old);
        false
    }
}

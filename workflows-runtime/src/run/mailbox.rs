//! The mailbox of a run: what reaches its driver from its steps and from outside.

use super::{response_slot::Cell, shared::Shared, snapshot::Snapshot};
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
pub(crate) enum Letter<W: Workflow> {
    External(W::Event),
    Sent {
        from: ExecutionId,
        event: W::Event,
    },
    Asked {
        from: ExecutionId,
        prompt: W::Prompt,
    },
    Wait(Box<WaitLetter<W>>),
    /// The body does not wait any more.
    Unwait {
        from: ExecutionId,
        cell: Arc<Cell<W>>,
    },
    Snapshot(oneshot::Sender<Box<Snapshot<W>>>),
    Cancel,
}

/// A body waits for an answer.
pub(crate) struct WaitLetter<W: Workflow> {
    pub(crate) from: ExecutionId,
    pub(crate) slot: u16,
    pub(crate) prompt: Option<W::Prompt>,
    pub(crate) matcher: Option<Matcher<W::Event>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) cell: Arc<Cell<W>>,
}

/// There are letters.
const LETTERS: u8 = 1;
/// There are futures that want to be polled.
const READY: u8 = 2;

/// The run's mailbox, in the order of arrival.
pub(super) struct Inbox<W: Workflow> {
    pub(super) letters: Vec<Letter<W>>,
    /// The slots whose futures want to be polled.
    #[allow(clippy::box_collection, reason = "a run that waits is to be small")]
    ready: Option<Box<Vec<u32>>>,
    pub(super) driver: Option<Waker>,
    /// Whether the run was ever cancelled.
    pub(super) cancelled: bool,
    /// A handle is gone, of which the driver does not know yet.
    pub(super) news: bool,
    /// How many handles can still send.
    pub(super) handles: u32,
}

impl<W: Workflow> Inbox<W> {
    pub(super) fn new(handles: u32) -> Self {
        Self { letters: Vec::new(), ready: None, driver: None, cancelled: false, news: false, handles }
    }

    /// The run is over: gives back what nobody will collect.
    #[must_use]
    pub(super) fn close(&mut self) -> Mail<W> {
        (self.driver.take(), std::mem::take(&mut self.letters))
    }

    /// A handle is gone, of which the driver is to know: gives back its waker.
    #[must_use]
    pub(super) fn drop_handle(&mut self) -> Option<Waker> {
        self.handles -= 1;
        // Not as mail: it matters only to a driver that is about to wait.
        self.news = true;
        self.driver.take()
    }
}

/// The driver's waker, which may own a whole task, and letters: dropped without the lock.
pub(super) type Mail<W> = (Option<Waker>, Vec<Letter<W>>);

impl<W: Workflow> Shared<W> {
    pub(crate) fn post(&self, letter: Letter<W>) {
        let driver = {
            let mut inside = self.inside();
            let inbox = &mut inside.inbox;
            // Nobody collects it any more. The flag is set before the lock is taken for the last time.
            if self.is_over() {
                return;
            }
            inbox.cancelled |= matches!(letter, Letter::Cancel);
            if inbox.letters.capacity() == 0 {
                // Most letters come alone.
                inbox.letters.reserve_exact(1);
            }
            inbox.letters.push(letter);
            self.note(inbox);
            inbox.driver.take()
        };
        driver.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn send(&self, from: ExecutionId, event: W::Event) {
        self.post(Letter::Sent { from, event });
    }

    /// Has the driver poll the future in `slot`.
    pub(super) fn wake(&self, slot: u32) {
        let driver = {
            let mut inside = self.inside();
            let inbox = &mut inside.inbox;
            inbox.ready.get_or_insert_default().push(slot);
            self.note(inbox);
            inbox.driver.take()
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
    fn note(&self, inbox: &Inbox<W>) {
        let letters = if inbox.letters.is_empty() { 0 } else { LETTERS };
        let ready = if inbox.ready.is_some() { READY } else { 0 };
        self.mail.store(letters | ready, Ordering::Release);
    }

    /// Whether there are letters, beside what is to be polled.
    pub(super) fn has_letters(&self) -> bool {
        self.has(LETTERS)
    }

    /// Takes the letters that have come, without waiting.
    pub(super) fn letters(&self) -> Vec<Letter<W>> {
        if !self.has(LETTERS) {
            return Vec::new();
        }
        let mut inside = self.inside();
        let inbox = &mut inside.inbox;
        let letters = std::mem::take(&mut inbox.letters);
        self.note(inbox);
        letters
    }

    /// These come first the next time; nobody is woken for them.
    pub(super) fn put_back(&self, mut letters: Vec<Letter<W>>) {
        if letters.is_empty() {
            return;
        }
        let mut inside = self.inside();
        let inbox = &mut inside.inbox;
        letters.append(&mut inbox.letters);
        inbox.letters = letters;
        self.note(inbox);
    }

    /// Takes the slots whose futures want to be polled.
    pub(super) fn ready(&self) -> Vec<u32> {
        if !self.has(READY) {
            return Vec::new();
        }
        let mut inside = self.inside();
        let inbox = &mut inside.inbox;
        let ready = inbox.ready.take();
        self.note(inbox);
        ready.map_or_else(Vec::new, |ready| *ready)
    }

    /// These come first the next time.
    pub(super) fn not_yet(&self, mut ready: Vec<u32>) {
        let mut inside = self.inside();
        let inbox = &mut inside.inbox;
        ready.extend(inbox.ready.take().into_iter().flat_map(|later| *later));
        inbox.ready = Some(Box::new(ready));
        self.note(inbox);
    }

    /// Has `driver` woken by the next thing that comes; false if something has come already.
    pub(super) fn wait(&self, driver: &Waker) -> bool {
        if self.has_mail() {
            return false;
        }
        let mut inside = self.inside();
        let inbox = &mut inside.inbox;
        if !inbox.letters.is_empty() || inbox.ready.is_some() || std::mem::take(&mut inbox.news) {
            return false;
        }
        if inbox.driver.as_ref().is_some_and(|known| known.will_wake(driver)) {
            return true;
        }
        // A waker may own a whole task, and is dropped without the lock.
        let old = inbox.driver.replace(driver.clone());
        drop(inside);
        drop(old);
        true
    }

    /// Waits for what comes next.
    pub(super) fn poll_mail(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.wait(cx.waker()) { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Whether anything can still come from outside.
    pub(super) fn is_reachable(&self) -> bool {
        let inside = self.inside();
        let inbox = &inside.inbox;
        inbox.handles > 0 || !inbox.letters.is_empty()
    }

    /// Whether the run has been cancelled before it began; if not, `waker` is woken by the next
    /// thing that comes.
    pub(super) fn is_cancelled_early(&self, waker: &Waker) -> bool {
        let mut inside = self.inside();
        let inbox = &mut inside.inbox;
        if inbox.cancelled {
            return true;
        }
        let old = inbox.driver.replace(waker.clone());
        drop(inside);
        drop(old);
        false
    }
}

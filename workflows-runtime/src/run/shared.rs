//! What a run's driver, its steps and its handle share: one allocation a run.

use super::{Outlet, RunEvent, RunId};
use crate::{Executors, RunError, State, Workflow, core::ExecutionId};
use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
};

/// The shared side of a run.
pub(crate) struct Shared<W: Workflow> {
    id: RunId,
    state: State<W::State>,
    executors: Option<Executors>,
    /// Whether phases of executions are told.
    internal: bool,
    /// Whether anyone can read events or the result.
    observed: bool,
    /// Whether the inbox has anything; read before it is locked.
    mail: AtomicBool,
    over: AtomicBool,
    inbox: Mutex<Inbox<W>>,
    outlet: Mutex<Outlet<W>>,
}

/// One thing that came from outside the driver's own task, or from a step.
pub(super) enum Letter<W: Workflow> {
    External(W::Event),
    Sent { from: ExecutionId, event: W::Event },
    Cancel,
}

/// The run's mailbox, in the order of arrival.
struct Inbox<W: Workflow> {
    letters: VecDeque<Letter<W>>,
    /// The slots whose futures want to be polled.
    ready: Vec<u32>,
    driver: Option<Waker>,
    /// How many handles can still send.
    handles: u32,
}

pub(super) struct Setup<W: Workflow> {
    pub(super) id: RunId,
    pub(super) state: W::State,
    pub(super) executors: Option<Executors>,
    pub(super) internal: bool,
    pub(super) event_buffer: usize,
    /// Whether there is a handle.
    pub(super) observed: bool,
}

impl<W: Workflow> Shared<W> {
    pub(super) fn new(setup: Setup<W>) -> Self {
        Self {
            id: setup.id,
            state: State::new(setup.state),
            executors: setup.executors,
            internal: setup.internal && setup.observed,
            observed: setup.observed,
            mail: AtomicBool::new(false),
            over: AtomicBool::new(false),
            inbox: Mutex::new(Inbox {
                letters: VecDeque::new(),
                ready: Vec::new(),
                driver: None,
                handles: u32::from(setup.observed),
            }),
            outlet: Mutex::new(Outlet::new(setup.observed, setup.event_buffer)),
        }
    }

    pub(crate) fn id(&self) -> &RunId {
        &self.id
    }

    pub(crate) fn state(&self) -> &State<W::State> {
        &self.state
    }

    pub(crate) fn executors(&self) -> Option<&Executors> {
        self.executors.as_ref()
    }

    pub(super) fn internal(&self) -> bool {
        self.internal
    }

    pub(super) fn observed(&self) -> bool {
        self.observed
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Nothing panics while it holds one of the locks, so that a poisoned one is whole.
    pub(super) fn outlet(&self) -> MutexGuard<'_, Outlet<W>> {
        self.outlet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox<W>> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn publish(&self, event: RunEvent<W>) {
        if !self.observed {
            return;
        }
        let waiting = self.outlet().publish(event);
        waiting.into_iter().for_each(Waker::wake);
    }

    pub(super) fn post(&self, letter: Letter<W>) {
        let driver = {
            let mut inbox = self.inbox();
            inbox.letters.push_back(letter);
            self.mail.store(true, Ordering::Release);
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
            let mut inbox = self.inbox();
            inbox.ready.push(slot);
            self.mail.store(true, Ordering::Release);
            inbox.driver.take()
        };
        driver.into_iter().for_each(Waker::wake);
    }

    /// Takes what has come since the last call, without waiting.
    pub(super) fn collect(&self, letters: &mut VecDeque<Letter<W>>, ready: &mut Vec<u32>) {
        if !self.mail.load(Ordering::Acquire) {
            return;
        }
        let mut inbox = self.inbox();
        self.mail.store(false, Ordering::Relaxed);
        letters.append(&mut inbox.letters);
        ready.append(&mut inbox.ready);
    }

    /// Has `driver` woken by the next thing that comes; false if something has come already.
    pub(super) fn wait(&self, driver: &Waker) -> bool {
        let mut inbox = self.inbox();
        if !inbox.letters.is_empty() || !inbox.ready.is_empty() {
            return false;
        }
        if !inbox.driver.as_ref().is_some_and(|known| known.will_wake(driver)) {
            inbox.driver = Some(driver.clone());
        }
        true
    }

    /// Whether anything can still come from outside.
    pub(super) fn is_reachable(&self) -> bool {
        let inbox = self.inbox();
        inbox.handles > 0 || !inbox.letters.is_empty()
    }

    pub(super) fn drop_handle(&self) {
        let driver = {
            let mut inbox = self.inbox();
            inbox.handles -= 1;
            inbox.driver.take()
        };
        driver.into_iter().for_each(Waker::wake);
    }

    /// From now on nothing that a step does is seen.
    pub(super) fn close(&self) {
        self.over.store(true, Ordering::Release);
        let mut inbox = self.inbox();
        inbox.driver = None;
        inbox.letters = VecDeque::new();
    }

    /// The run's last word.
    pub(super) fn finish(&self, result: &Result<W::Output, RunError>) {
        if !self.observed {
            return;
        }
        let waiting = self.outlet().finish(result);
        waiting.into_iter().for_each(Waker::wake);
    }
}

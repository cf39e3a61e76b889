//! Primitives under the model checker.
//!
//! Operations of tokio's primitives are single steps of a schedule: each is preceded by a [`switch`], and wakes tasks
//! of the checker.

pub(crate) use shuttle::{future::spawn, sync::atomic, thread, thread_local};

use shuttle::rand::{Rng, thread_rng};
use std::{
    future::Future,
    ops::{Deref, DerefMut},
    pin::Pin,
    sync::{Arc, LockResult, PoisonError, atomic::Ordering::SeqCst},
    task::{Context, Poll},
    time::Duration,
};
use tokio::sync::{AcquireError, futures::Notified};

/// Lets another thread run.
pub(crate) fn switch() {
    // Each operation of an atomic is a scheduling point. Yielding would also lower the priority of this thread.
    atomic::AtomicBool::new(false).load(SeqCst);
}

/// A mutex whose guards know it, which [`Condvar::wait_timeout`] needs.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

/// The guard of a [`Mutex`].
#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    guard: shuttle::sync::MutexGuard<'a, T>,
    mutex: &'a Mutex<T>,
}

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(shuttle::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        match self.0.lock() {
            Ok(guard) => Ok(MutexGuard { guard, mutex: self }),
            Err(poisoned) => Err(PoisonError::new(MutexGuard { guard: poisoned.into_inner(), mutex: self })),
        }
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// A condition variable whose waits time out at random. Shuttle's own never does.
#[derive(Debug)]
pub(crate) struct Condvar(shuttle::sync::Condvar);

/// Whether a wait has timed out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WaitTimeoutResult(bool);

impl Condvar {
    pub(crate) const fn new() -> Self {
        Self(shuttle::sync::Condvar::new())
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    pub(crate) fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        _timeout: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let mutex = guard.mutex;
        if thread_rng().gen_ratio(1, 4) {
            // What is notified from here on is lost to this thread.
            drop(guard);
            return with_result(mutex.lock(), WaitTimeoutResult(true));
        }
        let woken = match self.0.wait(guard.guard) {
            Ok(guard) => Ok(MutexGuard { guard, mutex }),
            Err(poisoned) => Err(PoisonError::new(MutexGuard { guard: poisoned.into_inner(), mutex })),
        };
        with_result(woken, WaitTimeoutResult(false))
    }
}

fn with_result<G>(locked: LockResult<G>, result: WaitTimeoutResult) -> LockResult<(G, WaitTimeoutResult)> {
    match locked {
        Ok(guard) => Ok((guard, result)),
        Err(poisoned) => Err(PoisonError::new((poisoned.into_inner(), result))),
    }
}

impl WaitTimeoutResult {
    pub(crate) fn timed_out(self) -> bool {
        self.0
    }
}

/// A cell that is written once. Threads that initialize it at the same time block each other.
#[derive(Debug)]
pub(crate) struct OnceLock<T> {
    value: std::sync::OnceLock<T>,
    initializing: shuttle::sync::Mutex<()>,
}

impl<T> OnceLock<T> {
    pub(crate) const fn new() -> Self {
        Self { value: std::sync::OnceLock::new(), initializing: shuttle::sync::Mutex::new(()) }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        switch();
        self.value.get()
    }

    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        let _initializing = self.initializing.lock();
        self.value.set(value)
    }

    pub(crate) fn get_or_init(&self, init: impl FnOnce() -> T) -> &T {
        switch();
        if let Some(value) = self.value.get() {
            return value;
        }
        let _initializing = self.initializing.lock();
        self.value.get_or_init(init)
    }
}

/// Channels for one value.
pub(crate) mod oneshot {
    use super::{Context, Future, Pin, Poll, switch};
    use tokio::sync::oneshot::{self, error::RecvError};

    #[derive(Debug)]
    pub(crate) struct Sender<T>(oneshot::Sender<T>);

    #[derive(Debug)]
    pub(crate) struct Receiver<T>(oneshot::Receiver<T>);

    pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = oneshot::channel();
        (Sender(sender), Receiver(receiver))
    }

    impl<T> Sender<T> {
        pub(crate) fn send(self, value: T) -> Result<(), T> {
            switch();
            self.0.send(value)
        }
    }

    impl<T> Future for Receiver<T> {
        type Output = Result<T, RecvError>;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
            switch();
            Pin::new(&mut self.0).poll(cx)
        }
    }
}

/// Wakes tasks.
#[derive(Debug)]
pub(crate) struct Notify(tokio::sync::Notify);

impl Notify {
    pub(crate) fn new() -> Self {
        Self(tokio::sync::Notify::new())
    }

    pub(crate) fn notified(&self) -> Notified<'_> {
        switch();
        self.0.notified()
    }

    pub(crate) fn notify_waiters(&self) {
        switch();
        self.0.notify_waiters();
    }
}

/// A number of permits.
#[derive(Debug)]
pub struct Semaphore(Arc<tokio::sync::Semaphore>);

/// One permit of a [`Semaphore`].
#[derive(Debug)]
pub(crate) struct OwnedSemaphorePermit(Option<tokio::sync::OwnedSemaphorePermit>);

impl Semaphore {
    pub(crate) fn new(permits: usize) -> Self {
        Self(Arc::new(tokio::sync::Semaphore::new(permits)))
    }

    pub(crate) async fn acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        switch();
        Ok(OwnedSemaphorePermit(Some(Arc::clone(&self.0).acquire_owned().await?)))
    }
}

impl Drop for OwnedSemaphorePermit {
    fn drop(&mut self) {
        switch();
        self.0 = None;
    }
}

/// A cell that a future initializes.
#[derive(Debug)]
pub(crate) struct OnceCell<T>(tokio::sync::OnceCell<T>);

impl<T> OnceCell<T> {
    pub(crate) fn new() -> Self {
        Self(tokio::sync::OnceCell::new())
    }

    pub(crate) fn initialized(&self) -> bool {
        self.0.initialized()
    }

    pub(crate) fn get(&self) -> Option<&T> {
        switch();
        self.0.get()
    }

    pub(crate) async fn get_or_try_init<E, F>(&self, init: impl FnOnce() -> F) -> Result<&T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        switch();
        self.0.get_or_try_init(init).await
    }
}

//! Holds tokio's paused clock while work is in flight on threads that tokio does not know.
//!
//! A paused clock advances to the next timer as soon as its runtime has nothing to do, unless a task of
//! `spawn_blocking` is in flight. One such task represents all work of a thread's runtime: it ends when the last
//! [`ClockHold`] is dropped.

use std::{
    cell::RefCell,
    convert::Infallible,
    hint::spin_loop,
    sync::{
        Arc, Weak,
        mpsc::{Sender, channel},
    },
};
use tokio::runtime::{Handle, RuntimeFlavor};

/// While it exists, the paused clock of the runtime does not advance by itself.
#[derive(Debug, Clone)]
pub(super) struct ClockHold {
    /// The task receives from it, and so ends once all clones are dropped. Nothing is ever sent.
    _alive: Arc<Sender<Infallible>>,
}

thread_local! {
    /// Only runtimes of a single thread have a paused clock, so all holds of a runtime begin on one thread.
    static HELD: RefCell<Weak<Sender<Infallible>>> = const { RefCell::new(Weak::new()) };
}

impl ClockHold {
    /// Holds the clock of the current runtime; `None` if it is not paused.
    pub(super) fn of_paused_clock(runtime: Option<&Handle>) -> Option<Self> {
        let runtime = runtime?;
        if runtime.runtime_flavor() != RuntimeFlavor::CurrentThread || !is_paused() {
            return None;
        }
        HELD.with_borrow_mut(|held| {
            if let Some(alive) = held.upgrade() {
                return Some(Self { _alive: alive });
            }
            let (sender, receiver) = channel::<Infallible>();
            runtime.spawn_blocking(move || receiver.recv().is_err());
            let alive = Arc::new(sender);
            *held = Arc::downgrade(&alive);
            Some(Self { _alive: alive })
        })
    }
}

/// Whether blocking code holds the paused clock of the runtime of this thread.
#[cfg(feature = "testing")]
pub(crate) fn is_clock_held() -> bool {
    HELD.with_borrow(|held| held.strong_count() > 0)
}

/// Whether tokio's clock is paused, which it does not report: a paused clock does not move while the real one does.
pub(crate) fn is_paused() -> bool {
    let before = tokio::time::Instant::now();
    if tokio::time::Instant::now() != before {
        return false;
    }
    // Two readings of a coarse clock may be equal.
    let start = std::time::Instant::now();
    while std::time::Instant::now() == start {
        spin_loop();
    }
    tokio::time::Instant::now() == before
}

#[cfg(test)]
mod tests {
    use super::{
        super::offload::{Kind, offload},
        *,
    };
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
        time::Duration,
    };

    #[tokio::test]
    async fn clock_is_paused_and_resumed() {
        assert!(!is_paused());
        tokio::time::pause();
        assert!(is_paused());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(is_paused());
        tokio::time::resume();
        assert!(!is_paused());
    }

    #[test]
    fn clock_outside_of_a_runtime_is_not_paused() {
        assert!(!is_paused());
        assert!(ClockHold::of_paused_clock(None).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn fast_work_is_pending_once() {
        let mut work = pin!(offload(None, Kind::Io, || 1));
        while HELD.with_borrow(Weak::strong_count) > 0 {
            std::thread::yield_now();
        }
        let mut cx = Context::from_waker(Waker::noop());
        assert!(work.as_mut().poll(&mut cx).is_pending());
        assert!(matches!(work.poll(&mut cx), Poll::Ready(Ok(1))));
    }

    #[tokio::test(start_paused = true)]
    async fn holds_share_one_task() {
        let runtime = Handle::current();
        let first = ClockHold::of_paused_clock(Some(&runtime));
        let second = ClockHold::of_paused_clock(Some(&runtime));
        assert!(first.is_some() && second.is_some());
        assert_eq!(HELD.with_borrow(Weak::strong_count), 2);
    }
}

//! Wakers of tasks that wait for the same thing.

use std::task::Waker;

/// Identifies a waiter in a [`WakerSet`]. 0 is a waiter that has not been registered.
pub(super) type WaiterId = u32;

/// The wakers of waiters, by their ids. A waiter deregisters when it is dropped, so wakers don't pile up.
///
/// A waker may own a whole task. Methods return the wakers that they replace or remove, to be dropped after the
/// lock.
#[derive(Debug, Default)]
pub(super) enum WakerSet {
    #[default]
    None,
    One(WaiterId, Waker),
    /// Boxed, because there is hardly ever more than one and every run has two sets.
    #[allow(clippy::box_collection, reason = "a `Vec` would make every run larger")]
    Many(Box<Vec<(WaiterId, Waker)>>),
}

impl WakerSet {
    /// Registers `waker`. A waiter without an id gets one from `last_id`.
    #[must_use = "drop it after the lock"]
    pub(super) fn register(&mut self, id: &mut WaiterId, last_id: &mut WaiterId, waker: &Waker) -> Option<Waker> {
        if let Some(known) = self.find(*id) {
            if known.will_wake(waker) {
                return None;
            }
            return Some(std::mem::replace(known, waker.clone()));
        }
        *last_id = last_id.wrapping_add(1).max(1);
        *id = *last_id;
        let waker = waker.clone();
        *self = match std::mem::take(self) {
            Self::None => Self::One(*id, waker),
            Self::One(other, known) => Self::Many(Box::new(vec![(other, known), (*id, waker)])),
            Self::Many(mut all) => {
                all.push((*id, waker));
                Self::Many(all)
            }
        };
        None
    }

    fn find(&mut self, id: WaiterId) -> Option<&mut Waker> {
        match self {
            Self::None => None,
            Self::One(known, waker) => (*known == id).then_some(waker),
            Self::Many(all) => {
                let (_, waker) = all.iter_mut().find(|(known, _)| *known == id)?;
                Some(waker)
            }
        }
    }

    #[must_use = "drop it after the lock"]
    pub(super) fn deregister(&mut self, id: WaiterId) -> Option<Waker> {
        match self {
            Self::One(known, _) if *known == id => match std::mem::take(self) {
                Self::One(_, waker) => Some(waker),
                Self::None | Self::Many(_) => None,
            },
            Self::Many(all) => {
                let at = all.iter().position(|(known, _)| *known == id)?;
                Some(all.swap_remove(at).1)
            }
            Self::None | Self::One(..) => None,
        }
    }

    /// Wakes all waiters. Call it without the lock.
    pub(super) fn wake(self) {
        match self {
            Self::None => {}
            Self::One(_, waker) => waker.wake(),
            Self::Many(all) => {
                for (_, waker) in *all {
                    waker.wake();
                }
            }
        }
    }
}

/// Registers the only waiter: stores `new` in `waker`, unless it would wake the same task. Returns the waker that it
/// replaces.
#[must_use = "drop it after the lock"]
pub(super) fn replace_waker(waker: &mut Option<Waker>, new: &Waker) -> Option<Waker> {
    match waker {
        Some(known) if known.will_wake(new) => None,
        _ => waker.replace(new.clone()),
    }
}

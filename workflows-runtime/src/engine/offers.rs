//! Which buffered responses are new to a wait.
//!
//! A matcher is the user's code, so it is asked once for each buffered response, not again whenever a wait ahead stops
//! blocking. Responses are numbered in the order in which they are buffered: their *arrival*. A wait records the
//! arrival up to which it has rejected all of them. A wait that its step reaches again has another matcher, and starts
//! from none.
//!
//! With n waits behind a step that is retried, and n buffered responses that match none of them, a retry asks n
//! times: the wait of that step is offered each response, the others none.

use super::{
    definition::Definition,
    machine::Machine,
    waiters::{ALL, BufferedResponse, WaitId},
};
use std::{
    collections::{BTreeMap, VecDeque},
    ops::RangeInclusive,
};

/// Waits that some of the buffered responses are new to, in order, by the arrival up to which these were rejected.
///
/// Invariant: no list is empty. A wait may have been resolved or removed in the meantime.
// Not generic, so its maps are compiled once, in this crate.
#[derive(Default)]
pub(super) struct Offers(BTreeMap<Option<u64>, VecDeque<(u64, WaitId)>>);

impl Offers {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a wait behind all others.
    fn push(&mut self, offered: Option<u64>, sequence: u64, wait: WaitId) {
        self.0.entry(offered).or_default().push_back((sequence, wait));
    }

    /// Removes and returns the first wait that takes a response, of those that it is new to.
    fn take(&mut self, arrival: u64, takes: &dyn Fn(u64, WaitId) -> bool) -> Option<WaitId> {
        let mut first: Option<(u64, Option<u64>, usize)> = None;
        for (offered, candidates) in self.0.range(..Some(arrival)) {
            for (at, (sequence, wait)) in candidates.iter().enumerate() {
                if let Some((before, ..)) = first
                    && before < *sequence
                {
                    break;
                }
                if takes(*sequence, *wait) {
                    first = Some((*sequence, *offered, at));
                    break;
                }
            }
        }
        let (_, offered, at) = first?;
        let candidates = self.0.get_mut(&offered)?;
        let (_, wait) = candidates.remove(at)?;
        if candidates.is_empty() {
            self.0.remove(&offered);
        }
        Some(wait)
    }

    /// All waits with their sequence numbers, in no particular order.
    fn all(&self) -> Vec<(u64, WaitId)> {
        self.0.values().flatten().copied().collect()
    }
}

impl<D: Definition> Machine<D> {
    /// The waits ahead of the first blocked one that have not rejected all buffered responses.
    pub(super) fn offers(&self, slot: u16, sequences: &RangeInclusive<u64>) -> Offers {
        let mut offers = Offers::default();
        if let Some(waits) = &self.state.waits {
            let newest = self.newest_arrival(slot);
            for (sequence, wait) in waits.unblocked(slot, sequences) {
                let offered = self.offered(wait);
                if offered < newest {
                    offers.push(offered, sequence, wait);
                }
            }
        }
        offers
    }

    /// Removes and returns the first wait that takes the response. The others ahead of it have rejected it.
    pub(super) fn take_offer(
        &self,
        offers: &mut Offers,
        slot: u16,
        response: &BufferedResponse<D::Event>,
    ) -> Option<WaitId> {
        let takes = |sequence, wait| self.is_unblocked(slot, sequence, wait) && self.takes(wait, response);
        offers.take(response.arrival, &takes)
    }

    /// The waits in `offers` that are still ahead of the first blocked one have rejected all buffered responses.
    pub(super) fn mark_offered(&mut self, offers: &Offers, slot: u16) {
        let newest = self.newest_arrival(slot);
        for (sequence, wait) in offers.all() {
            if self.is_unblocked(slot, sequence, wait) {
                self.set_offered(wait, newest);
            }
        }
    }

    /// The waits ahead of the first blocked one have rejected the response with this arrival, which is buffered next.
    pub(super) fn mark_rejected(&mut self, slot: u16, arrival: u64) {
        let newest = self.newest_arrival(slot);
        let mut rejecting = Vec::new();
        if let Some(waits) = &self.state.waits {
            for (_, wait) in waits.unblocked(slot, &ALL) {
                // Others have yet to be offered what has been buffered while they were blocked.
                if self.offered(wait) >= newest {
                    rejecting.push(wait);
                }
            }
        }
        for wait in rejecting {
            self.set_offered(wait, Some(arrival));
        }
    }

    /// The arrival of the newest response in the buffer. Requeued ones are in front of it, the last one first.
    fn newest_arrival(&self, slot: u16) -> Option<u64> {
        let buffered = self.buffered(slot)?;
        let front = buffered.front()?.arrival;
        let back = buffered.back()?.arrival;
        Some(front.max(back))
    }

    fn offered(&self, (execution, wait): WaitId) -> Option<u64> {
        self.state.executions[execution].history.as_ref()?.waits[wait].offered
    }

    fn set_offered(&mut self, (execution, wait): WaitId, arrival: Option<u64>) {
        if let Some(history) = &mut self.state.executions[execution].history {
            history.waits[wait].offered = arrival;
        }
    }

    pub(super) fn takes(&self, (execution, wait): WaitId, response: &BufferedResponse<D::Event>) -> bool {
        match &self.state.executions[execution].history {
            Some(history) => history.waits[wait].takes(response),
            None => false,
        }
    }

    /// Whether a wait is still pending and ahead of the first blocked one.
    fn is_unblocked(&self, slot: u16, sequence: u64, wait: WaitId) -> bool {
        let Some(waits) = &self.state.waits else { return false };
        let is_ahead = match waits.first_blocked(slot) {
            Some(blocked) => sequence < blocked,
            None => true,
        };
        is_ahead && waits.pending.get(&(slot, sequence)) == Some(&wait)
    }
}

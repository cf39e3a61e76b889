//! A hash index from an event to the first input that takes it.
//!
//! The graph is built at every `cargo check`; a linear search per event would make that quadratic in
//! the number of steps.

use super::{
    key::{EventKey, InputKey},
    table::{EventInput, Identity, NONE, number},
};

/// The first input of each event type, by the hash of its key.
pub(super) struct Index<const L: usize> {
    /// Per bucket, its last input, or `NONE`.
    heads: [u16; L],
    /// Per input, the next one in the same bucket, or `NONE`.
    chain: [u16; L],
}

impl<const L: usize> Index<L> {
    /// Returns the index, and for each input the first one that takes the same events.
    pub(super) const fn new(inputs: &[EventInput; L]) -> (Self, [u16; L]) {
        let mut index = Self { heads: [NONE; L], chain: [NONE; L] };
        let (mut slots, mut start, mut i) = ([0; L], NONE, 0);
        while i < L {
            let own = number(i);
            slots[i] = match inputs[i].key {
                InputKey::Human(_) => match inputs[i].identity {
                    Identity::SameAs(earlier) => earlier,
                    Identity::ByKey | Identity::ExtraStart | Identity::FirstRejected => own,
                },
                InputKey::Start(_) if inputs[i].is_start() => {
                    if start == NONE {
                        start = own;
                    }
                    start
                }
                InputKey::Event(key) => match index.find(inputs, &key) {
                    NONE => {
                        let bucket = key.bucket(L);
                        index.chain[i] = index.heads[bucket];
                        index.heads[bucket] = own;
                        own
                    }
                    slot => slot,
                },
                // A failure goes to the handler of its step, and other inputs are matched with nothing.
                InputKey::Failed | InputKey::Start(_) | InputKey::Stop(_) | InputKey::Nothing | InputKey::Unknown => {
                    own
                }
            };
            i += 1;
        }
        (index, slots)
    }

    /// Returns the first input that takes this event, or `NONE`.
    pub(super) const fn find(&self, inputs: &[EventInput; L], key: &EventKey) -> u16 {
        if L == 0 {
            return NONE;
        }
        let mut input = self.heads[key.bucket(L)];
        while input != NONE {
            if let InputKey::Event(taken) = &inputs[input as usize].key
                && taken.is(key)
            {
                return input;
            }
            input = self.chain[input as usize];
        }
        NONE
    }
}

//! Finding the leaf that takes an event. A search through all of them for each event would make
//! the proof of a large workflow slow, and the proof is run at every `cargo check`.

use super::{
    key::{EventKey, LeafKey},
    table::{Leaf, NONE, number},
};

/// The first leaf of each event, by the event's hash.
pub(super) struct Index<const L: usize> {
    /// Per bucket, a leaf.
    heads: [u16; L],
    /// Per leaf, another one in the same bucket.
    chain: [u16; L],
}

impl<const L: usize> Index<L> {
    /// The index, and for each leaf the first one of the same type.
    pub(super) const fn new(leaves: &[Leaf; L]) -> (Self, [u16; L]) {
        let mut index = Self { heads: [NONE; L], chain: [NONE; L] };
        let (mut slots, mut start, mut i) = ([0; L], NONE, 0);
        while i < L {
            let own = number(i);
            slots[i] = match leaves[i].key {
                LeafKey::Human(_) => leaves[i].twin,
                LeafKey::Start(_) if leaves[i].twin == NONE => first(&mut start, own),
                LeafKey::Event(key) => match index.find(leaves, &key) {
                    NONE => {
                        let bucket = key.bucket(L);
                        index.chain[i] = index.heads[bucket];
                        index.heads[bucket] = own;
                        own
                    }
                    slot => slot,
                },
                // A failure goes to the one handler that covers its step.
                LeafKey::Failed | LeafKey::Start(_) | LeafKey::Stop(_) | LeafKey::Nothing | LeafKey::Unknown => own,
            };
            i += 1;
        }
        (index, slots)
    }

    /// The first leaf that takes this event, or `NONE`.
    pub(super) const fn find(&self, leaves: &[Leaf; L], key: &EventKey) -> u16 {
        if L == 0 {
            return NONE;
        }
        let mut leaf = self.heads[key.bucket(L)];
        while leaf != NONE {
            if let LeafKey::Event(taken) = &leaves[leaf as usize].key
                && taken.is(key)
            {
                return leaf;
            }
            leaf = self.chain[leaf as usize];
        }
        NONE
    }
}

const fn first(known: &mut u16, own: u16) -> u16 {
    if *known == NONE {
        *known = own;
    }
    *known
}

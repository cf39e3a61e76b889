//! The version of a workflow's graph in calls and answers.

use crate::{graph::Fingerprint, workflow::Workflow};
use std::{
    any::TypeId,
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

/// The hashes of the graphs that were asked for: to build the text of a graph costs more than most messages.
static GRAPHS: RwLock<BTreeMap<TypeId, u64>> = RwLock::new(BTreeMap::new());

/// A hash of the steps of a workflow with their inputs and outputs, equal in each program with the same graph.
///
/// Events are numbered in some formats, so a message of another graph could be read as something else.
pub(super) fn graph_of<W: Workflow>() -> u64 {
    let key = TypeId::of::<W>();
    let known = GRAPHS.read().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
    if let Some(known) = known {
        return known;
    }
    let hash = Fingerprint::of(W::NAME, const { &W::TABLE }).hash();
    GRAPHS.write().unwrap_or_else(PoisonError::into_inner).insert(key, hash);
    hash
}

//! `Family`: a run without a parent, and its children in memory, and theirs. They are parked together.

use crate::{
    active::{ActiveRun, ActiveRuns},
    store::StoredRun,
};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use workflows_runtime::RunId;

/// A run and its children, and theirs.
pub(crate) struct Family {
    pub(crate) root: Member,
    /// Each after its parent.
    pub(crate) children: Vec<Member>,
}

/// A run of a family.
pub(crate) struct Member {
    pub(crate) id: RunId,
    pub(crate) run: ActiveRun,
    /// The executions of its steps that await a child.
    pub(crate) awaiting: Vec<u64>,
}

impl ActiveRuns {
    /// The families of which each run has waited for this time, and waits for as long. Without `parks_parents`, those that
    /// are a single run.
    pub(crate) fn waiting(&self, time: Duration, parks_parents: bool) -> Vec<Family> {
        let runs = self.runs();
        let children = children_of(&runs);
        let mut families = Vec::new();
        for (id, run) in runs.iter().filter(|(_, run)| run.child_of.is_none()) {
            if !children.contains_key(id) {
                if run.wait.is_long(time, false) {
                    let root = Member { id: id.clone(), run: run.clone(), awaiting: Vec::new() };
                    families.push(Family { root, children: Vec::new() });
                }
            } else if parks_parents && let Some(mut members) = waiting_members((id, run), &children, time) {
                let root = members.remove(0);
                families.push(Family { root, children: members });
            }
        }
        families
    }
}

type Children<'a> = HashMap<&'a RunId, Vec<(&'a RunId, &'a ActiveRun)>>;

/// The children of each run that has some.
fn children_of(runs: &HashMap<RunId, ActiveRun>) -> Children<'_> {
    let mut children = Children::new();
    for (id, run) in runs {
        if let Some(attempt) = &run.child_of {
            children.entry(&attempt.run).or_default().push((id, run));
        }
    }
    children
}

/// The members of a family, the root first, if all of them wait.
fn waiting_members(root: (&RunId, &ActiveRun), children: &Children<'_>, time: Duration) -> Option<Vec<Member>> {
    let mut members = Vec::new();
    let mut runs = vec![root];
    while let Some((id, run)) = runs.pop() {
        let mut awaiting = HashSet::new();
        for (_, child) in children.get(id).into_iter().flatten() {
            if let Some(attempt) = &child.child_of
                && child.is_awaited()
            {
                awaiting.insert(attempt.execution);
            }
        }
        if !run.wait.is_long(time, !awaiting.is_empty()) {
            return None;
        }
        runs.extend(children.get(id).into_iter().flatten().copied());
        members.push(Member { id: id.clone(), run: run.clone(), awaiting: awaiting.into_iter().collect() });
    }
    Some(members)
}

/// The running children of a stored run, and theirs.
pub(crate) fn running_children(run: &StoredRun) -> Vec<RunId> {
    let mut ids = Vec::new();
    let mut runs = vec![run];
    while let Some(run) = runs.pop() {
        for child in run.children.iter().filter_map(|child| child.state.as_ref().ok()) {
            ids.push(child.id.clone());
            runs.push(child);
        }
    }
    ids
}

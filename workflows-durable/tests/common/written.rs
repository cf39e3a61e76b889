//! `Written`: what the commits of a store have written.

use crate::logged::Logged;
use workflows_durable::store::ChangeKind;

/// What the commits have written.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) snapshots: usize,
    pub(crate) records_of_ticks: usize,
    pub(crate) bytes: usize,
}

impl Written {
    pub(crate) fn of(store: &Logged) -> Self {
        let mut written = Self::default();
        for change in store.commits.lock().unwrap().iter().flat_map(|changes| changes.iter()) {
            match &change.kind {
                ChangeKind::Start { snapshot, .. } => {
                    written.snapshots += 1;
                    written.bytes += snapshot.len();
                }
                ChangeKind::Progress { snapshot, ticks, .. } => {
                    assert!(snapshot.is_none() || ticks.is_none(), "either of them");
                    written.snapshots += usize::from(snapshot.is_some());
                    written.records_of_ticks += usize::from(ticks.is_some());
                    written.bytes += snapshot.as_ref().map_or(0, String::len) + ticks.as_ref().map_or(0, String::len);
                }
                ChangeKind::End { result, snapshot, .. } => {
                    written.bytes += snapshot.as_ref().map_or(0, String::len) + result.as_ref().map_or(0, String::len);
                }
                _ => {}
            }
        }
        written
    }
}

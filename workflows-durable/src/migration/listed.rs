//! The runs that a migration may change.

use super::Migration;
use crate::store::{Filter, RunInfo, RunStatus, StoreError};
use std::collections::HashMap;
use workflows_runtime::{RunId, durable::Durable};

/// How many runs are read at once.
const PAGE: usize = 256;

/// A run that a migration may change.
pub(super) struct Listed {
    pub(super) id: RunId,
    pub(super) parent: Option<RunId>,
    /// The run without a parent that it belongs to: that one is claimed.
    pub(super) root: RunId,
    /// Whether the root is parked.
    pub(super) is_parked: bool,
    cursor: u64,
}

/// The run without a parent that a run belongs to.
#[derive(Clone)]
struct Root {
    id: RunId,
    is_parked: bool,
}

impl<W: Durable> Migration<W> {
    /// The runs of the workflow that no live host executes, in the order of their start.
    pub(super) async fn listed(&self) -> Result<Vec<Listed>, StoreError> {
        let mut listed = Vec::new();
        // The roots of the children that were seen, by parent. `None` if they must be left alone.
        let mut roots = HashMap::new();
        for name in self.names() {
            let is_renamed = name != W::NAME;
            let mut filter = Filter { workflow: Some(name.to_owned()), limit: PAGE, ..Filter::default() };
            if !is_renamed {
                filter.status = Some(RunStatus::Running);
            }
            loop {
                let page = self.host.store.list(filter.clone()).await?;
                let Some(last) = page.last() else { break };
                filter.after = Some(last.cursor);
                for run in page {
                    // The parent of a child that has ended may need its result.
                    if run.status != RunStatus::Running && run.parent.is_none() {
                        continue;
                    }
                    let root = match &run.parent {
                        None => self.root(run.clone()).await?,
                        Some(parent) if !roots.contains_key(parent) => {
                            let root = self.root(run.clone()).await?;
                            roots.insert(parent.clone(), root.clone());
                            root
                        }
                        Some(parent) => roots[parent].clone(),
                    };
                    let Some(Root { id: root, is_parked }) = root else { continue };
                    let RunInfo { id, parent, cursor, .. } = run;
                    listed.push(Listed { id, parent, root, is_parked, cursor });
                }
            }
        }
        listed.sort_by_key(|run| run.cursor);
        Ok(listed)
    }

    /// The root of a run, if it is running and no live host executes it.
    async fn root(&self, mut run: RunInfo) -> Result<Option<Root>, StoreError> {
        while let Some(parent) = run.parent {
            let Some(parent) = self.host.store.find(parent).await? else { return Ok(None) };
            run = parent;
        }
        if run.status != RunStatus::Running {
            return Ok(None);
        }
        let RunInfo { id, workflow, is_parked, cursor, owner, .. } = run;
        if owner.is_some() {
            let first = self.host.store.owners().unowned(vec![workflow], cursor.saturating_sub(1), 1).await?;
            if first.first().is_none_or(|first| first.id != id) {
                return Ok(None);
            }
        }
        Ok(Some(Root { id, is_parked }))
    }
}

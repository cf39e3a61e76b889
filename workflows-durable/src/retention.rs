//! Retention: runs are purged a while after their end.

use crate::{
    host::Inner,
    store::{Change, ChangeKind, Filter, RunInfo},
};
use std::{
    sync::Weak,
    time::{Duration, SystemTime},
};
use tokio::time::sleep;

/// How many runs are purged at once.
const PAGE: usize = 256;

/// Purges runs that have ended so long ago, until the host is dropped.
pub(crate) async fn purge_ended(host: Weak<Inner>, keep: Duration) {
    let period = (keep / 10).clamp(Duration::from_secs(1), Duration::from_hours(1));
    loop {
        {
            let Some(host) = host.upgrade() else { return };
            purge_once(&host, keep).await;
        }
        sleep(period).await;
    }
}

/// Purges what can be purged now. While the store fails, that is nothing.
async fn purge_once(host: &Inner, keep: Duration) {
    let Some(until) = SystemTime::now().checked_sub(keep) else { return };
    loop {
        let filter = Filter { ended_until: Some(until), top_level: true, limit: PAGE, ..Filter::default() };
        let Ok(ended) = host.store.list(filter).await else { return };
        if ended.is_empty() {
            return;
        }
        for RunInfo { id, .. } in ended {
            if host.commit(Change::new(id, ChangeKind::Purge)).await.is_err() {
                return;
            }
        }
    }
}

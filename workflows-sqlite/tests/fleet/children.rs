//! Processes of two versions that execute a run with a child.

use crate::child::{old, open, renamed};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::time::sleep;
use workflows_durable::{Host, RunInfo};
use workflows_runtime::prelude::*;

mod first {
    use super::*;

    #[workflow]
    pub(super) struct Parent {
        pub(super) child: Arc<old::Ask>,
    }

    #[workflow]
    impl Parent {
        #[step]
        async fn all(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
            Ok(Stop(1 + ctx.run_child(&self.child, n).await?))
        }
    }
}

/// Its step has another name, and so has that of the child.
mod second {
    use super::*;

    #[workflow]
    pub(super) struct Parent {
        pub(super) child: Arc<renamed::Ask>,
    }

    #[workflow]
    impl Parent {
        #[step]
        async fn whole(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
            Ok(Stop(1 + ctx.run_child(&self.child, n).await?))
        }
    }
}

async fn until(host: &Host, id: &str, is: impl Fn(&RunInfo) -> bool) -> RunInfo {
    loop {
        if let Some(found) = host.find(id).await.unwrap()
            && is(&found)
        {
            return found;
        }
        sleep(Duration::from_millis(2)).await;
    }
}

/// Starts a run, and stops once its child asks.
pub(crate) async fn start(dir: &Path) {
    let child = Arc::new(old::Ask);
    let parent = first::Parent { child: Arc::clone(&child) };
    let host = Host::on(open(dir).await).workflow(parent).workflow(child).start().await.unwrap();
    host.run::<first::Parent>(5).id("parent").start().await.unwrap();
    until(&host, "parent/1/1", |child| !child.prompts.is_empty()).await;
    host.stop().await;
}

/// Migrates parent and child, and answers the child.
pub(crate) async fn migrate(dir: &Path) {
    let child = Arc::new(renamed::Ask);
    let parent = second::Parent { child: Arc::clone(&child) };
    let host = Host::on(open(dir).await).workflow(parent).workflow(child).start().await.unwrap();
    let mut reported = Vec::new();
    for (id, reason) in host.recovered().refused {
        // The parent is refused before its child is looked at.
        assert!(reason.contains("there is no step `all` any more"), "{id}: {reason}");
    }
    let parents = host.migration::<second::Parent>().rename_step("all", "whole");
    let [dry] = &parents.dry_run().await.unwrap()[..] else { panic!("there is one parent") };
    let (child, reason) = &dry.refused_children[0];
    reported.push(format!("{}: its child `{child}`: {reason}", dry.id));
    let children = host
        .migration::<renamed::Ask>()
        .rename_step("ask", "question")
        .rename_event("Asking", "Question")
        .state(|_: std::collections::BTreeMap<String, u32>| "100".to_owned());
    reported.extend(children.apply().await.unwrap().iter().map(ToString::to_string));
    reported.extend(parents.apply().await.unwrap().iter().map(ToString::to_string));
    std::fs::write(dir.join("migrated"), reported.join("\n")).unwrap();

    let asking = until(&host, "parent/1/1", |child| !child.prompts.is_empty()).await;
    host.answer::<renamed::Ask, u32>("parent/1/1", asking.prompts[0].id, 1000).await.unwrap();
    let run = until(&host, "parent", |run| run.ended.is_some()).await;
    assert_eq!(run.result.as_deref(), Some("1106"), "{run:?}");
    assert_eq!(host.list(workflows_durable::Filter::default()).await.unwrap().len(), 2, "no child was started again");
    host.stop().await;
}

//! graph-flow: tasks with a JSON context. A parked run is a stored session without a tokio task.

use crate::{
    common::{cpu, cpu_nanos, resident},
    entry::{Entry, Parked},
};
use ::graph_flow::*;
use async_trait::async_trait;
use std::sync::Arc;

const GRAPH_FLOW: &str = "graph-flow";

struct Count;

#[async_trait]
impl Task for Count {
    fn id(&self) -> &str {
        "count"
    }

    async fn run(&self, context: Context) -> Result<TaskResult> {
        let left: u64 = context.get("left").unwrap();
        if left > 0 {
            context.set("left", left - 1)?;
        }
        Ok(TaskResult::new(None, NextAction::ContinueAndExecute))
    }
}

struct Pass;

#[async_trait]
impl Task for Pass {
    fn id(&self) -> &str {
        "pass"
    }

    async fn run(&self, _: Context) -> Result<TaskResult> {
        Ok(TaskResult::new(None, NextAction::ContinueAndExecute))
    }
}

/// The last task of a flow, and each branch.
struct End(String);

#[async_trait]
impl Task for End {
    fn id(&self) -> &str {
        &self.0
    }

    async fn run(&self, _: Context) -> Result<TaskResult> {
        Ok(TaskResult::new(None, NextAction::End))
    }
}

fn end() -> Arc<End> {
    Arc::new(End("end".to_owned()))
}

struct Ask;

#[async_trait]
impl Task for Ask {
    fn id(&self) -> &str {
        "ask"
    }

    async fn run(&self, context: Context) -> Result<TaskResult> {
        let answer = context.get::<u64>("answer");
        Ok(TaskResult::new(None, answer.map_or(NextAction::WaitForInput, |_| NextAction::End)))
    }
}

async fn execute(graph: &Graph, first: &str, left: Option<u32>) {
    let mut session = Session::new_from_task("session".to_owned(), first);
    if let Some(left) = left {
        session.context.set("left", u64::from(left)).unwrap();
    }
    let result = graph.execute_session(&mut session).await.unwrap();
    assert!(matches!(result.status, ExecutionStatus::Completed));
}

pub(crate) const HOP: Entry = Entry {
    of: GRAPH_FLOW,
    how: "a task to itself, `ContinueAndExecute`",
    size: 100_000,
    nanos: |hops| {
        Box::pin(async move {
            let goes_on = |context: &Context| context.get::<u64>("left").unwrap() > 0;
            let graph = GraphBuilder::new("loop")
                .add_task(Arc::new(Count))
                .add_task(end())
                .add_conditional_edge("count", goes_on, "count", "end")
                .build()
                .unwrap();
            cpu_nanos(1, || execute(&graph, "count", Some(hops))).await / f64::from(hops)
        })
    },
};

pub(crate) const RUN: Entry = Entry {
    of: GRAPH_FLOW,
    how: "`execute_session`, without storage",
    size: 20_000,
    nanos: |runs| {
        Box::pin(async move {
            let graph = GraphBuilder::new("two")
                .add_task(Arc::new(Pass))
                .add_task(end())
                .add_edge("pass", "end")
                .build()
                .unwrap();
            cpu_nanos(runs, || execute(&graph, "pass", None)).await
        })
    },
};

pub(crate) const BRANCH: Entry = Entry {
    of: GRAPH_FLOW,
    how: "`FanOutTask`",
    size: 10_000,
    nanos: |branches| {
        Box::pin(async move {
            let children = (0..branches).map(|number| Arc::new(End(format!("branch{number}"))) as Arc<dyn Task>);
            let fan = FanOutTask::new("fan", children.collect()).with_next_action(NextAction::ContinueAndExecute);
            let graph = GraphBuilder::new("fan").add_task(fan).add_task(end()).add_edge("fan", "end").build().unwrap();
            cpu_nanos(3, || execute(&graph, "fan", None)).await / f64::from(branches)
        })
    },
};

pub(crate) const PARKED: Parked = Parked {
    of: GRAPH_FLOW,
    how: "a session in memory, without a tokio task",
    cost: |number| {
        Box::pin(async move {
            let graph = Arc::new(GraphBuilder::new("ask").add_task(Arc::new(Ask)).build().unwrap());
            let storage = Arc::new(InMemorySessionStorage::new());
            let runner = FlowRunner::new(graph, Arc::clone(&storage) as Arc<dyn SessionStorage>);
            let before = resident();
            for run in 0..number {
                let id = format!("run{run}");
                storage.save(Session::new_from_task(id.clone(), "ask")).await.unwrap();
                runner.run(&id).await.unwrap();
            }
            let bytes = (resident() - before) / f64::from(number);
            let begun = cpu();
            for run in 0..number {
                let id = format!("run{run}");
                let session = storage.get(&id).await.unwrap();
                session.context.set("answer", 1_u64).unwrap();
                storage.save(session).await.unwrap();
                let result = runner.run(&id).await.unwrap();
                assert!(matches!(result.status, ExecutionStatus::Completed));
            }
            (bytes, (cpu() - begun) / f64::from(number))
        })
    },
};

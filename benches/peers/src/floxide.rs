//! floxide: nodes and edges over a queue, one node at a time. A run receives no external events, so a parked run
//! waits inside a node.

use crate::{
    common::{cpu, cpu_nanos},
    entry::{Entry, Parked},
    ours::started,
};
use ::floxide::*;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::Semaphore;

const FLOXIDE: &str = "floxide";

#[derive(Clone, Debug, Serialize, Deserialize, Default)]
pub(crate) struct Gathered {
    all: SharedState<Vec<u64>>,
    expected: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum Turn {
    Again(u64),
    Done(u64),
}

#[derive(Clone, Debug)]
pub(crate) struct Count;

#[async_trait]
impl Node<Gathered> for Count {
    type Input = u64;
    type Output = Turn;

    async fn process(&self, _: &Gathered, left: u64) -> Result<Transition<Turn>, FloxideError> {
        Ok(Transition::Next(if left == 0 { Turn::Done(0) } else { Turn::Again(left - 1) }))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Pass;

#[async_trait]
impl Node<Gathered> for Pass {
    type Input = u64;
    type Output = u64;

    async fn process(&self, _: &Gathered, number: u64) -> Result<Transition<u64>, FloxideError> {
        Ok(Transition::Next(number))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Gather;

#[async_trait]
impl Node<Gathered> for Gather {
    type Input = u64;
    type Output = u64;

    async fn process(&self, gathered: &Gathered, number: u64) -> Result<Transition<u64>, FloxideError> {
        let mut all = gathered.all.get().await;
        all.push(number);
        Ok(if all.len() < gathered.expected { Transition::Hold } else { Transition::Next(all.len() as u64) })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Park {
    gate: Arc<Semaphore>,
}

#[async_trait]
impl Node<Gathered> for Park {
    type Input = u64;
    type Output = u64;

    async fn process(&self, _: &Gathered, number: u64) -> Result<Transition<u64>, FloxideError> {
        self.gate.acquire().await.unwrap().forget();
        Ok(Transition::Next(number))
    }
}

// The macro declares traits with the names of these fields, so no two flows of a module may share a name.
workflow! {
    pub(crate) struct Loop { count: Count, last: Pass, }
    start = count;
    context = Gathered;
    edges { count => { Turn::Again(_) => [count]; Turn::Done(_) => [last]; }; last => {}; }
}

workflow! {
    pub(crate) struct TwoSteps { first: Pass, second: Pass, }
    start = first;
    context = Gathered;
    edges { first => { [second] }; second => {}; }
}

workflow! {
    pub(crate) struct FanOut { split: SplitNode<u64, u64, fn(u64) -> Vec<u64>>, branch: Pass, gather: Gather, end: Pass, }
    start = split;
    context = Gathered;
    edges { split => { [branch] }; branch => { [gather] }; gather => { [end] }; end => {}; }
}

workflow! {
    pub(crate) struct Parks { park: Park, answered: Pass, }
    start = park;
    context = Gathered;
    edges { park => { [answered] }; answered => {}; }
}

pub(crate) const HOP: Entry = Entry {
    of: FLOXIDE,
    how: "a node to itself",
    size: 100_000,
    nanos: |hops| {
        Box::pin(async move {
            let (flow, context) = (Loop { count: Count, last: Pass }, WorkflowCtx::new(Gathered::default()));
            cpu_nanos(1, async || flow.run(&context, hops.into()).await.unwrap()).await / f64::from(hops)
        })
    },
};

pub(crate) const RUN: Entry = Entry {
    of: FLOXIDE,
    how: "`Workflow::run`",
    size: 20_000,
    nanos: |runs| {
        Box::pin(async move {
            let flow = TwoSteps { first: Pass, second: Pass };
            cpu_nanos(runs, async || flow.run(&WorkflowCtx::new(Gathered::default()), 1).await.unwrap()).await
        })
    },
};

pub(crate) const BRANCH: Entry = Entry {
    of: FLOXIDE,
    how: "split and merge, one after the other",
    size: 10_000,
    nanos: |branches| {
        Box::pin(async move {
            let numbers: fn(u64) -> Vec<u64> = |number| (0..number).collect();
            let flow = FanOut { split: SplitNode::new(numbers), branch: Pass, gather: Gather, end: Pass };
            let once = async || {
                let gathered = Gathered { all: SharedState::new(Vec::new()), expected: branches as usize };
                assert_eq!(flow.run(&WorkflowCtx::new(gathered), branches.into()).await.unwrap(), u64::from(branches));
            };
            cpu_nanos(3, once).await / f64::from(branches)
        })
    },
};

pub(crate) const PARKED: Parked = Parked {
    of: FLOXIDE,
    how: "no external events: a spawned run that waits in a node, with no mailbox, stream or handle",
    cost: |number| {
        Box::pin(async move {
            let gate = Arc::new(Semaphore::new(0));
            let start = || {
                let flow = Parks { park: Park { gate: Arc::clone(&gate) }, answered: Pass };
                tokio::spawn(async move { flow.run(&WorkflowCtx::new(Gathered::default()), 1).await.unwrap() })
            };
            let (bytes, runs) = started(number, start).await;
            let begun = cpu();
            gate.add_permits(runs.len());
            for run in runs {
                run.await.unwrap();
            }
            (bytes, (cpu() - begun) / f64::from(number))
        })
    },
};

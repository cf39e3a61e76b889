//! apalis-workflow: each step is a job in a queue. The queue is in memory and has one worker.

use crate::{common::cpu, entry::Entry};
use apalis_core::{
    backend::TaskSink,
    error::BoxDynError,
    task::metadata::Meta,
    worker::{builder::WorkerBuilder, context::WorkerContext},
};
use apalis_workflow::{SteppedFlow, in_memory::InMemoryWorkflow, sequential::repeat_until::RepeaterState};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

const APALIS: &str = "apalis-workflow";

pub(crate) const HOP: Entry = Entry {
    of: APALIS,
    how: "`repeat_until`, in memory; 1,000 hops",
    size: 1_000,
    nanos: |hops| {
        Box::pin(async move {
            let again = move |number: u32, state: Meta<RepeaterState>| async move {
                Ok::<_, BoxDynError>((state.iterations() >= hops as usize).then_some(number))
            };
            let end = async |_: u32, worker: WorkerContext| worker.stop().unwrap();
            let flow = SteppedFlow::new("loop").repeat_until(again).and_then(end);
            let mut backend = InMemoryWorkflow::create();
            backend.push(1_u32).await.unwrap();
            let begun = cpu();
            WorkerBuilder::new("worker").backend(backend).build(flow).run().await.unwrap();
            (cpu() - begun) / f64::from(hops)
        })
    },
};

pub(crate) const RUN: Entry = Entry {
    of: APALIS,
    how: "2,000 jobs queued for one worker; time per job, without its time in the queue",
    size: 2_000,
    nanos: |runs| {
        Box::pin(async move {
            let done = Arc::new(AtomicU32::new(0));
            let end = move |_: u32, worker: WorkerContext| {
                let done = Arc::clone(&done);
                async move {
                    if done.fetch_add(1, Ordering::Relaxed) + 1 == runs {
                        worker.stop().unwrap();
                    }
                    Ok::<_, BoxDynError>(())
                }
            };
            let first = async |number: u32| Ok::<_, BoxDynError>(number + 1);
            let flow = SteppedFlow::new("two").and_then(first).and_then(end);
            let mut backend = InMemoryWorkflow::create();
            for _ in 0..runs {
                backend.push(1_u32).await.unwrap();
            }
            let begun = cpu();
            WorkerBuilder::new("worker").backend(backend).build(flow).run().await.unwrap();
            (cpu() - begun) / f64::from(runs)
        })
    },
};

pub(crate) const BRANCH: Entry = Entry {
    of: APALIS,
    how: "`filter_map` of 1,000; the time per item grows with the number",
    size: 1_000,
    nanos: |branches| {
        Box::pin(async move {
            let end = move |all: Vec<u32>, worker: WorkerContext| async move {
                assert_eq!(all.len(), branches as usize);
                worker.stop().unwrap();
                Ok::<_, BoxDynError>(())
            };
            let flow = SteppedFlow::new("fan")
                .and_then(async |number: u32| Ok::<_, BoxDynError>((0..number).collect::<Vec<u32>>()))
                .filter_map(async |number: u32| Some(number))
                .and_then(end);
            let mut backend = InMemoryWorkflow::create();
            backend.push(branches).await.unwrap();
            let begun = cpu();
            WorkerBuilder::new("worker").backend(backend).build(flow).run().await.unwrap();
            (cpu() - begun) / f64::from(branches)
        })
    },
};

//! ractor: actors. A hop is a message of an actor to itself, a run is an actor that is called twice, and a parked
//! run is an idle actor.

use crate::{
    common::{cpu, cpu_nanos, resident},
    entry::{Entry, Parked},
};
use ::ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort, call, concurrency};
use std::hint::black_box;
use tokio::{sync::oneshot, task::yield_now};

const RACTOR: &str = "ractor";

struct Hop;

impl Actor for Hop {
    type Msg = u32;
    type State = Option<oneshot::Sender<()>>;
    type Arguments = oneshot::Sender<()>;

    async fn pre_start(&self, _: ActorRef<u32>, done: oneshot::Sender<()>) -> Result<Self::State, ActorProcessingErr> {
        Ok(Some(done))
    }

    async fn handle(&self, me: ActorRef<u32>, left: u32, done: &mut Self::State) -> Result<(), ActorProcessingErr> {
        if left > 0 {
            me.cast(left - 1)?;
        } else if let Some(done) = done.take() {
            let _ = done.send(());
        }
        Ok(())
    }
}

struct Called;

struct Call(u64, RpcReplyPort<u64>);

impl Actor for Called {
    type Msg = Call;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Call>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(
        &self,
        _: ActorRef<Call>,
        Call(number, reply): Call,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        let _ = reply.send(number);
        Ok(())
    }
}

/// Counts the branches.
struct Gather;

impl Actor for Gather {
    type Msg = u32;
    type State = (u32, Option<oneshot::Sender<()>>);
    type Arguments = (u32, oneshot::Sender<()>);

    async fn pre_start(
        &self,
        _: ActorRef<u32>,
        (all, done): Self::Arguments,
    ) -> Result<Self::State, ActorProcessingErr> {
        Ok((all, Some(done)))
    }

    async fn handle(
        &self,
        _: ActorRef<u32>,
        number: u32,
        (left, done): &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        black_box(number);
        *left -= 1;
        if *left == 0
            && let Some(done) = done.take()
        {
            let _ = done.send(());
        }
        Ok(())
    }
}

struct Branch;

impl Actor for Branch {
    type Msg = u32;
    type State = ActorRef<u32>;
    type Arguments = ActorRef<u32>;

    async fn pre_start(&self, _: ActorRef<u32>, gather: ActorRef<u32>) -> Result<ActorRef<u32>, ActorProcessingErr> {
        Ok(gather)
    }

    async fn handle(
        &self,
        _: ActorRef<u32>,
        number: u32,
        gather: &mut ActorRef<u32>,
    ) -> Result<(), ActorProcessingErr> {
        gather.cast(number)?;
        Ok(())
    }
}

pub(crate) const HOP: Entry = Entry {
    of: RACTOR,
    how: "an actor sends a message to itself",
    size: 100_000,
    nanos: |hops| {
        Box::pin(async move {
            let (done, end) = oneshot::channel();
            let (actor, task) = Actor::spawn(None, Hop, done).await.unwrap();
            let begun = cpu();
            actor.cast(hops).unwrap();
            end.await.unwrap();
            let nanos = cpu() - begun;
            actor.stop(None);
            task.await.unwrap();
            nanos / f64::from(hops)
        })
    },
};

pub(crate) const RUN: Entry = Entry {
    of: RACTOR,
    how: "spawns an actor, calls it twice and stops it",
    size: 5_000,
    nanos: |runs| {
        Box::pin(cpu_nanos(runs, async || {
            let (actor, task) = Actor::spawn(None, Called, ()).await.unwrap();
            let number = call!(actor, Call, 1).unwrap();
            call!(actor, Call, number).unwrap();
            actor.stop(None);
            task.await.unwrap();
        }))
    },
};

pub(crate) const BRANCH: Entry = Entry {
    of: RACTOR,
    how: "four actors, and one that counts the branches",
    size: 10_000,
    nanos: |branches| {
        Box::pin(async move {
            let (done, end) = oneshot::channel();
            let begun = cpu();
            let (gather, gathering) = Actor::spawn(None, Gather, (branches, done)).await.unwrap();
            let mut workers = Vec::new();
            for _ in 0..4 {
                workers.push(Actor::spawn(None, Branch, gather.clone()).await.unwrap());
            }
            for number in 0..branches {
                workers[number as usize % 4].0.cast(number).unwrap();
            }
            end.await.unwrap();
            let nanos = cpu() - begun;
            for (worker, task) in workers {
                worker.stop(None);
                task.await.unwrap();
            }
            gather.stop(None);
            gathering.await.unwrap();
            nanos / f64::from(branches)
        })
    },
};

pub(crate) const PARKED: Parked = Parked {
    of: RACTOR,
    how: "an idle actor, which keeps running after its reply",
    cost: |number| {
        Box::pin(async move {
            let before = resident();
            let mut actors = Vec::new();
            for _ in 0..number {
                actors.push(Actor::spawn(None, Called, ()).await.unwrap());
            }
            for _ in 0..50 {
                yield_now().await;
            }
            let bytes = (resident() - before) / f64::from(number);
            let begun = cpu();
            let mut replies = Vec::new();
            for (actor, _) in &actors {
                let (reply, answer) = concurrency::oneshot();
                actor.cast(Call(1, reply.into())).unwrap();
                replies.push(answer);
            }
            for answer in replies {
                assert_eq!(answer.await.unwrap(), 1);
            }
            (bytes, (cpu() - begun) / f64::from(number))
        })
    },
};

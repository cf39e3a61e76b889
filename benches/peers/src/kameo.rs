//! kameo: actors. A hop is a message of an actor to itself, a run is an actor that is asked twice, and a parked run
//! is an idle actor.

use crate::{
    common::{cpu, cpu_nanos},
    entry::{Entry, Parked},
    ours::started,
};
use ::kameo::{
    Actor,
    actor::{ActorRef, Spawn},
    message::{Context, Message},
};
use std::hint::black_box;
use tokio::sync::oneshot;

const KAMEO: &str = "kameo";

#[derive(Actor)]
struct Hop {
    done: Option<oneshot::Sender<()>>,
}

struct Left(u32);

impl Message<Left> for Hop {
    type Reply = ();

    async fn handle(&mut self, Left(left): Left, context: &mut Context<Self, ()>) {
        if left > 0 {
            let _ = context.actor_ref().tell(Left(left - 1)).await;
        } else if let Some(done) = self.done.take() {
            let _ = done.send(());
        }
    }
}

#[derive(Actor)]
struct Asked;

struct Question(u64);

impl Message<Question> for Asked {
    type Reply = u64;

    async fn handle(&mut self, Question(number): Question, _: &mut Context<Self, u64>) -> u64 {
        number
    }
}

/// Counts the branches.
#[derive(Actor)]
struct Gather {
    left: u32,
    done: Option<oneshot::Sender<()>>,
}

struct Number(u32);

impl Message<Number> for Gather {
    type Reply = ();

    async fn handle(&mut self, Number(number): Number, _: &mut Context<Self, ()>) {
        black_box(number);
        self.left -= 1;
        if self.left == 0
            && let Some(done) = self.done.take()
        {
            let _ = done.send(());
        }
    }
}

#[derive(Actor)]
struct Branch {
    gather: ActorRef<Gather>,
}

impl Message<Number> for Branch {
    type Reply = ();

    async fn handle(&mut self, number: Number, _: &mut Context<Self, ()>) {
        let _ = self.gather.tell(number).await;
    }
}

pub(crate) const HOP: Entry = Entry {
    of: KAMEO,
    how: "an actor sends a message to itself",
    size: 100_000,
    nanos: |hops| {
        Box::pin(async move {
            let (done, end) = oneshot::channel();
            let actor = Hop::spawn(Hop { done: Some(done) });
            let begun = cpu();
            actor.tell(Left(hops)).await.unwrap();
            end.await.unwrap();
            (cpu() - begun) / f64::from(hops)
        })
    },
};

pub(crate) const RUN: Entry = Entry {
    of: KAMEO,
    how: "spawns an actor, asks it twice and stops it",
    size: 5_000,
    nanos: |runs| {
        Box::pin(cpu_nanos(runs, async || {
            let actor = Asked::spawn(Asked);
            let number = actor.ask(Question(1)).await.unwrap();
            actor.ask(Question(number)).await.unwrap();
            actor.stop_gracefully().await.unwrap();
            actor.wait_for_shutdown().await;
        }))
    },
};

pub(crate) const BRANCH: Entry = Entry {
    of: KAMEO,
    how: "four actors, and one that counts the branches",
    size: 10_000,
    nanos: |branches| {
        Box::pin(async move {
            let (done, end) = oneshot::channel();
            let begun = cpu();
            let gather = Gather::spawn(Gather { left: branches, done: Some(done) });
            let workers: Vec<_> = (0..4).map(|_| Branch::spawn(Branch { gather: gather.clone() })).collect();
            for number in 0..branches {
                workers[number as usize % 4].tell(Number(number)).await.unwrap();
            }
            end.await.unwrap();
            let nanos = cpu() - begun;
            workers.iter().for_each(ActorRef::kill);
            gather.kill();
            nanos / f64::from(branches)
        })
    },
};

pub(crate) const PARKED: Parked = Parked {
    of: KAMEO,
    how: "an idle actor, which keeps running after its reply",
    cost: |number| {
        Box::pin(async move {
            let (bytes, actors) = started(number, || Asked::spawn(Asked)).await;
            let begun = cpu();
            let mut replies = Vec::new();
            for actor in &actors {
                replies.push(actor.ask(Question(1)).enqueue().await.unwrap());
            }
            for reply in replies {
                assert_eq!(reply.await.unwrap(), 1);
            }
            (bytes, (cpu() - begun) / f64::from(number))
        })
    },
};

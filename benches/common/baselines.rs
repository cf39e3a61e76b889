//! The baselines: hand-written programs that do the same work without a framework.

// Steps are async functions, even if they never suspend.
#![allow(clippy::unused_async)]

use futures::{
    future::BoxFuture,
    poll,
    stream::{FuturesUnordered, StreamExt},
};
use std::{
    any::{Any, TypeId},
    collections::{HashMap, VecDeque},
    future::poll_fn,
    hint::black_box,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

enum Event {
    Start(u64),
    Hop(u64),
    Stop(u64),
}

#[inline(never)]
async fn start(hops: u64) -> Event {
    Event::Hop(hops)
}

#[inline(never)]
async fn hop(left: u64) -> Event {
    if left == 0 { Event::Stop(0) } else { Event::Hop(left - 1) }
}

/// A queue of events and boxed step futures. Each future is polled once; only a pending one enters a
/// `FuturesUnordered`. This is the least that an engine needs if its steps may suspend.
pub(crate) async fn polled_once(hops: u64) -> u64 {
    let mut queue = VecDeque::from([Event::Start(hops)]);
    let mut in_flight: FuturesUnordered<BoxFuture<'static, Event>> = FuturesUnordered::new();
    loop {
        while let Some(event) = queue.pop_front() {
            let mut step: BoxFuture<'static, Event> = match black_box(event) {
                Event::Start(hops) => Box::pin(start(hops)),
                Event::Hop(left) => Box::pin(hop(left)),
                Event::Stop(result) => return result,
            };
            match poll!(&mut step) {
                Poll::Ready(event) => queue.push_back(event),
                Poll::Pending => in_flight.push(step),
            }
        }
        if let Some(event) = in_flight.next().await {
            queue.push_back(event);
        }
    }
}

type Dyn = Box<dyn Any + Send>;
type DynStep = fn(Dyn) -> BoxFuture<'static, Dyn>;

struct Start(u64);
struct Hop(u64);
struct Stop(u64);

/// The obvious engine: events as `dyn Any`, steps in a table by `TypeId`, futures in a `FuturesUnordered`. Each
/// step suspends once.
pub(crate) async fn suspending(hops: u64) -> u64 {
    let mut steps: HashMap<TypeId, DynStep> = HashMap::new();
    steps.insert(TypeId::of::<Start>(), |event| {
        let Start(hops) = *event.downcast().unwrap();
        Box::pin(async move { Box::new(Hop(hops)) as Dyn })
    });
    steps.insert(TypeId::of::<Hop>(), |event| {
        let Hop(left) = *event.downcast().unwrap();
        Box::pin(async move {
            ::workflows_tests::yield_once().await;
            if left == 0 { Box::new(Stop(0)) as Dyn } else { Box::new(Hop(left - 1)) as Dyn }
        })
    });
    let mut queue: VecDeque<Dyn> = VecDeque::from([Box::new(Start(hops)) as Dyn]);
    let mut in_flight = FuturesUnordered::new();
    loop {
        while let Some(event) = queue.pop_front() {
            match event.downcast::<Stop>() {
                Ok(stop) => return stop.0,
                Err(event) => in_flight.push(steps[&(*event).type_id()](event)),
            }
        }
        queue.push_back(in_flight.next().await.unwrap());
    }
}

/// Two steps, one after the other.
pub(crate) async fn two_steps() -> u64 {
    let mut event = Event::Start(0);
    loop {
        event = match black_box(event) {
            Event::Start(hops) => start(hops).await,
            Event::Hop(left) => hop(left).await,
            Event::Stop(result) => return result,
        };
    }
}

/// The least that a started run shares with its handle: one allocation with a mailbox, a stream and a slot for
/// the result.
#[derive(Default)]
pub(crate) struct Lean(Mutex<Shared>);

#[derive(Default)]
struct Shared {
    mailbox: VecDeque<Event>,
    stream: VecDeque<u64>,
    result: Option<u64>,
    run: Option<Waker>,
    reader: Option<Waker>,
}

impl Lean {
    /// Spawns a run of two steps.
    pub(crate) fn started() -> Arc<Self> {
        Self::spawned(Some(Event::Start(0)))
    }

    /// Spawns a run that waits for [`Self::respond`].
    pub(crate) fn parked() -> Arc<Self> {
        Self::spawned(None)
    }

    fn spawned(mut next: Option<Event>) -> Arc<Self> {
        let handle = Arc::new(Self::default());
        let lean = Arc::clone(&handle);
        tokio::spawn(async move {
            loop {
                let event = match next.take() {
                    Some(event) => event,
                    None => poll_fn(|cx| lean.poll_mailbox(cx)).await,
                };
                next = Some(match black_box(event) {
                    Event::Start(hops) => start(hops).await,
                    Event::Hop(left) => hop(left).await,
                    Event::Stop(result) => return lean.finish(result),
                });
            }
        });
        handle
    }

    /// Sends the response that a parked run waits for.
    pub(crate) fn respond(&self) {
        let waker = {
            let mut shared = self.0.lock().unwrap();
            shared.mailbox.push_back(Event::Hop(0));
            shared.run.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits for the result of the run.
    pub(crate) async fn result(&self) -> u64 {
        poll_fn(|cx| {
            let mut shared = self.0.lock().unwrap();
            if let Some(result) = shared.result {
                return Poll::Ready(result);
            }
            shared.reader = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn poll_mailbox(&self, cx: &mut Context<'_>) -> Poll<Event> {
        let mut shared = self.0.lock().unwrap();
        if let Some(event) = shared.mailbox.pop_front() {
            return Poll::Ready(event);
        }
        shared.run = Some(cx.waker().clone());
        Poll::Pending
    }

    fn finish(&self, result: u64) {
        let waker = {
            let mut shared = self.0.lock().unwrap();
            debug_assert!(shared.stream.is_empty());
            shared.result = Some(result);
            shared.reader.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

#[inline(never)]
async fn work(number: u64) -> u64 {
    black_box(number)
}

/// A queue of work, with four futures in flight, gathered in order of completion.
pub(crate) async fn four_in_flight(branches: u64) -> u64 {
    let mut queue: VecDeque<u64> = (0..branches).collect();
    let mut in_flight: FuturesUnordered<BoxFuture<'static, u64>> = FuturesUnordered::new();
    let mut gathered = Vec::new();
    loop {
        while in_flight.len() < 4
            && let Some(number) = queue.pop_front()
        {
            in_flight.push(Box::pin(work(number)));
        }
        match in_flight.next().await {
            Some(number) => gathered.push(number),
            None => return black_box(gathered).len() as u64,
        }
    }
}

//! The limits: what the same work costs when it is written by hand, with no framework.

// Steps are async, whether they wait or not.
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

/// A queue of events; each step's future is boxed and polled once on the spot, and only one that is
/// pending goes into a set: the least that an engine needs whose steps may suspend.
pub(crate) async fn polled_once(hops: u64) -> u64 {
    let mut queue = VecDeque::from([Event::Start(hops)]);
    let mut flying: FuturesUnordered<BoxFuture<'static, Event>> = FuturesUnordered::new();
    loop {
        while let Some(event) = queue.pop_front() {
            let mut step: BoxFuture<'static, Event> = match black_box(event) {
                Event::Start(hops) => Box::pin(start(hops)),
                Event::Hop(left) => Box::pin(hop(left)),
                Event::Stop(result) => return result,
            };
            match poll!(&mut step) {
                Poll::Ready(event) => queue.push_back(event),
                Poll::Pending => flying.push(step),
            }
        }
        if let Some(event) = flying.next().await {
            queue.push_back(event);
        }
    }
}

type Dyn = Box<dyn Any + Send>;
type DynStep = fn(Dyn) -> BoxFuture<'static, Dyn>;

struct Start(u64);
struct Hop(u64);
struct Stop(u64);

/// The obvious engine: events as `dyn Any`, steps looked up by `TypeId`, their futures in a set.
/// Each step suspends once.
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
    let mut flying = FuturesUnordered::new();
    loop {
        while let Some(event) = queue.pop_front() {
            match event.downcast::<Stop>() {
                Ok(stop) => return stop.0,
                Err(event) => flying.push(steps[&(*event).type_id()](event)),
            }
        }
        queue.push_back(flying.next().await.unwrap());
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

/// What a started run shares with its handle, at the least: one allocation, with an inbox, a stream
/// and a place for the result.
#[derive(Default)]
pub(crate) struct Lean(Mutex<Inside>);

#[derive(Default)]
struct Inside {
    inbox: VecDeque<Event>,
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

    /// Spawns a run that waits for [`Self::answer`].
    pub(crate) fn parked() -> Arc<Self> {
        Self::spawned(None)
    }

    fn spawned(mut next: Option<Event>) -> Arc<Self> {
        let (lean, handle) = {
            let lean = Arc::new(Self::default());
            (Arc::clone(&lean), lean)
        };
        tokio::spawn(async move {
            loop {
                let event = match next.take() {
                    Some(event) => event,
                    None => poll_fn(|cx| lean.poll_inbox(cx)).await,
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

    pub(crate) fn answer(&self) {
        let waker = {
            let mut inside = self.0.lock().unwrap();
            inside.inbox.push_back(Event::Hop(0));
            inside.run.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    pub(crate) async fn result(&self) -> u64 {
        poll_fn(|cx| {
            let mut inside = self.0.lock().unwrap();
            if let Some(result) = inside.result {
                return Poll::Ready(result);
            }
            inside.reader = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn poll_inbox(&self, cx: &mut Context<'_>) -> Poll<Event> {
        let mut inside = self.0.lock().unwrap();
        if let Some(event) = inside.inbox.pop_front() {
            return Poll::Ready(event);
        }
        inside.run = Some(cx.waker().clone());
        Poll::Pending
    }

    fn finish(&self, result: u64) {
        let waker = {
            let mut inside = self.0.lock().unwrap();
            debug_assert!(inside.stream.is_empty());
            inside.result = Some(result);
            inside.reader.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }
}

#[inline(never)]
async fn work(number: u64) -> u64 {
    black_box(number)
}

/// A queue of work, four of it in flight at once, gathered into a vector.
pub(crate) async fn four_in_flight(branches: u64) -> u64 {
    let mut queue: VecDeque<u64> = (0..branches).collect();
    let mut flying: FuturesUnordered<BoxFuture<'static, u64>> = FuturesUnordered::new();
    let mut gathered = Vec::new();
    loop {
        while flying.len() < 4
            && let Some(number) = queue.pop_front()
        {
            flying.push(Box::pin(work(number)));
        }
        match flying.next().await {
            Some(number) => gathered.push(number),
            None => return black_box(gathered).len() as u64,
        }
    }
}

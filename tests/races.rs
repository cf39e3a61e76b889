//! `First`: the first arrivals of a batch win, and the rest of it is cancelled.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use std::sync::Arc;
use tokio::time::sleep;
use workflows::{Log, Noted, events_of, kinds, let_others_run, yield_once};
use workflows_runtime::{Parked, prelude::*};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn stalled(error: RunError) -> Vec<(String, usize)> {
    match error {
        RunError::Stalled { parked, .. } => {
            parked.into_iter().map(|Parked { step, events, .. }| (step, events)).collect()
        }
        other => panic!("not stalled: {other}"),
    }
}

// ---- `First` ----

#[tokio::test(start_paused = true)]
async fn first_runs_once_and_cancels_the_rest_of_the_batch() {
    #[event]
    struct Query(u64);
    #[event]
    struct Quote(u64);
    #[event]
    struct Best(u64);

    #[workflow]
    struct Market {
        log: Log<String>,
    }
    #[workflow]
    impl Market {
        #[step]
        async fn ask(&self, _start: Start<()>) -> Vec<Query> {
            [50, 10, 40, 20, 30, 60].map(Query).into()
        }
        #[step(workers = 5)]
        async fn quote(&self, Query(wait): Query) -> Quote {
            let _dropped = Noted(self.log.clone(), format!("{wait} over"));
            sleep(ms(wait)).await;
            self.log.add(format!("{wait} quoted"));
            Quote(wait)
        }
        #[step]
        async fn choose(&self, First([a, b]): First<Quote, 2>) -> Best {
            sleep(ms(100)).await;
            Best(a.0 + b.0)
        }
        #[step]
        async fn end(&self, Best(best): Best) -> Stop<u64> {
            Stop(best)
        }
    }
    let log = Log::default();
    assert_eq!(Market { log: log.clone() }.run(()).await.unwrap(), 30);
    // The sixth was queued, then started when the first quote came.
    let mut notes = log.take();
    notes[4..].sort_unstable();
    assert_eq!(notes, ["10 quoted", "10 over", "20 quoted", "20 over", "30 over", "40 over", "50 over", "60 over"]);
}

#[tokio::test(start_paused = true)]
async fn first_leaves_other_batches_alone() {
    #[event]
    struct Lot(u64);
    #[event]
    struct Ask(u64, u64);
    #[event]
    struct Bid(u64, u64);
    #[event]
    struct Sold(u64, u64);

    #[workflow]
    struct Auction;
    #[workflow]
    impl Auction {
        #[step]
        async fn lots(&self, _start: Start<()>) -> Vec<Lot> {
            vec![Lot(1), Lot(2), Lot(3)]
        }
        #[step]
        async fn ask(&self, Lot(lot): Lot) -> Vec<Ask> {
            vec![Ask(lot, 30), Ask(lot, 10), Ask(lot, 20)]
        }
        #[step(workers = 9)]
        async fn bid(&self, Ask(lot, wait): Ask) -> Bid {
            sleep(ms(wait * lot)).await;
            Bid(lot, wait)
        }
        #[step]
        async fn sell(&self, First([Bid(lot, bid)]): First<Bid, 1>) -> Sold {
            Sold(lot, bid)
        }
        #[step]
        async fn end(&self, sold: Vec<Sold>) -> Stop<Vec<(u64, u64)>> {
            Stop(sold.into_iter().map(|Sold(lot, bid)| (lot, bid)).collect())
        }
    }
    assert_eq!(Auction.run(()).await.unwrap(), [(1, 10), (2, 10), (3, 10)]);
}

#[tokio::test(start_paused = true)]
async fn first_that_never_gets_so_many_does_not_run() {
    #[event]
    struct Item(u32);
    #[event]
    struct Pair(u32);

    #[workflow]
    struct Two;
    #[workflow]
    impl Two {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step]
        async fn two(&self, First([a, b]): First<Item, 2>) -> Pair {
            Pair(a.0 + b.0)
        }
        #[step]
        async fn end(&self, Pair(n): Pair) -> Stop<u32> {
            Stop(n)
        }
    }
    assert_eq!(Two.run(5).await.unwrap(), 1);
    assert_eq!(stalled(Two.run(1).await.unwrap_err()), [("two".to_owned(), 1)]);
}

#[tokio::test(start_paused = true)]
async fn what_a_race_has_cancelled_is_not_polled_again() {
    // Both are woken by one `notify_waiters`; the first one decides the race.
    #[event]
    struct Item(u32);
    #[event]
    struct Win(u32);

    #[workflow(stream = u32)]
    struct Photo {
        go: Arc<tokio::sync::Notify>,
    }
    #[workflow]
    impl Photo {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            (0..3).map(Item).collect()
        }
        #[step]
        async fn run(&self, ctx: &Context<Self>, Item(n): Item) -> Win {
            self.go.notified().await;
            ctx.publish(n);
            Win(n)
        }
        #[step]
        async fn win(&self, First([Win(n)]): First<Win, 1>) -> Stop<u32> {
            sleep(ms(1)).await;
            Stop(n)
        }
    }
    let go = Arc::new(tokio::sync::Notify::new());
    let run = Photo { go: Arc::clone(&go) }.run(()).start();
    let_others_run().await;
    go.notify_waiters();
    let winner = run.result().await.unwrap();
    assert_eq!(kinds(&events_of(&run).await), ["published", "completed"], "only {winner} is seen");
}

#[tokio::test(start_paused = true)]
async fn a_race_over_the_joins_of_inner_batches() {
    #[event]
    struct Team(u64);
    #[event]
    struct Leg(u64, u64);
    #[event]
    struct Run(u64, u64);
    #[event]
    struct Home(u64, usize);

    #[workflow]
    struct Relay {
        log: Log<&'static str>,
    }
    #[workflow]
    impl Relay {
        #[step]
        async fn teams(&self, _start: Start<()>) -> Vec<Team> {
            vec![Team(3), Team(1), Team(2)]
        }
        #[step]
        async fn legs(&self, Team(team): Team) -> Vec<Leg> {
            (1..=team).map(|leg| Leg(team, leg)).collect()
        }
        #[step(workers = 2)]
        async fn run(&self, Leg(team, leg): Leg) -> Run {
            let _over = Noted(self.log.clone(), "over");
            sleep(ms(10)).await;
            Run(team, leg)
        }
        #[step]
        async fn home(&self, legs: Vec<Run>) -> Home {
            Home(legs[0].0, legs.len())
        }
        #[step]
        async fn won(&self, First([home]): First<Home, 1>) -> Stop<(u64, usize)> {
            sleep(ms(100)).await;
            Stop((home.0, home.1))
        }
    }
    let log = Log::default();
    // Two legs at a time: team 3 needs two rounds, and the third leg goes with that of team 1.
    assert_eq!(Relay { log: log.clone() }.run(()).await.unwrap(), (3, 3));
    // Team 1 came home in the same moment, and team 2 began and was dropped, or never began.
    assert!(log.take().len() >= 4);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_loses_the_race_it_decides_is_dropped() {
    #[event]
    struct Item;
    #[event]
    struct Bid(u32);

    #[workflow]
    struct Loud {
        log: Log<&'static str>,
    }
    #[workflow]
    impl Loud {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            vec![Item]
        }
        #[step]
        async fn bid(&self, ctx: &Context<Self, (Bid,)>, _item: Item) {
            let _over = Noted(self.log.clone(), "over");
            for n in 0..5 {
                ctx.send(Bid(n));
                yield_once().await;
            }
            self.log.add("never");
        }
        #[step]
        async fn sold(&self, First([a, b]): First<Bid, 2>) -> Stop<(u32, u32)> {
            sleep(ms(1)).await;
            Stop((a.0, b.0))
        }
    }
    let log = Log::default();
    assert_eq!(Loud { log: log.clone() }.run(()).await.unwrap(), (0, 1));
    assert_eq!(log.take(), ["over"]);
}

//! Joins: several event parameters, and arrays.

use tokio::time::sleep;
use workflows_runtime::prelude::*;
use workflows_tests::{Log, ms, stalled};

#[tokio::test(start_paused = true)]
async fn join_pairs_events_in_arrival_order() {
    #[event]
    struct Key(u32);
    #[event]
    struct Lock(char);

    #[workflow]
    struct Pairs {
        log: Log<(u32, char)>,
    }
    #[workflow]
    impl Pairs {
        #[step]
        async fn send(&self, ctx: &Context<Self, (Key, Lock)>, _start: Start<()>) {
            ctx.send(Key(1));
            ctx.send(Key(2));
            ctx.send(Lock('a'));
            ctx.send(Key(3));
            ctx.send(Lock('b'));
            ctx.send(Lock('c'));
        }
        #[step(workers = 1)]
        async fn pair(&self, Lock(lock): Lock, Key(key): Key) -> Option<Stop<()>> {
            self.log.add((key, lock));
            (key == 3).then_some(Stop(()))
        }
    }
    let log = Log::default();
    Pairs { log: log.clone() }.run(()).await.unwrap();
    assert_eq!(log.take(), [(1, 'a'), (2, 'b'), (3, 'c')]);
}

#[tokio::test(start_paused = true)]
async fn join_pairs_events_of_one_batch_only() {
    #[event]
    struct Item(u32);
    #[event]
    struct Left(u32);
    #[event]
    struct Right(u32);
    #[event]
    struct Both(u32, u32);

    #[workflow]
    struct Twins;
    #[workflow]
    impl Twins {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Vec<Item>> {
            (1..=3).map(|n| vec![Item(n)]).collect()
        }
        #[step(workers = 3)]
        async fn split(&self, Item(n): Item) -> (Left, Right) {
            (Left(n), Right(n))
        }
        #[step(workers = 3)]
        async fn later(&self, Left(n): Left, Right(m): Right) -> Both {
            sleep(ms(u64::from(10 - n))).await;
            Both(n, m)
        }
        #[step]
        async fn one(&self, [both]: [Both; 1]) -> Both2 {
            Both2(both.0, both.1)
        }
        #[step]
        async fn inner(&self, all: Vec<Both2>) -> Inner {
            Inner(all.len())
        }
        #[step]
        async fn outer(&self, all: Vec<Inner>) -> Stop<Vec<usize>> {
            Stop(all.into_iter().map(|inner| inner.0).collect())
        }
    }
    #[event]
    struct Both2(u32, u32);
    #[event]
    struct Inner(usize);
    assert_eq!(Twins.run(()).await.unwrap(), [1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn unpaired_event_is_reported_by_stalled() {
    #[event]
    struct Key(u32);
    #[event]
    struct Lock(u32);

    #[workflow]
    struct Pairs;
    #[workflow]
    impl Pairs {
        #[step]
        async fn send(&self, ctx: &Context<Self, (Key,)>, Start(locked): Start<bool>) -> Option<Lock> {
            ctx.send(Key(1));
            ctx.send(Key(2));
            locked.then_some(Lock(1))
        }
        #[step]
        async fn pair(&self, _key: Key, _lock: Lock) -> Stop<()> {
            Stop(())
        }
    }
    Pairs.run(true).await.unwrap();
    let error = Pairs.run(false).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "stalled: no step can run and none has returned `Stop` (`pair` is missing `Lock`, 2 parked)"
    );
    assert_eq!(stalled(error), [("pair".to_owned(), 2)]);
}

#[tokio::test(start_paused = true)]
async fn join_parameter_accepts_one_of() {
    #[event]
    struct Cash(u32);
    #[event]
    struct Card(u32);
    #[event]
    struct Order(u32);

    #[workflow]
    struct Shop;
    #[workflow]
    impl Shop {
        #[step]
        async fn order(&self, Start(cash): Start<bool>) -> (Order, OneOf<Cash, Card>) {
            (Order(5), if cash { Cash(10).emit() } else { Card(20).emit() })
        }
        #[step]
        async fn pay(&self, Order(order): Order, by: OneOf<Card, Cash>) -> Stop<(u32, u32)> {
            Stop(match by {
                OneOf::A(Card(n)) | OneOf::B(Cash(n)) => (order, n),
            })
        }
    }
    assert_eq!(Shop.run(true).await.unwrap(), (5, 10));
    assert_eq!(Shop.run(false).await.unwrap(), (5, 20));
}

#[tokio::test(start_paused = true)]
async fn responses_join_with_events() {
    #[event]
    struct Asked(u32);

    #[workflow]
    struct Poll;
    #[workflow]
    impl Poll {
        #[step]
        async fn ask(&self, Start(n): Start<u32>) -> (InputRequired<u32>, Asked) {
            (InputRequired(n), Asked(n))
        }
        #[step]
        async fn done(&self, Asked(n): Asked, [one, two]: [HumanResponse<u32>; 2]) -> Stop<u32> {
            Stop(n + one.0 + two.0)
        }
    }
    let run = Poll.run(100).start();
    run.send(HumanResponse(20)).unwrap();
    run.send(HumanResponse(3)).unwrap();
    assert_eq!(run.await.unwrap(), 123);
}

#[tokio::test(start_paused = true)]
async fn array_input_runs_for_each_full_set() {
    #[event]
    struct Item(u32);
    #[event]
    struct Triple(u32);

    #[workflow]
    struct Threes;
    #[workflow]
    impl Threes {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step]
        async fn three(&self, three: [Item; 3]) -> Triple {
            Triple(three.iter().map(|item| item.0).sum())
        }
        #[step]
        async fn end(&self, sums: Vec<Triple>) -> Stop<Vec<u32>> {
            Stop(sums.into_iter().map(|sum| sum.0).collect())
        }
    }
    assert_eq!(Threes.run(6).await.unwrap(), [3, 12]);
    assert!(Threes.run(0).await.unwrap().is_empty());
    // The seventh event stays parked without a full set, so the batch never drains.
    assert_eq!(stalled(Threes.run(7).await.unwrap_err()), [("three".to_owned(), 1), ("end".to_owned(), 2)]);
}

#[tokio::test(start_paused = true)]
async fn array_joins_with_another_event() {
    #[event]
    struct Wheel(u8);
    #[event]
    struct Frame(u8);

    #[workflow]
    struct Bike;
    #[workflow]
    impl Bike {
        #[step]
        async fn parts(&self, _start: Start<()>) -> (Wheel, Frame, Wheel) {
            (Wheel(1), Frame(2), Wheel(3))
        }
        #[step]
        async fn build(&self, [front, back]: [Wheel; 2], frame: Frame) -> Stop<[u8; 3]> {
            Stop([front.0, back.0, frame.0])
        }
    }
    assert_eq!(Bike.run(()).await.unwrap(), [1, 3, 2]);
}

#[event]
struct Number(u32);
#[event]
struct Left(u32);
#[event]
struct Right(u32);
#[event]
struct Slow(u32);
#[event]
struct Pair(u32, u32);
#[event]
struct Own(u32, u32);

#[workflow]
struct Halves;

#[workflow]
impl Halves {
    #[step]
    async fn split(&self, Start(n): Start<u32>) -> Vec<Number> {
        (0..n).map(Number).collect()
    }

    /// Opens a batch inside each branch.
    #[step]
    async fn halve(&self, Number(n): Number) -> Vec<(Left, Right)> {
        vec![(Left(n), Right(n))]
    }

    /// Later branches finish first.
    #[step(workers = 10)]
    async fn delay(&self, Right(n): Right) -> Slow {
        sleep(ms(100 - u64::from(n))).await;
        Slow(n)
    }

    #[step]
    async fn pair(&self, Left(left): Left, Slow(right): Slow) -> Pair {
        Pair(left, right)
    }

    /// Closes the inner batch and emits into the branch.
    #[step]
    async fn back(&self, mut pairs: Vec<Pair>) -> Option<Own> {
        pairs.pop().map(|Pair(left, right)| Own(left, right))
    }

    #[step]
    async fn all(&self, pairs: Vec<Own>) -> Stop<Vec<(u32, u32)>> {
        Stop(pairs.into_iter().map(|Own(left, right)| (left, right)).collect())
    }
}

#[tokio::test(start_paused = true)]
async fn join_in_an_inner_batch_pairs_its_own_events() {
    assert_eq!(Halves.run(4).await.unwrap(), [(0, 0), (1, 1), (2, 2), (3, 3)]);
}

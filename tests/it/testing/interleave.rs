//! Seeded interleavings.

use std::{collections::BTreeSet, sync::Mutex};
use workflows_runtime::{
    prelude::*,
    testing::{Fault, interleave},
};

#[event]
struct Deposit(i64);

#[event]
struct Booked(i64);

/// Loses an update if two executions read the balance before one of them writes it.
#[workflow(state = i64)]
struct Bank;

#[workflow]
impl Bank {
    #[step]
    async fn split(&self, Start(amounts): Start<Vec<i64>>) -> Vec<Deposit> {
        amounts.into_iter().map(Deposit).collect()
    }

    #[step(workers = 2)]
    async fn book(&self, ctx: &Context<Self>, Deposit(amount): Deposit) -> Booked {
        let balance = ctx.state().get();
        tokio::task::yield_now().await;
        ctx.state().set(balance + amount);
        Booked(amount)
    }

    #[step]
    async fn close(&self, ctx: &Context<Self>, _booked: Vec<Booked>) -> Stop<i64> {
        Stop(ctx.state().get())
    }
}

#[tokio::test]
async fn some_order_loses_an_update_and_its_seed_replays() {
    let mut lost = None;
    let mut right = 0;
    for seed in 0..50 {
        let record = Bank.run(vec![1, 2]).test().seed(seed).await;
        if record.output() == &3 { right += 1 } else { lost = Some((seed, record)) }
    }
    assert!(right > 0, "some orders are correct");
    let (seed, lost) = lost.expect("some orders lose an update");
    for _ in 0..10 {
        let again = Bank.run(vec![1, 2]).test().seed(seed).await;
        assert_eq!(again.timeline(), lost.timeline());
        assert_eq!(again.output(), lost.output());
    }
}

#[tokio::test]
async fn failing_check_is_resumed_as_a_panic() {
    let run = interleave(0..50, || Bank.run(vec![1, 2]).test(), |record| assert_eq!(record.output(), &3, "lost"));
    let message = super::panic_of(run).await;
    assert!(message.contains("lost"), "{message}");
}

#[event]
struct Part(u32);

#[event]
struct Squared(u32);

#[workflow]
struct Squares;

#[workflow]
impl Squares {
    #[step]
    async fn split(&self, Start(n): Start<u32>) -> Vec<Part> {
        (1..=n).map(Part).collect()
    }

    #[step(workers = 3)]
    #[blocking(cpu)]
    fn square(&self, Part(n): Part) -> Squared {
        Squared(n * n)
    }

    #[step]
    async fn sum(&self, squared: Vec<Squared>) -> Stop<u32> {
        Stop(squared.iter().map(|squared| squared.0).sum())
    }
}

#[tokio::test]
async fn orders_differ_and_the_result_does_not() {
    let returned = Mutex::new(BTreeSet::new());
    let orders = interleave(
        0..30,
        || Squares.run(4).test(),
        |record| {
            assert_eq!(record.output(), &30);
            let order: Vec<u32> = record.returned::<Squared>().iter().map(|squared| squared.0).collect();
            returned.lock().unwrap().insert(order);
        },
    )
    .await;
    assert!(orders > 5, "{orders} orders");
    assert!(returned.lock().unwrap().len() > 2, "{returned:?}");
}

#[tokio::test]
async fn blocking_code_replays_exactly() {
    for seed in 0..10 {
        let first = Squares.run(4).test().seed(seed).await;
        let second = Squares.run(4).test().seed(seed).await;
        assert_eq!(first.timeline(), second.timeline(), "seed {seed}");
    }
}

#[event]
struct Late;

#[workflow]
struct Overtake;

#[workflow]
impl Overtake {
    #[step]
    async fn split(&self, Start(()): Start<()>) -> Vec<Part> {
        vec![Part(1), Part(2)]
    }

    #[step(workers = 2)]
    async fn square(&self, Part(n): Part) -> Squared {
        Squared(n * n)
    }

    #[step]
    async fn pick(&self, First([Squared(n)]): First<Squared, 1>) -> OneOf<Late, Stop<u32>> {
        if n == 4 { Late.emit() } else { Stop(n).emit() }
    }

    #[step(retry = Retry::immediate())]
    async fn late(&self, _: Late) -> Stop<u32> {
        Stop(0)
    }
}

#[tokio::test]
async fn changes_that_some_order_uses_are_used() {
    let test = || {
        let test = Overtake.run(()).test().replace("late", |_: Late| Stop(7));
        test.fault("late", 1, Fault::error("down"))
    };
    let outputs = Mutex::new(BTreeSet::new());
    interleave(0..30, test, |record| {
        outputs.lock().unwrap().insert(*record.output());
    })
    .await;
    assert_eq!(outputs.into_inner().unwrap(), BTreeSet::from([1, 7]));

    // A single seed replays one of the orders.
    for seed in 0..30 {
        interleave([seed], test, |_| {}).await;
    }

    let never = || test().fault("late", 3, Fault::hang());
    let message = super::panic_of(interleave(0..30, never, |_| {})).await;
    assert!(message.starts_with("no run of `Overtake` has used, in "), "{message}");
    assert!(message.contains("orders:\n  `.fault(\"late\", 3, ..)` at "), "{message}");
    assert_eq!(message.matches(" at ").count(), 1, "{message}");
    interleave(0..30, || never().allow_unused(), |_| {}).await;
}

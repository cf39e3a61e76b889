//! The kit with workflows of each kind: races, children, waits, handlers, resources, tasks of their own.

use std::sync::Arc;
use workflows_runtime::{
    prelude::*,
    testing::{Fault, interleave, resume_everywhere},
};

#[event]
struct Offer(u32);

#[event]
struct Best(u32);

#[workflow]
struct Auction;

#[workflow]
impl Auction {
    #[step]
    async fn ask(&self, Start(n): Start<u32>) -> Vec<Request> {
        (1..=n).map(Request).collect()
    }

    #[step(workers = 4)]
    async fn offer(&self, Request(n): Request) -> Offer {
        tokio::time::sleep(Duration::from_secs(u64::from(10 - n))).await;
        Offer(n)
    }

    #[step]
    async fn choose(&self, First([Offer(first), Offer(second)]): First<Offer, 2>) -> Stop<(u32, u32)> {
        Stop((first, second))
    }
}

#[event]
struct Request(u32);

#[tokio::test]
async fn race_is_decided_by_virtual_time_in_every_order() {
    interleave(
        0..20,
        || Auction.run(4).test(),
        |record| {
            assert_eq!(record.output(), &(4, 3));
            assert_eq!(record.elapsed(), Duration::from_secs(7));
        },
    )
    .await;
    let points = resume_everywhere(
        || Auction.run(4).test(),
        |whole, resumed| {
            assert_eq!(whole.output(), resumed.output());
        },
    );
    assert!(points.await >= 4);
}

#[workflow]
struct Parent;

#[workflow]
impl Parent {
    #[step]
    async fn delegate(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Best> {
        let (first, second) = ctx.run_child(Auction, n).await?;
        Ok(Best(first + second))
    }

    #[step]
    async fn stop(&self, Best(sum): Best) -> Stop<u32> {
        Stop(sum)
    }
}

#[tokio::test]
async fn children_run_in_virtual_time_or_are_replaced() {
    let record = Parent.run(4).test().await;
    assert_eq!((record.output(), record.elapsed()), (&7, Duration::from_secs(7)));
    let record = Parent.run(4).test().replace("delegate", |_: Start<u32>| Best(1)).await;
    assert_eq!((record.output(), record.elapsed()), (&1, Duration::ZERO));
}

#[workflow]
struct Remind;

#[workflow]
impl Remind {
    #[step(timeout = "1m")]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
        Start(days): Start<u64>,
    ) -> Stop<Option<bool>> {
        let day = Duration::from_hours(24);
        for number in 0..days {
            let wait = ctx.ask_for::<bool>(format!("reminder {number}")).timeout(day);
            if let Ok(answer) = wait.await {
                return Stop(Some(answer));
            }
        }
        Stop(None)
    }
}

#[tokio::test]
async fn reminders_wait_for_days() {
    let record = Remind.run(3).test().leave_open().await;
    assert_eq!((record.output(), record.elapsed()), (&None, Duration::from_hours(72)));
    let last = |question: &String| (question == "reminder 2").then_some(true);
    let test = || Remind.run(3).test().answer_with(last).leave_open();
    assert_eq!(test().await.output(), &Some(true));
    resume_everywhere(test, |whole, resumed| assert_eq!(whole.output(), resumed.output())).await;
}

#[workflow(state = Vec<u32>)]
struct Recover;

#[workflow]
impl Recover {
    #[step]
    async fn split(&self, Start(n): Start<u32>) -> Vec<Request> {
        (1..=n).map(Request).collect()
    }

    #[step(workers = 2)]
    async fn work(&self, ctx: &Context<Self>, Request(n): Request) -> StepResult<Offer> {
        let later = ctx.clone();
        tokio::spawn(async move { later.state().update(|done| done.push(n)) }).await?;
        Ok(Offer(n))
    }

    #[catch_error(steps(work))]
    async fn recover(&self, failed: StepFailed) -> Offer {
        Offer(if failed.error.to_string() == "down" { 100 } else { 0 })
    }

    #[step]
    async fn sum(&self, offers: Vec<Offer>) -> Stop<u32> {
        Stop(offers.iter().map(|offer| offer.0).sum())
    }
}

#[tokio::test]
async fn handlers_and_tasks_of_steps_run_in_every_order() {
    let test = || Recover.run(3).test().fault("work", .., Fault::error("down").of_execution(2));
    let orders = interleave(0..20, test, |record| {
        assert_eq!((record.executions("recover"), record.executions("work")), (1, 3));
        assert_eq!(record.state().len(), 2);
        assert!([102, 103, 104, 105].contains(record.output()), "{}", record.output());
    });
    assert!(orders.await > 1);
}

/// A workflow over the client that it uses, here a fake.
#[workflow]
struct Fetch<C> {
    client: C,
}

trait Client: Send + Sync + 'static {
    fn get(&self, page: u32) -> String;
}

struct Fake;

impl Client for Fake {
    fn get(&self, page: u32) -> String {
        format!("page {page}")
    }
}

#[workflow]
impl<C: Client> Fetch<C> {
    #[step]
    async fn fetch(&self, Start(page): Start<u32>) -> Text {
        Text(self.client.get(page))
    }

    #[step]
    async fn show(&self, Text(text): Text) -> Stop<String> {
        Stop(text)
    }
}

#[event]
struct Text(String);

#[tokio::test]
async fn generic_workflow_and_shared_instance_are_tested() {
    let workflow = Arc::new(Fetch { client: Fake });
    assert_eq!(workflow.clone().run(3).test().await.output(), "page 3");
    let record = workflow.run(3).test().replace("fetch", |Start(page): Start<u32>| Text(page.to_string())).await;
    assert_eq!(record.output(), "3");
}

#[workflow]
struct Joined;

#[event]
struct Left(u32);

#[event]
struct Right(u32);

#[workflow]
impl Joined {
    #[step]
    async fn split(&self, Start(n): Start<u32>) -> (Left, Right) {
        (Left(n), Right(n + 1))
    }

    #[step]
    async fn join(&self, Left(left): Left, Right(right): Right) -> Stop<u32> {
        Stop(left * right)
    }
}

#[tokio::test]
async fn run_that_cannot_end_is_stalled() {
    let record = Joined.run(2).test().replace("split", |_: Start<u32>| Left(1)).await;
    assert!(record.error().to_string().contains("join"), "{}", record.error());
    assert_eq!(Joined.run(2).test().await.output(), &6);
}

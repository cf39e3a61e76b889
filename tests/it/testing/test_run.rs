//! Runs that a test drives event by event.

use workflows_runtime::{StepPhase, prelude::*};

#[event]
struct Page(u32);

#[event]
struct Read(u32);

#[workflow(state = u32)]
struct Crawl;

#[workflow]
impl Crawl {
    #[step]
    async fn list(&self, Start(pages): Start<u32>) -> Vec<Page> {
        (1..=pages).map(Page).collect()
    }

    #[step(workers = 2)]
    async fn fetch(&self, ctx: &Context<Self>, Page(page): Page) -> Read {
        ctx.state().update(|fetched| *fetched += 1);
        Read(page)
    }

    #[step]
    async fn sum(&self, pages: Vec<Read>) -> Stop<u32> {
        Stop(pages.iter().map(|page| page.0).sum())
    }
}

#[tokio::test]
async fn queues_and_state_are_inspected_between_events() {
    let mut run = Crawl.run(5).test().start();
    assert_eq!(run.running("list"), 0);
    let event = run.next().await.unwrap();
    assert_eq!((event.step, event.phase), ("list", StepPhase::Running));
    assert_eq!((run.running("list"), run.queued("fetch")), (1, 0));

    run.until("fetch", StepPhase::Running).await;
    assert_eq!(run.state().get(), 0, "its code has not begun");
    assert_eq!((run.running("fetch"), run.queued("fetch")), (1, 3));
    run.until("fetch", StepPhase::Done).await;
    assert_eq!(run.record().returned::<Read>().len(), 2, "the other worker does not wait for the report");
    assert_eq!(run.state().get(), 2);

    let record = run.finish().await;
    assert_eq!(record.output(), &15);
    assert_eq!(record.executions("fetch"), 5);
}

#[tokio::test]
async fn events_end_with_the_run() {
    let mut run = Crawl.run(1).test().start();
    let mut steps = Vec::new();
    while let Some(event) = run.next().await {
        steps.push((event.step, event.phase));
    }
    assert_eq!(steps.len(), 6);
    assert!(run.next().await.is_none());
    assert!(run.snapshot().is_none());
    let message = super::panic_of(run.until("fetch", StepPhase::Running)).await;
    assert!(message.starts_with("the run of `Crawl` has ended, and `fetch` was not Running\n"), "{message}");
}

#[tokio::test]
async fn canceled_run_ends() {
    let mut run = Crawl.run(3).test().start();
    run.until("fetch", StepPhase::Running).await;
    run.cancel();
    let record = run.finish().await;
    assert!(matches!(record.error(), RunError::Cancelled), "{record:?}");
}

#[workflow]
struct Ask;

#[workflow]
impl Ask {
    #[step]
    async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
        InputRequired(question)
    }

    #[step]
    async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
        Stop(answer)
    }
}

#[tokio::test]
async fn prompts_are_answered_between_events() {
    let mut run = Ask.run("deploy?".to_owned()).test().start();
    while run.next().await.is_some() {}
    let prompts = run.open_prompts();
    assert_eq!(prompts[0].prompt, "deploy?");
    run.answer(prompts[0].id, true).unwrap();
    assert_eq!(run.answer(prompts[0].id, true).unwrap_err().to_string(), "prompt 1 is closed");
    assert_eq!(run.finish().await.output(), &true);
}

#[tokio::test]
async fn responses_are_sent_between_events() {
    let mut run = Ask.run("deploy?".to_owned()).test().start();
    while run.next().await.is_some() {}
    run.send(HumanResponse(true));
    assert_eq!(run.finish().await.output(), &true);
}

#[tokio::test]
async fn snapshot_between_events_is_resumed() {
    let mut run = Crawl.run(3).test().start();
    run.until("fetch", StepPhase::Done).await;
    let snapshot = run.snapshot().unwrap();
    drop(run);
    let record = Crawl.resume(snapshot).test().await;
    assert_eq!(record.output(), &6);
    assert_eq!(record.executions("list"), 0);
}

#[workflow]
struct Deadline;

#[workflow]
impl Deadline {
    #[step]
    async fn decide(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<bool>)>,
        Start(days): Start<u32>,
    ) -> Stop<Option<bool>> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let asked = ctx.ask_for::<bool>(days).timeout(Duration::from_hours(24) * days);
        Stop(asked.await.ok())
    }
}

#[tokio::test]
async fn run_stops_at_a_wait_before_its_timeout() {
    let mut run = Deadline.run(2).test().start();
    while run.next().await.is_some() {}
    assert_eq!(run.open_prompts().len(), 1);
    run.answer(run.open_prompts()[0].id, true).unwrap();
    let record = run.finish().await;
    assert_eq!((record.output(), record.elapsed()), (&Some(true), Duration::from_secs(1)));

    // Another call lets the wait expire, as do `until` and `finish`.
    let expired = Duration::from_hours(48) + Duration::from_secs(1);
    let mut run = Deadline.run(2).test().start();
    while run.next().await.is_some() {}
    assert_eq!(run.next().await.unwrap().phase, StepPhase::Done);
    assert_eq!(run.finish().await.elapsed(), expired);

    let mut run = Deadline.run(2).test().start();
    run.until("decide", StepPhase::Done).await;
    assert_eq!(run.finish().await.elapsed(), expired);
    assert_eq!(Deadline.run(2).test().start().finish().await.output(), &None);
    let mut run = Deadline.run(2).test().leave_open().start();
    while run.next().await.is_some() {}
    assert_eq!(run.finish().await.elapsed(), expired);
}

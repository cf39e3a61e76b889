//! What a record of a run contains.

use workflows_runtime::{StepPhase, prelude::*};

#[event]
#[derive(PartialEq)]
struct Order(u32);

#[event]
#[derive(PartialEq)]
struct Part(u32);

#[event]
#[derive(PartialEq)]
struct Note(String);

#[event]
#[derive(PartialEq)]
struct Packed(u32);

#[workflow(state = u32, stream = OneOf<String, u32>)]
struct Factory;

#[workflow]
impl Factory {
    #[step]
    async fn take(&self, ctx: &Context<Self, (Note,)>, Start(parts): Start<u32>) -> Order {
        ctx.publish("taken".to_owned());
        ctx.send(Note("sent".to_owned()));
        Order(parts)
    }

    #[step]
    async fn note(&self, ctx: &Context<Self>, Note(text): Note) {
        ctx.publish(text);
    }

    #[step]
    async fn cut(&self, ctx: &Context<Self>, Order(parts): Order) -> Vec<Part> {
        ctx.publish(parts);
        (1..=parts).map(Part).collect()
    }

    #[step]
    async fn pack(&self, ctx: &Context<Self>, part: Part) -> Option<Packed> {
        ctx.state().update(|sum| *sum += part.0);
        let parts = ctx.collect(part, 2)?;
        Some(Packed(parts.iter().map(|part| part.0).sum()))
    }

    #[step]
    async fn ship(&self, packed: Vec<Packed>) -> Stop<u32> {
        Stop(packed.iter().map(|packed| packed.0).sum())
    }
}

#[tokio::test]
async fn record_contains_everything_by_type() {
    let record = Factory.run(4).test().await;
    assert_eq!(record.output(), &10);
    assert_eq!(record.state(), &10);
    assert_eq!(record.published_of::<String, _>(), ["taken", "sent"]);
    assert_eq!(record.published_of::<u32, _>(), [4]);
    assert_eq!(record.published().len(), 3);
    assert_eq!(record.sent::<Note>(), [Note("sent".to_owned())]);
    assert_eq!(record.sent::<Part>(), []);
    assert_eq!(record.returned::<Order>(), [Order(4)]);
    assert_eq!(record.returned::<Part>(), [Part(1), Part(2), Part(3), Part(4)]);
    assert_eq!(record.returned::<Packed>(), [Packed(3), Packed(7)]);
    assert_eq!(record.collected::<Part>(), [Part(1), Part(2), Part(3), Part(4)]);
    assert_eq!((record.executions("pack"), record.attempts("pack")), (4, 4));
    assert_eq!(record.executions("ship"), 1);
    assert_eq!(record.path()[..2], ["take", "note"]);
    let done = record.steps().iter().filter(|event| event.phase == StepPhase::Done).count();
    assert_eq!(done, 8);
}

#[tokio::test]
async fn record_equals_the_events_of_a_started_run() {
    let record = Factory.run(4).test().await;
    let (run, mut events) = Factory.run(4).step_events(true).start_with_events();
    run.await.unwrap();
    let mut steps = Vec::new();
    let mut published = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            RunEvent::Step(event) => steps.push(event),
            RunEvent::Published(item) => published.push(item),
            _ => {}
        }
    }
    assert_eq!(record.steps(), steps);
    assert_eq!(record.published(), published);
}

#[workflow]
struct Fails;

#[workflow]
impl Fails {
    #[step(retry = Retry::immediate().max_attempts(2))]
    async fn fail(&self, Start(()): Start<()>) -> StepResult<Stop<()>> {
        Err(StepError::msg("out of paper"))
    }
}

#[tokio::test]
async fn failed_run_has_an_error_and_no_output() {
    let record = Fails.run(()).test().await;
    assert_eq!(record.error().to_string(), "step `fail` failed after 2 attempts: out of paper");
    let errors: Vec<_> = record.errors("fail").iter().map(ToString::to_string).collect();
    assert_eq!(errors, ["out of paper", "out of paper"]);
    let message = super::panic_in(|| record.output().to_owned());
    assert!(message.starts_with("the run of `Fails` has no output: step `fail` failed"), "{message}");
    assert!(message.contains("`fail` (execution 1, attempt 1) is retried after 0ns: out of paper"), "{message}");
}

#[tokio::test]
async fn unknown_step_is_named_with_the_known_ones() {
    let record = Factory.run(1).test().await;
    let message = super::panic_in(|| record.executions("shp"));
    let expected = "`Factory` has no step `shp`\nhelp: its steps are `take`, `note`, `cut`, `pack`, `ship`";
    assert_eq!(message, expected);
}

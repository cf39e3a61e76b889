//! What a run writes is in proportion to what happens in it, also while its steps wait, ask and collect.
#![allow(missing_docs)]

#[path = "common/logged.rs"]
mod logged;
#[path = "common/wide.rs"]
mod wide;
#[path = "common/written.rs"]
mod written;

use self::{
    logged::Logged,
    wide::{Got, Part, Wide, parts, text},
    written::Written,
};
use std::time::Duration;
use tokio::time::sleep;
use workflows_durable::{DurableRun, Host, Store, StreamItem};
use workflows_runtime::prelude::*;

#[tokio::test]
async fn fan_out_writes_at_most_three_times_its_events() {
    let parts = 10_000;
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Wide).start().await.unwrap();
    let run = host.run::<Wide>(parts).start().await.unwrap();
    assert_eq!(run.result().await.unwrap(), parts as usize);
    let event = |number| {
        let (part, got) = (Part { number, text: text(number) }, Got { number, text: text(number) });
        serde_json::to_string(&part).unwrap().len() + serde_json::to_string(&got).unwrap().len()
    };
    let events: usize = (0..parts).map(event).sum();
    let written = Written::of(&store);
    println!("{written:?} for {events} bytes of events");
    assert!(written.bytes <= 3 * events, "{written:?} for {events} bytes of events");
    assert!(written.snapshots < 10, "{written:?}");
}

#[event]
struct Extra(u32);
#[derive(Debug, thiserror::Error)]
#[error("busy")]
struct Busy;

#[event]
struct Question;
#[event]
struct Checked(bool);
#[event]
struct All(usize);

/// A fan-out while a step waits and another prompt is open.
#[workflow(stream = String)]
struct Asking;

#[workflow]
impl Asking {
    #[step]
    async fn split(&self, Start(count): Start<u32>) -> (Question, Vec<Part>, InputRequired<String>) {
        (Question, parts(count), InputRequired("name?".to_owned()))
    }
    #[step]
    async fn ask(&self, ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>, _: Question) -> Checked {
        Checked(ctx.ask_for::<bool>("good?".to_owned()).await)
    }
    #[step(workers = 8, retry = Retry::fixed(Duration::from_millis(1)).max_attempts(2))]
    async fn part(&self, ctx: &Context<Self>, Part { number, text }: Part) -> StepResult<Got> {
        if number % 7 == 3 && ctx.attempt().number == 1 {
            return Err(Busy.into());
        }
        Ok(Got { number, text })
    }
    #[step]
    async fn gather(&self, ctx: &Context<Self>, all: Vec<Got>) -> All {
        ctx.publish("gathered".to_owned());
        All(all.len())
    }
    #[step]
    async fn end(
        &self,
        All(len): All,
        Checked(is_good): Checked,
        HumanResponse(name): HumanResponse<String>,
    ) -> Stop<String> {
        Stop(format!("{name}: {len}, {is_good}"))
    }
}

/// Answers the prompts that are open once all parts are gathered.
async fn answered(run: &DurableRun<Asking>) -> String {
    let mut stream = run.stream();
    while let Some(item) = stream.next().await {
        if let StreamItem::Published { .. } = item.unwrap() {
            break;
        }
    }
    for workflows_runtime::OpenPrompt { id, prompt, .. } in run.open_prompts() {
        // Refused if the answer was stored before the crash.
        let _ = match &prompt[..] {
            "good?" => run.answer(id, true).await,
            _ => run.answer(id, "Ann".to_owned()).await,
        };
    }
    run.result().await.unwrap()
}

/// A snapshot for each record would be in proportion to the square of the events.
fn assert_linear(written: &Written, parts: u32) {
    let event = |number| serde_json::to_string(&Part { number, text: text(number) }).unwrap().len();
    let events: usize = (0..parts).map(event).sum();
    println!("{written:?} for {events} bytes of parts");
    assert!(written.bytes <= 8 * events, "{written:?} for {events} bytes of parts");
    assert!(written.snapshots < 30, "{written:?}");
}

#[tokio::test]
async fn waits_and_open_prompts_do_not_need_snapshots() {
    let parts = 2_000;
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Asking).start().await.unwrap();
    let run = host.run::<Asking>(parts).start().await.unwrap();
    assert_eq!(answered(&run).await, "Ann: 2000, true");
    assert_linear(&Written::of(&store), parts);
}

#[tokio::test(start_paused = true)]
async fn crash_while_a_step_waits_does_not_change_the_result() {
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Asking).start().await.unwrap();
    let run = host.run::<Asking>(100).id("a").start().await.unwrap();
    let expected = answered(&run).await;
    let written = Written::of(&store);
    assert!(written.records_of_ticks > 15, "{written:?}");
    let commits = store.commits.lock().unwrap().len();
    for count in 1..commits {
        let host = Host::on(store.after(count).await).workflow(Asking).start().await.unwrap();
        assert_eq!(host.recovered().refused, [], "after commit {count}");
        let result = match host.handle::<Asking>("a") {
            Some(run) => answered(&run).await,
            None => serde_json::from_str(&host.find("a").await.unwrap().unwrap().result.unwrap()).unwrap(),
        };
        assert_eq!(result, expected, "crashed after commit {count} of {commits}");
    }
}

/// A fan-out that adds to its state.
#[workflow(state = Vec<String>)]
struct Noting;

#[workflow]
impl Noting {
    #[step]
    async fn split(&self, Start(count): Start<u32>) -> Vec<Part> {
        parts(count)
    }
    #[step(workers = 8)]
    async fn part(&self, ctx: &Context<Self>, Part { number, text }: Part) -> Extra {
        ctx.state().update(|notes| notes.push(text));
        Extra(number)
    }
    #[step]
    async fn gather(&self, ctx: &Context<Self>, all: Vec<Extra>) -> Stop<(usize, usize)> {
        Stop((all.len(), ctx.state().get().len()))
    }
}

#[tokio::test]
async fn growing_state_is_written_once() {
    let parts = 2_000;
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Noting).start().await.unwrap();
    let run = host.run::<Noting>(parts).start().await.unwrap();
    assert_eq!(run.result().await.unwrap(), (2_000, 2_000));
    assert_linear(&Written::of(&store), parts);
}

#[tokio::test(start_paused = true)]
async fn crash_while_the_state_grows_does_not_change_it() {
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Noting).start().await.unwrap();
    let run = host.run::<Noting>(100).id("a").start().await.unwrap();
    run.result().await.unwrap();
    let commits = store.commits.lock().unwrap().len();
    assert!(commits > 10, "{commits}");
    for count in 1..commits {
        let host = Host::on(store.after(count).await).workflow(Noting).start().await.unwrap();
        assert_eq!(host.recovered().refused, [], "after commit {count}");
        let Some(run) = host.handle::<Noting>("a") else { continue };
        let (all, notes) = run.result().await.unwrap();
        // A part that was in flight may note twice.
        assert_eq!(all, 100);
        assert!((100..108).contains(&notes), "{notes} notes after a crash behind commit {count} of {commits}");
    }
}

/// The same workflow, with a state of another type.
mod counting {
    use super::{Extra, Part, parts};
    use workflows_runtime::prelude::*;

    #[workflow(state = usize)]
    pub(crate) struct Noting;

    #[workflow]
    impl Noting {
        #[step]
        async fn split(&self, Start(count): Start<u32>) -> Vec<Part> {
            parts(count)
        }
        #[step(workers = 8)]
        async fn part(&self, ctx: &Context<Self>, Part { number, .. }: Part) -> Extra {
            ctx.state().update(|notes| *notes += 1);
            Extra(number)
        }
        #[step]
        async fn gather(&self, ctx: &Context<Self>, all: Vec<Extra>) -> Stop<(usize, usize)> {
            Stop((all.len(), ctx.state().get()))
        }
    }
}

#[tokio::test(start_paused = true)]
async fn state_that_has_grown_in_ticks_is_migrated() {
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Noting).start().await.unwrap();
    let run = host.run::<Noting>(100).id("a").start().await.unwrap();
    run.result().await.unwrap();
    let commits = store.commits.lock().unwrap().len();
    let mut with_changes = 0;
    for count in 1..commits {
        let store = store.after(count).await;
        let Some(stored) = store.load("a".into()).await.unwrap().filter(|_| count + 2 < commits) else { continue };
        with_changes += u32::from(stored.ticks.iter().flatten().any(|tick| tick.contains("\"splice\":")));
        let host = Host::on(store).workflow(counting::Noting).start().await.unwrap();
        let [(_, reason)] = &host.recovered().refused[..] else { continue };
        assert!(reason.contains("sequence, expected usize"), "{reason}");
        let migration = host.migration::<counting::Noting>().state(|notes: Vec<String>| notes.len());
        migration.apply().await.unwrap();
        let (all, notes) = host.handle::<counting::Noting>("a").unwrap().result().await.unwrap();
        assert_eq!(all, 100);
        assert!((100..108).contains(&notes), "{notes} notes after a migration behind commit {count}");
    }
    assert!(with_changes > 5, "{with_changes}");
}

/// A fan-out whose parts are collected: in pairs, and all of them.
#[workflow(state = u32)]
struct Collecting;

#[workflow]
impl Collecting {
    #[step]
    async fn split(&self, Start(parts): Start<u32>) -> Vec<Part> {
        (0..parts).map(|number| Part { number, text: text(parts) }).collect()
    }
    #[step(workers = 8, retry = Retry::fixed(Duration::from_millis(1)).max_attempts(2))]
    async fn part(&self, ctx: &Context<Self>, part: Part) -> StepResult<Option<Stop<(usize, u32)>>> {
        let pair = ctx.collect_as("pair", part.clone(), 2);
        sleep(Duration::from_millis(u64::from(part.number % 3))).await;
        if part.number % 7 == 3 && ctx.attempt().number == 1 {
            return Err(Busy.into());
        }
        if let Some(pair) = pair {
            ctx.state().update(|pairs| *pairs += u32::try_from(pair.len()).unwrap());
        }
        let count = part.text.trim_start_matches('0').parse().unwrap();
        let Some(all) = ctx.collect(part, count) else { return Ok(None) };
        let sum = all.iter().map(|part| part.number as usize).sum();
        Ok(Some(Stop((sum, ctx.state().get()))))
    }
}

#[tokio::test]
async fn collected_events_do_not_need_snapshots() {
    let parts = 2_000;
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Collecting).start().await.unwrap();
    let run = host.run::<Collecting>(parts).start().await.unwrap();
    let (sum, in_pairs) = run.result().await.unwrap();
    assert_eq!(sum, 1_999 * 1_000);
    assert!(in_pairs > 1_900, "{in_pairs}");
    assert_linear(&Written::of(&store), parts);
}

#[tokio::test(start_paused = true)]
async fn crash_while_events_are_collected_loses_none() {
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Collecting).start().await.unwrap();
    let run = host.run::<Collecting>(100).id("a").start().await.unwrap();
    let (expected, _) = run.result().await.unwrap();
    let written = Written::of(&store);
    assert!(written.records_of_ticks > 15, "{written:?}");
    let commits = store.commits.lock().unwrap().len();
    for count in 1..commits {
        let host = Host::on(store.after(count).await).workflow(Collecting).start().await.unwrap();
        assert_eq!(host.recovered().refused, [], "after commit {count}");
        let (sum, _) = match host.handle::<Collecting>("a") {
            Some(run) => run.result().await.unwrap(),
            None => serde_json::from_str(&host.find("a").await.unwrap().unwrap().result.unwrap()).unwrap(),
        };
        // Each part is in one set.
        assert_eq!(sum, expected, "crashed after commit {count} of {commits}");
    }
}

/// Adds up pairs of parts. Each pair leaves nothing behind.
#[workflow]
struct Pairing;

#[workflow]
impl Pairing {
    #[step]
    async fn split(&self, Start(count): Start<u32>) -> Vec<Part> {
        parts(count)
    }
    #[step(workers = 1)]
    async fn part(&self, ctx: &Context<Self>, part: Part) -> Option<Extra> {
        let pair = ctx.collect(part, 2)?;
        Some(Extra(pair.iter().map(|part| part.number).sum()))
    }
    #[step]
    async fn gather(&self, all: Vec<Extra>) -> Stop<Vec<u32>> {
        Stop(all.iter().map(|Extra(sum)| *sum).collect())
    }
}

#[tokio::test(start_paused = true)]
async fn crash_between_two_sets_loses_and_repeats_no_event() {
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Pairing).start().await.unwrap();
    let run = host.run::<Pairing>(200).id("a").start().await.unwrap();
    let expected = run.result().await.unwrap();
    assert_eq!(expected, (0..100).map(|pair| 4 * pair + 1).collect::<Vec<_>>());
    let written = Written::of(&store);
    assert!(written.records_of_ticks > 50, "{written:?}");
    let commits = store.commits.lock().unwrap().len();
    for count in 1..commits {
        let host = Host::on(store.after(count).await).workflow(Pairing).start().await.unwrap();
        assert_eq!(host.recovered().refused, [], "after commit {count}");
        let Some(run) = host.handle::<Pairing>("a") else { continue };
        assert_eq!(run.result().await.unwrap(), expected, "crashed after commit {count} of {commits}");
    }
}

//! Ticks in place of snapshots: what is written is in proportion to what happens, and a replay leads to the same run.
#![allow(missing_docs)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::sleep;
use workflows_durable::{
    DurableRun, Host, MemoryStore, RunStatus, Store, StreamItem,
    store::{self, Applied, Change, ChangeKind, Damaged, OwnerId, StoreFuture, StoredRun},
};
use workflows_runtime::{RunId, prelude::*};

/// A store that remembers all commits.
#[derive(Clone, Default)]
struct Logged {
    store: MemoryStore,
    commits: Arc<Mutex<Vec<Arc<[Change]>>>>,
}

impl store::StoreWrapper for Logged {
    fn inner(&self) -> &dyn Store {
        &self.store
    }
    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
        self.commits.lock().unwrap().push(Arc::clone(&changes));
        self.inner().commit(changes)
    }
}

/// What the commits have written.
#[derive(Debug, Default)]
struct Written {
    snapshots: usize,
    records_of_ticks: usize,
    bytes: usize,
}

impl Logged {
    fn written(&self) -> Written {
        let mut written = Written::default();
        for change in self.commits.lock().unwrap().iter().flat_map(|changes| changes.iter()) {
            match &change.kind {
                ChangeKind::Start { snapshot, .. } => {
                    written.snapshots += 1;
                    written.bytes += snapshot.len();
                }
                ChangeKind::Progress { snapshot, ticks, .. } => {
                    assert!(snapshot.is_none() || ticks.is_none(), "either of them");
                    written.snapshots += usize::from(snapshot.is_some());
                    written.records_of_ticks += usize::from(ticks.is_some());
                    written.bytes += snapshot.as_ref().map_or(0, String::len) + ticks.as_ref().map_or(0, String::len);
                }
                ChangeKind::End { result, snapshot, .. } => {
                    written.bytes += snapshot.as_ref().map_or(0, String::len) + result.as_ref().map_or(0, String::len);
                }
                _ => {}
            }
        }
        written
    }

    /// A store with the first `count` commits.
    async fn after(&self, count: usize) -> MemoryStore {
        let commits: Vec<Arc<[Change]>> = self.commits.lock().unwrap()[..count].to_vec();
        let store = MemoryStore::new();
        for changes in commits {
            store.commit(changes).await.unwrap();
        }
        store
    }
}

#[event]
struct Part {
    number: u32,
    text: String,
}

#[event]
struct Got {
    number: u32,
    text: String,
}

/// The text of an event of ordinary size.
fn text(number: u32) -> String {
    format!("{number:0>100}")
}

#[workflow]
struct Wide;

#[workflow]
impl Wide {
    #[step]
    async fn split(&self, Start(parts): Start<u32>) -> Vec<Part> {
        (0..parts).map(|number| Part { number, text: text(number) }).collect()
    }
    #[step(workers = 8)]
    async fn part(&self, Part { number, text }: Part) -> Got {
        Got { number, text }
    }
    #[step]
    async fn gather(&self, all: Vec<Got>) -> Stop<usize> {
        Stop(all.len())
    }
}

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
    let written = store.written();
    println!("{written:?} for {events} bytes of events");
    assert!(written.bytes <= 3 * events, "{written:?} for {events} bytes of events");
    assert!(written.snapshots < 10, "{written:?}");
}

#[event]
struct Group(u32);
#[event]
struct Cell(u32, u32);
#[event]
struct Tried(u32, u32);
#[event]
struct Row(u32);
#[event]
struct Extra(u32);
#[event]
struct Fast(u32);
#[event]
struct Won(u32);
#[event]
struct Left(u32);
#[event]
struct Right(u32);
#[event]
struct Late(u32);
#[event]
struct Due(u32);

/// Nested fan-outs, sends, retries with a typed condition, a handler, children, state, a race, a join, blocking code and a
/// timeout.
#[workflow(state = Vec<u32>, timeout = "24h")]
struct Everything;

#[derive(Debug, thiserror::Error)]
#[error("busy")]
struct Busy;

#[workflow]
impl Everything {
    #[step]
    async fn start(&self, Start(groups): Start<u32>) -> Vec<Group> {
        (0..groups).map(Group).collect()
    }
    #[step(workers = 2)]
    async fn spread(&self, Group(of): Group) -> Vec<Cell> {
        sleep(Duration::from_millis(2)).await;
        (0..6).map(|n| Cell(of, n)).collect()
    }
    #[step(
        workers = 3,
        timeout = "1h",
        retry = Retry::fixed(Duration::from_millis(20)).max_attempts(3).when(StepError::is::<Busy>)
    )]
    async fn flaky(&self, ctx: &Context<Self, (Extra,)>, Cell(of, n): Cell) -> StepResult<Tried> {
        if ctx.attempt().number == 1 {
            ctx.send(Extra(n));
        }
        sleep(Duration::from_millis(3)).await;
        if n == 1 && ctx.attempt().number < 3 {
            return Err(Busy.into());
        }
        if n == 3 {
            return Err(StepError::msg("never"));
        }
        ctx.state().update(|seen| seen.push(of * 10 + n));
        Ok(Tried(of, n))
    }
    #[catch_error(steps(flaky))]
    async fn recover(&self, failed: StepFailed) -> Tried {
        let Some(Cell(of, n)) = failed.input() else { return Tried(0, 0) };
        Tried(of, n + 100 * failed.attempts)
    }
    #[step(workers = 2)]
    #[blocking(io)]
    fn extra(&self, Extra(n): Extra) {
        std::hint::black_box(n);
    }
    /// After a child, the driver has nothing to clean up any more. It must not take fast paths past the journal.
    #[step]
    async fn row(&self, ctx: &Context<Self>, all: Vec<Tried>) -> StepResult<Row> {
        let parts = ctx.run_child(&Arc::new(Wide), 2).await?;
        assert_eq!(parts, 2);
        Ok(Row(all.iter().map(|Tried(_, n)| n).sum()))
    }
    #[step]
    async fn rows(&self, all: Vec<Row>) -> Vec<Fast> {
        let sum = all.iter().map(|Row(n)| n).sum();
        vec![Fast(sum), Fast(sum + 1), Fast(sum + 2)]
    }
    #[step]
    async fn race(&self, Fast(n): Fast) -> Won {
        sleep(Duration::from_millis(u64::from(n % 3) * 500)).await;
        Won(n)
    }
    #[step]
    async fn first(&self, First([Won(n)]): First<Won, 1>) -> (Left, Right) {
        (Left(n), Right(n))
    }
    #[step]
    async fn pair(&self, Left(a): Left, Right(b): Right) -> Late {
        Late(a + b)
    }
    #[step(timeout = "50ms", retry = Retry::fixed(Duration::from_millis(10)).max_attempts(3))]
    async fn late(&self, ctx: &Context<Self>, Late(n): Late) -> Due {
        if ctx.attempt().number < 3 {
            sleep(Duration::from_secs(1)).await;
        }
        Due(n)
    }
    #[step]
    async fn end(&self, ctx: &Context<Self>, Due(n): Due) -> Stop<(u32, Vec<u32>)> {
        let mut seen = ctx.state().get();
        seen.sort_unstable();
        Stop((n, seen))
    }
}

#[tokio::test(start_paused = true)]
async fn crash_at_any_commit_does_not_change_the_result() {
    let groups = 4;
    let expected = Everything.run(groups).await.unwrap();
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Everything).start().await.unwrap();
    let run = host.run::<Everything>(groups).id("a").start().await.unwrap();
    assert_eq!(run.result().await.unwrap(), expected);
    let written = store.written();
    assert!(written.records_of_ticks > 20, "{written:?}");

    let commits = store.commits.lock().unwrap().len();
    for count in 1..commits {
        // The second process dies after half of what is left.
        let second = Logged { store: store.after(count).await, ..Logged::default() };
        let result = continued(second.clone(), count).await;
        assert_eq!(result, expected, "crashed after commit {count} of {commits}");
    }
}

/// Continues the run `a` to its end.
async fn continued(store: impl Store + Clone, count: usize) -> (u32, Vec<u32>) {
    let host = Host::on(store).workflow(Everything).start().await.unwrap();
    let recovered = host.recovered();
    assert!(recovered.refused.is_empty(), "after commit {count}: {:?}", recovered.refused);
    if let Some(run) = host.handle::<Everything>("a") {
        return run.result().await.unwrap();
    }
    let found = host.find("a").await.unwrap().unwrap();
    assert_eq!(found.status, RunStatus::Completed, "{found:?}");
    serde_json::from_str(&found.result.unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn second_crash_does_not_change_the_result() {
    let groups = 2;
    let expected = Everything.run(groups).await.unwrap();
    let first = Logged::default();
    let host = Host::on(first.clone()).workflow(Everything).start().await.unwrap();
    let run = host.run::<Everything>(groups).id("a").start().await.unwrap();
    assert_eq!(run.result().await.unwrap(), expected);
    let commits = first.commits.lock().unwrap().len();
    for count in (1..commits).step_by(3) {
        let second = Logged { store: first.after(count).await, ..Logged::default() };
        // What it begins with is not among its commits.
        let begin = first.after(count).await;
        assert_eq!(continued(second.clone(), count).await, expected);
        let log: Vec<Arc<[Change]>> = second.commits.lock().unwrap().clone();
        let third = begin;
        claim(&third).await;
        for changes in log.iter().take(log.len() / 2) {
            let applied = third.commit(Arc::clone(changes)).await.unwrap();
            assert!(applied.iter().all(|applied| *applied == Applied::Done), "{applied:?}");
        }
        assert_eq!(continued(third, count).await, expected, "crashed after commit {count} and half of the rest");
    }
}

async fn claim(store: &impl Store) -> Vec<StoredRun> {
    let unowned = store.owners().unowned(vec!["Everything".to_owned()], 0, 10).await.unwrap();
    let runs = unowned.into_iter().map(|run| (run.id, run.epoch)).collect();
    store.claim(OwnerId::random(), runs).await.unwrap()
}

/// A store whose runs are claimed with other ticks.
#[derive(Clone)]
struct Edited {
    store: MemoryStore,
    edit: fn(&mut Vec<Result<String, Damaged>>),
}

impl store::StoreWrapper for Edited {
    fn inner(&self) -> &dyn Store {
        &self.store
    }
    fn claim(&self, owner: OwnerId, runs: Vec<(RunId, u64)>) -> StoreFuture<'_, Vec<StoredRun>> {
        Box::pin(async move {
            let mut claimed = self.inner().claim(owner, runs).await?;
            for run in &mut claimed {
                (self.edit)(&mut run.ticks);
            }
            Ok(claimed)
        })
    }
}

/// The digest is the last field.
fn other_digest(text: &mut String) {
    let at = text.find("\"digest\":").expect("each record of a small run has a digest");
    text.replace_range(at.., "\"digest\":7}");
}

/// Replaces a part of each text.
fn replace(ticks: &mut [Result<String, Damaged>], from: &str, to: &str) {
    for text in ticks.iter_mut().flatten() {
        *text = text.replace(from, to);
    }
}

#[tokio::test(start_paused = true)]
async fn ticks_that_lead_elsewhere_are_refused() {
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Everything).start().await.unwrap();
    let run = host.run::<Everything>(2).id("a").start().await.unwrap();
    run.result().await.unwrap();
    // A moment with several records of ticks.
    let commits = store.commits.lock().unwrap().len();
    let mut crashed = 0;
    for count in 1..commits {
        if claim(&store.after(count).await).await.first().is_some_and(|run| run.ticks.len() >= 3) {
            crashed = count;
            break;
        }
    }
    assert!(crashed > 0, "there are ticks");
    let damaged = |edit| Edited { store: MemoryStore::new(), edit };
    let cases = [
        (damaged(|ticks| drop(ticks.remove(1))), "tick record 1 is missing"),
        (damaged(|ticks| ticks.swap(0, 1)), "tick record 0 is missing"),
        (damaged(|ticks| ticks[2] = Err(Damaged { what: "tick" })), "the stored tick is damaged"),
        (damaged(|ticks| ticks[1] = Ok("{".to_owned())), "tick record 1 cannot be read"),
        (damaged(|ticks| replace(ticks, "\"version\":2", "\"version\":7")), "the ticks have version 7"),
        (damaged(|ticks| replace(ticks, "\"digest\":", "\"digest\":7,\"digest\":")), "duplicate field `digest`"),
        (damaged(|ticks| ticks.iter_mut().flatten().for_each(other_digest)), "does not lead to the state"),
        (damaged(|ticks| replace(ticks, "\"digest\":", "\"other\":")), "unknown field `other`"),
    ];
    for (case, reason) in cases {
        let store = Edited { store: store.after(crashed).await, ..case };
        let host = Host::on(store).workflow(Everything).start().await.unwrap();
        let recovered = host.recovered();
        let [(id, text)] = &recovered.refused[..] else { panic!("{recovered:?}, instead of {reason}") };
        assert_eq!(*id, "a");
        assert!(text.contains(reason), "{text}, instead of {reason}");
        assert!(host.find("a").await.unwrap().is_some(), "it stays in the store");
    }
}

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
    async fn split(&self, Start(parts): Start<u32>) -> (Question, Vec<Part>, InputRequired<String>) {
        let all = (0..parts).map(|number| Part { number, text: text(number) }).collect();
        (Question, all, InputRequired("name?".to_owned()))
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
    assert_linear(&store.written(), parts);
}

#[tokio::test(start_paused = true)]
async fn crash_while_a_step_waits_does_not_change_the_result() {
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Asking).start().await.unwrap();
    let run = host.run::<Asking>(100).id("a").start().await.unwrap();
    let expected = answered(&run).await;
    let written = store.written();
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
    async fn split(&self, Start(parts): Start<u32>) -> Vec<Part> {
        (0..parts).map(|number| Part { number, text: text(number) }).collect()
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
    assert_linear(&store.written(), parts);
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
    use super::{Extra, Part, text};
    use workflows_runtime::prelude::*;

    #[workflow(state = usize)]
    pub(crate) struct Noting;

    #[workflow]
    impl Noting {
        #[step]
        async fn split(&self, Start(parts): Start<u32>) -> Vec<Part> {
            (0..parts).map(|number| Part { number, text: text(number) }).collect()
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
    assert_linear(&store.written(), parts);
}

#[tokio::test(start_paused = true)]
async fn crash_while_events_are_collected_loses_none() {
    let store = Logged::default();
    let host = Host::on(store.clone()).workflow(Collecting).start().await.unwrap();
    let run = host.run::<Collecting>(100).id("a").start().await.unwrap();
    let (expected, _) = run.result().await.unwrap();
    let written = store.written();
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
    async fn split(&self, Start(parts): Start<u32>) -> Vec<Part> {
        (0..parts).map(|number| Part { number, text: text(number) }).collect()
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
    let written = store.written();
    assert!(written.records_of_ticks > 50, "{written:?}");
    let commits = store.commits.lock().unwrap().len();
    for count in 1..commits {
        let host = Host::on(store.after(count).await).workflow(Pairing).start().await.unwrap();
        assert_eq!(host.recovered().refused, [], "after commit {count}");
        let Some(run) = host.handle::<Pairing>("a") else { continue };
        assert_eq!(run.result().await.unwrap(), expected, "crashed after commit {count} of {commits}");
    }
}

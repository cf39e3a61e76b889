//! Several hosts on one store.
#![allow(missing_docs)]

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};
use tokio::time::{Instant, sleep};
use workflows_durable::{
    DurableRun, Filter, Host, HostError, MemoryStore, MessageError, ResultError, RunInfo, RunStatus, Store, StoreError,
    store::{
        self, Applied, Change, ChangeKind, OwnerId, Owners, StoreFuture, StoredItem, StoredMessage, StoredRun, Unowned,
    },
};
use workflows_runtime::{AnswerErrorKind, PromptId, RunId, prelude::*};

const HOUR: i64 = 3600;

/// The clock of a store, which follows tokio's and can be set.
#[derive(Clone)]
struct Clock {
    began: Instant,
    jumped: Arc<AtomicI64>,
}

impl Clock {
    fn store() -> (Self, MemoryStore) {
        let clock = Self { began: Instant::now(), jumped: Arc::default() };
        let read = clock.clone();
        let epoch = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let store = MemoryStore::with_clock(move || {
            let jumped = read.jumped.load(Ordering::Relaxed);
            let now = epoch + read.began.elapsed();
            let by = Duration::from_secs(jumped.unsigned_abs());
            if jumped < 0 { now - by } else { now + by }
        });
        (clock, store)
    }

    fn jump(&self, seconds: i64) {
        self.jumped.fetch_add(seconds, Ordering::Relaxed);
    }
}

#[event]
struct Drafted(u32);

/// Asks, and takes a second for each of its steps.
#[workflow(stream = u32)]
#[derive(Default)]
struct Approve {
    begun: Arc<Mutex<Vec<String>>>,
}

#[workflow]
impl Approve {
    #[step]
    async fn draft(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> Drafted {
        self.begun.lock().unwrap().push(format!("draft {}", ctx.run_id()));
        ctx.publish(n);
        sleep(Duration::from_secs(1)).await;
        Drafted(n)
    }
    #[step]
    async fn ask(&self, Drafted(n): Drafted) -> InputRequired<u32> {
        InputRequired(n)
    }
    #[step]
    async fn done(&self, ctx: &Context<Self>, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool> {
        self.begun.lock().unwrap().push(format!("done {}", ctx.run_id()));
        sleep(Duration::from_secs(1)).await;
        Stop(yes)
    }
}

async fn host(store: &(impl Store + Clone)) -> Host {
    Host::on(store.clone()).workflow(Approve::default()).start().await.unwrap()
}

async fn started(host: &Host, id: &str) -> DurableRun<Approve> {
    host.run::<Approve>(7).id(id).start().await.unwrap()
}

async fn prompt(run: &DurableRun<Approve>) -> PromptId {
    loop {
        if let Some(open) = run.open_prompts().first() {
            return open.id;
        }
        sleep(Duration::from_millis(1)).await;
    }
}

async fn ended(host: &Host, id: &str) -> RunInfo {
    for _ in 0..10_000 {
        let found = host.find(id).await.unwrap().unwrap();
        if found.status != RunStatus::Running {
            return found;
        }
        sleep(Duration::from_secs(1)).await;
    }
    panic!("`{id}` does not end");
}

#[tokio::test(start_paused = true)]
async fn hosts_share_a_store_and_each_run_has_one_owner() {
    let store = MemoryStore::new();
    let (one, two) = (host(&store).await, host(&store).await);
    let (a, b) = (started(&one, "a").await, started(&two, "b").await);
    assert!(matches!(two.run::<Approve>(1).id("a").start().await, Err(HostError::Exists(_))));
    sleep(Duration::from_mins(10)).await;
    for host in [&one, &two] {
        let runs = host.list(Filter::default()).await.unwrap();
        let owners: Vec<_> = runs.iter().map(|run| (run.id.as_str(), run.owner.as_ref(), run.epoch)).collect();
        assert_eq!(owners, [("a", Some(one.owner()), 1), ("b", Some(two.owner()), 1)], "neither is fenced");
        assert_eq!(host.items("a", 0, 10).await.unwrap().len(), 1);
        assert!(host.recovered().resumed.is_empty());
    }
    assert!(two.handle::<Approve>("a").is_none() && one.handle::<Approve>("b").is_none());
    for run in [a, b] {
        run.answer(prompt(&run).await, true).await.unwrap();
        assert!(run.result().await.unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn stopped_host_gives_its_runs_to_the_other_one() {
    let store = MemoryStore::new();
    let (one, two) = (host(&store).await, host(&store).await);
    let a = started(&one, "a").await;
    prompt(&a).await;
    one.stop().await;
    two.take_over().await.unwrap();
    assert_eq!(two.recovered().resumed, ["a"]);
    let b = started(&two, "b").await;
    prompt(&b).await;
    two.stop().await;
    assert!(matches!(two.take_over().await, Err(HostError::Stopped)));

    // Without a call, it takes a second.
    let three = host(&store).await;
    let four = host(&store).await;
    assert_eq!(three.recovered().resumed, ["a", "b"]);
    three.stop().await;
    sleep(Duration::from_secs(2)).await;
    assert_eq!(four.recovered().resumed, ["a", "b"]);
    let run = four.handle::<Approve>("a").unwrap();
    run.answer(prompt(&run).await, true).await.unwrap();
    assert!(run.result().await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn host_that_is_dropped_gives_its_runs_back() {
    let store = MemoryStore::new();
    let one = host(&store).await;
    let a = started(&one, "a").await;
    prompt(&a).await;
    drop((one, a));
    let two = host(&store).await;
    sleep(Duration::from_secs(3)).await;
    assert_eq!(two.recovered().resumed, ["a"]);
}

/// A store that a process cannot reach while `is_cut_off` is set.
#[derive(Clone)]
struct Link {
    store: MemoryStore,
    is_cut_off: Arc<AtomicBool>,
}

impl Link {
    fn to(store: &MemoryStore) -> Self {
        Self { store: store.clone(), is_cut_off: Arc::default() }
    }

    fn cut(&self, is_cut_off: bool) {
        self.is_cut_off.store(is_cut_off, Ordering::Relaxed);
    }

    fn through<'a, T: Send + 'a>(&'a self, future: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        if self.is_cut_off.load(Ordering::Relaxed) {
            return Box::pin(async { Err(StoreError::new("no route")) });
        }
        future
    }
}

impl Store for Link {
    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
        self.through(self.store.commit(changes))
    }
    fn claim(&self, owner: OwnerId, runs: Vec<(RunId, u64)>) -> StoreFuture<'_, Vec<StoredRun>> {
        self.through(self.store.claim(owner, runs))
    }
    fn owners(&self) -> &dyn Owners {
        self
    }
    fn load(&self, run: RunId) -> StoreFuture<'_, Option<StoredRun>> {
        self.through(self.store.load(run))
    }
    fn find(&self, run: RunId) -> StoreFuture<'_, Option<RunInfo>> {
        self.through(self.store.find(run))
    }
    fn list(&self, filter: Filter) -> StoreFuture<'_, Vec<RunInfo>> {
        self.through(self.store.list(filter))
    }
    fn items(&self, run: RunId, from: u64, limit: usize) -> StoreFuture<'_, Vec<StoredItem>> {
        self.through(self.store.items(run, from, limit))
    }
}

impl Owners for Link {
    fn renew(&self, owner: OwnerId, lease: Duration) -> StoreFuture<'_, bool> {
        self.through(self.store.owners().renew(owner, lease))
    }
    fn retire(&self, owner: OwnerId) -> StoreFuture<'_, ()> {
        self.through(self.store.owners().retire(owner))
    }
    fn unowned(&self, workflows: Vec<String>, after: u64, limit: usize) -> StoreFuture<'_, Vec<Unowned>> {
        self.through(self.store.owners().unowned(workflows, after, limit))
    }
    fn wake_due(&self) -> StoreFuture<'_, Option<SystemTime>> {
        self.through(self.store.owners().wake_due())
    }
    fn parked(&self) -> StoreFuture<'_, usize> {
        self.through(self.store.owners().parked())
    }
    fn owned(&self, owner: OwnerId) -> StoreFuture<'_, Vec<(RunId, u64)>> {
        self.through(self.store.owners().owned(owner))
    }
    fn messages(&self, owner: OwnerId) -> StoreFuture<'_, Vec<StoredMessage>> {
        self.through(self.store.owners().messages(owner))
    }
}

#[tokio::test(start_paused = true)]
async fn lease_that_runs_out_is_taken_over_and_its_owner_drops_the_run() {
    let store = MemoryStore::new();
    let link = Link::to(&store);
    let lease = Duration::from_secs(8);
    let one = Host::on(link.clone()).workflow(Approve::default()).lease(lease).start().await.unwrap();
    let two = host(&store).await;
    let (waits, works) = (started(&one, "waits").await, started(&one, "works").await);
    let open = prompt(&waits).await;
    works.answer(prompt(&works).await, true).await.unwrap();
    link.cut(true);
    sleep(Duration::from_secs(5)).await;
    assert!(two.recovered().resumed.is_empty(), "its lease has not run out");
    sleep(Duration::from_secs(5)).await;
    assert_eq!(two.recovered().resumed, ["waits", "works"]);
    assert_eq!(ended(&two, "works").await.status, RunStatus::Completed);
    assert!(!waits.is_finished(), "it cannot know");
    assert_eq!(one.health().running, 2);

    link.cut(false);
    sleep(Duration::from_secs(40)).await;
    assert_eq!(one.health().running, 0, "it has dropped what it has lost");
    assert!(matches!(waits.result().await, Err(ResultError::Released)));
    assert!(matches!(works.result().await, Err(ResultError::Released)));
    assert!(matches!(waits.answer(open, true).await, Err(MessageError::Ended | MessageError::Released)));
    assert_eq!(two.find("waits").await.unwrap().unwrap().owner.as_ref(), Some(two.owner()));
    // It is alive again, and takes its turn.
    two.stop().await;
    one.take_over().await.unwrap();
    let run = one.handle::<Approve>("waits").unwrap();
    run.answer(prompt(&run).await, true).await.unwrap();
    assert!(run.result().await.unwrap());
}

/// Another workflow, with the same response.
#[workflow]
struct Bare;

#[workflow]
impl Bare {
    #[step]
    async fn ask(&self, Start(()): Start<()>) -> InputRequired<String> {
        InputRequired("?".to_owned())
    }
    #[step]
    async fn end(&self, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool> {
        Stop(yes)
    }
}

#[tokio::test(start_paused = true)]
async fn messages_reach_a_run_of_another_host() {
    let store = MemoryStore::new();
    let (one, two) = (host(&store).await, host(&store).await);
    let (a, b, c) = (started(&one, "a").await, started(&one, "b").await, started(&one, "c").await);
    let open = prompt(&a).await;
    prompt(&b).await;
    prompt(&c).await;
    for _ in 0..2 {
        two.answer::<Approve, bool>("a", open, true).key("click-1").await.unwrap();
    }
    two.send::<Approve, bool>("b", HumanResponse(true)).await.unwrap();
    two.cancel("c").await.unwrap();
    let began = Instant::now();
    assert!(a.result().await.unwrap());
    assert!(b.result().await.unwrap());
    assert!(matches!(c.result().await, Err(ResultError::Run(RunError::Cancelled))));
    assert!(began.elapsed() <= Duration::from_millis(2100), "a second for the message, and one for the step");
    let late = two.answer::<Approve, bool>("a", open, false).await;
    assert!(matches!(late, Err(MessageError::Ended)), "{late:?}");
    two.answer::<Approve, bool>("a", open, false).key("click-1").await.unwrap();
    let unknown = two.send::<Approve, bool>("none", HumanResponse(true)).await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no run `none`");
}

#[tokio::test(start_paused = true)]
async fn message_for_another_workflow_is_refused_with_both() {
    let host = host(&MemoryStore::new()).await;
    started(&host, "a").await;
    let refused = host.send::<Bare, bool>("a", HumanResponse(true)).await.unwrap_err();
    assert_eq!(refused.to_string(), "run `a` is of workflow `Approve`, and the message is for `Bare`");
}

#[tokio::test(start_paused = true)]
async fn answer_of_two_hosts_counts_once() {
    let store = MemoryStore::new();
    let (one, two, three) = (host(&store).await, host(&store).await, host(&store).await);
    let run = started(&one, "a").await;
    let open = prompt(&run).await;
    two.answer::<Approve, bool>("a", open, true).await.unwrap();
    three.answer::<Approve, bool>("a", open, false).await.unwrap();
    assert!(run.result().await.unwrap(), "the first counts");
    let other = started(&one, "b").await;
    let open = prompt(&other).await;
    other.answer(open, true).await.unwrap();
    let closed = two.answer::<Approve, bool>("b", open, false).await;
    assert!(matches!(closed, Err(MessageError::Refused(AnswerErrorKind::Closed))), "{closed:?}");
}

#[tokio::test(start_paused = true)]
async fn message_to_a_run_without_a_host_is_delivered_by_the_next_one() {
    let store = MemoryStore::new();
    let (one, two) = (host(&store).await, Host::on(store.clone()).start().await.unwrap());
    let run = started(&one, "a").await;
    let open = prompt(&run).await;
    one.stop().await;
    two.answer::<Approve, bool>("a", open, true).await.unwrap();
    let three = host(&store).await;
    assert_eq!(ended(&three, "a").await.result.as_deref(), Some("true"));
}

/// Fails once, and tries again half an hour later.
#[workflow]
#[derive(Default)]
struct Flaky {
    attempts: Arc<AtomicU32>,
}

#[workflow]
impl Flaky {
    #[step(retry = Retry::fixed(Duration::from_mins(30)).max_attempts(3))]
    async fn flaky(&self, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        if self.attempts.fetch_add(1, Ordering::Relaxed) == 0 { Err(StepError::msg("busy")) } else { Ok(Stop(n)) }
    }
}

#[tokio::test(start_paused = true)]
async fn jump_of_the_clock_fires_timers_once() {
    for seconds in [HOUR, -HOUR] {
        let (clock, store) = Clock::store();
        let flaky = Arc::new(Flaky::default());
        let on = || Host::on(store.clone()).workflow(&flaky);
        let (one, two) = (on().start().await.unwrap(), on().start().await.unwrap());
        let _run = one.run::<Flaky>(7).id("a").start().await.unwrap();
        for by in [seconds, -seconds, seconds] {
            sleep(Duration::from_mins(2)).await;
            clock.jump(by);
            two.take_over().await.unwrap();
            one.take_over().await.unwrap();
            let owner = two.find("a").await.unwrap().unwrap().owner.unwrap();
            let executed = [&one, &two].map(|host| host.handle::<Flaky>("a").is_some());
            assert_eq!(executed, [owner == *one.owner(), owner == *two.owner()], "no lease is held twice");
        }
        assert_eq!(ended(&two, "a").await.result.as_deref(), Some("7"));
        sleep(Duration::from_hours(3)).await;
        assert_eq!(flaky.attempts.load(Ordering::Relaxed), 2, "the delay is over once");
    }
}

/// A store that notes which owner has recorded each change, and checks that epochs do not overlap.
#[derive(Clone)]
struct Watched {
    link: Link,
    host: usize,
    /// The host of each epoch that has recorded something, by run.
    recorded: Arc<Mutex<BTreeMap<(RunId, u64), usize>>>,
    last: Arc<Mutex<BTreeMap<RunId, u64>>>,
}

impl store::StoreWrapper for Watched {
    fn inner(&self) -> &dyn Store {
        &self.link
    }
    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
        Box::pin(async move {
            let applied = self.inner().commit(Arc::clone(&changes)).await?;
            for (change, applied) in changes.iter().zip(&applied) {
                let (ChangeKind::Progress { epoch, .. } | ChangeKind::End { epoch, .. }) = &change.kind else {
                    continue;
                };
                if *applied != Applied::Done {
                    continue;
                }
                let mut last = self.last.lock().unwrap();
                let last = last.entry(change.run.clone()).or_default();
                assert!(*last <= *epoch, "an epoch has begun, and an earlier one records");
                *last = *epoch;
                let mut recorded = self.recorded.lock().unwrap();
                let of = *recorded.entry((change.run.clone(), *epoch)).or_insert(self.host);
                assert_eq!(of, self.host, "two hosts record in one epoch");
            }
            Ok(applied)
        })
    }
}

/// Numbers that do not repeat soon.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) % limit
    }
}

/// Hosts that start, stop, lose their store and have their clock set, at random: each run ends once, and right.
#[tokio::test(start_paused = true)]
async fn random_faults_of_hosts_lose_no_run() {
    for seed in 0..12 {
        let mut random = Random(seed);
        let (clock, store) = Clock::store();
        let (recorded, last) = (Arc::default(), Arc::default());
        let new = |number: usize| Watched {
            link: Link::to(&store),
            host: number,
            recorded: Arc::clone(&recorded),
            last: Arc::clone(&last),
        };
        let start = async |store: &Watched| {
            let on = Host::on(store.clone()).workflow(Approve::default()).lease(Duration::from_secs(3));
            on.start().await.unwrap()
        };
        let mut hosts = Vec::new();
        for number in 0..3 {
            let store = new(number);
            hosts.push((start(&store).await, store));
        }
        let mut runs = Vec::new();
        for round in 0..60 {
            let at = usize::try_from(random.below(3)).unwrap();
            match random.below(8) {
                0 => {
                    let (host, store) = &hosts[at];
                    store.link.cut(false);
                    host.stop().await;
                    let store = new(hosts[at].1.host + 3);
                    hosts[at] = (start(&store).await, store);
                }
                1 => hosts[at].1.link.cut(true),
                2 => hosts[at].1.link.cut(false),
                3 => clock.jump(HOUR),
                4 => clock.jump(-HOUR),
                _ => {
                    let id = format!("run-{round}");
                    if hosts[at].0.run::<Approve>(1).id(&*id).start().await.is_ok() {
                        runs.push(id);
                    }
                }
            }
            sleep(Duration::from_millis(random.below(2500))).await;
            if let Some(id) = runs.get(usize::try_from(random.below(20)).unwrap()) {
                // Some are refused, and some counted.
                let _ = hosts[at].0.send::<Approve, bool>(&**id, HumanResponse(true)).key("the answer").await;
            }
        }
        for (_, store) in &hosts {
            store.link.cut(false);
        }
        sleep(Duration::from_mins(2)).await;
        for id in &runs {
            let _ = hosts[0].0.send::<Approve, bool>(&**id, HumanResponse(true)).key("the answer").await;
        }
        assert!(runs.len() > 5, "seed {seed}");
        for id in &runs {
            let found = ended(&hosts[1].0, id).await;
            assert_eq!((found.status, found.result.as_deref()), (RunStatus::Completed, Some("true")), "seed {seed}");
        }
        let recorded: &BTreeMap<(RunId, u64), usize> = &recorded.lock().unwrap();
        assert!(recorded.keys().any(|(_, epoch)| *epoch > 1), "seed {seed}: some run was taken over");
    }
}

//! Hosts on a store in memory.
#![allow(missing_docs)]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::sleep;
use workflows_durable::{
    DurableRun, Filter, Host, HostError, InvalidId, MemoryStore, MessageError, ResultError, RunStatus, Store,
    StoreError,
    store::{self, Applied, Change, ChangeKind, StoreFuture},
};
use workflows_runtime::{AnswerErrorKind, PromptId, prelude::*, remote::External};

#[event]
struct Drafted(String);

/// Asks twice, and publishes.
#[workflow(state = u32, stream = String)]
#[derive(Default)]
struct Approve {
    begun: Arc<Mutex<Vec<&'static str>>>,
}

#[workflow]
impl Approve {
    #[step]
    async fn draft(&self, ctx: &Context<Self>, Start(topic): Start<String>) -> Drafted {
        self.begun.lock().unwrap().push("draft");
        ctx.publish(format!("drafting {topic}"));
        ctx.state().update(|drafts| *drafts += 1);
        Drafted(topic)
    }
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
        Drafted(topic): Drafted,
    ) -> StepResult<Stop<String>> {
        self.begun.lock().unwrap().push("ask");
        for question in ["good", "really good"] {
            if !ctx.ask_for::<bool>(format!("is {topic} {question}?")).await {
                return Err(StepError::msg("rejected"));
            }
        }
        Ok(Stop(format!("{topic}, draft {}", ctx.state().get())))
    }
}

async fn host(store: &(impl Store + Clone)) -> Host {
    Host::on(store.clone()).workflow(Approve::default()).start().await.unwrap()
}

async fn started(host: &Host, id: &str) -> DurableRun<Approve> {
    host.run::<Approve>("tea".to_owned()).id(id).start().await.unwrap()
}

async fn idle(run: &DurableRun<Approve>) {
    let mut events = run.events();
    while !matches!(events.next().await, Some(RunEvent::Idle)) {}
}

/// Waits until this prompt is open.
async fn prompt(run: &DurableRun<Approve>, number: usize) -> PromptId {
    loop {
        if let Some(open) = run.open_prompts().into_iter().find(|open| open.id.to_string() == number.to_string()) {
            return open.id;
        }
        sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn run_continues_in_the_next_host() {
    let store = MemoryStore::new();
    let first = host(&store).await;
    let run = started(&first, "a").await;
    idle(&run).await;
    let id = prompt(&run, 1).await;
    run.answer(id, true).await.unwrap();
    prompt(&run, 2).await;
    first.stop().await;
    assert!(matches!(run.result().await, Err(ResultError::Released)), "a stop ends no run");
    assert!(matches!(run.send(HumanResponse(true)).await, Err(MessageError::Released)), "nor does it end there");

    let approve = Approve::default();
    let begun = Arc::clone(&approve.begun);
    let second = Host::on(store.clone()).workflow(approve).start().await.unwrap();
    assert_eq!(second.recovered().resumed, ["a"]);
    let run = second.handle::<Approve>("a").unwrap();
    let id = prompt(&run, 2).await;
    run.answer(id, true).await.unwrap();
    assert_eq!(run.result().await.unwrap(), "tea, draft 1");
    assert_eq!(*begun.lock().unwrap(), ["ask"], "the first step and the first answer are not repeated");
    assert!(second.handle::<Approve>("a").is_none(), "a run that has ended has no handle");
    let found = second.find("a").await.unwrap().unwrap();
    assert_eq!((found.status, found.result.as_deref()), (RunStatus::Completed, Some("\"tea, draft 1\"")));
    let items = second.items("a", 0, 10).await.unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].body.as_deref(), Ok("\"drafting tea\""));
}

#[tokio::test]
async fn id_is_taken_once() {
    let host = host(&MemoryStore::new()).await;
    let _run = started(&host, "a").await;
    let again = host.run::<Approve>("tea".to_owned()).id("a").start().await;
    assert!(matches!(again, Err(HostError::Exists(id)) if id == "a"));
    let (one, two) = (host.run::<Approve>("tea".to_owned()), host.run::<Approve>("tea".to_owned()));
    assert_ne!(one.start().await.unwrap().id(), two.start().await.unwrap().id(), "random ids differ");
}

/// Starts a child with this id.
#[workflow]
struct Naming;

#[workflow]
impl Naming {
    #[step]
    async fn call(&self, ctx: &Context<Self>, Start(id): Start<String>) -> StepResult<Stop<String>> {
        Ok(Stop(ctx.run_child(&Arc::new(Greet), ()).id(id).await?))
    }
}

#[workflow]
struct Greet;

#[workflow]
impl Greet {
    #[step]
    async fn greet(&self, Start(()): Start<()>) -> Stop<String> {
        Stop("hello".to_owned())
    }
}

#[tokio::test]
async fn invalid_ids_are_refused_where_they_come_in() {
    let store = MemoryStore::new();
    let host = Host::on(store).workflow(Naming).workflow(Greet).start().await.unwrap();
    let long = "ä".repeat(129);
    let invalid = [
        ("", InvalidId::Empty, "the id \"\": it is empty\n"),
        ("a\nb", InvalidId::Control('\n'), "the id \"a\\nb\": it contains the control character '\\n'\n"),
        ("\0", InvalidId::Control('\0'), "the id \"\\0\": it contains the control character '\\0'\n"),
        ("a\u{85}", InvalidId::Control('\u{85}'), "the id \"a\\u{85}\": it contains the control character '\\u{85}'\n"),
        (&long, InvalidId::TooLong(258), "ää…\": it has 258 bytes, which are more than 256\n"),
    ];
    for (number, (id, why, text)) in (0..).zip(invalid) {
        let error = host.run::<Greet>(()).id(id).start().await.unwrap_err();
        assert!(error.to_string().contains(text) && error.to_string().ends_with("to `.id(..)`"), "{error}");
        let HostError::InvalidId { id: named, reason } = error else { panic!("{error}") };
        assert_eq!((named.as_str(), reason), (id, why));
        // A step learns it as the error of its child.
        let parent = host.run::<Naming>(id.to_owned()).id(format!("parent-{number}")).start().await.unwrap();
        let error = parent.result().await.unwrap_err();
        let ResultError::Run(error) = error else { panic!("{error}") };
        assert!(error.report().to_string().contains(text), "{}", error.report());
    }
    let found: Vec<_> = host.list(Filter::default()).await.unwrap().into_iter().map(|run| run.workflow).collect();
    assert_eq!(found, ["Naming"; 5], "nothing is stored of what was refused");
}

#[tokio::test]
async fn all_other_ids_are_accepted() {
    let store = MemoryStore::new();
    let host = Host::on(store).workflow(Naming).workflow(Greet).start().await.unwrap();
    let long = "ä".repeat(128);
    for id in [" ", "order 7", "../7?a=%20&b", "'; drop table runs", "\"\\\"", "👩‍🔬", &long] {
        let run = host.run::<Greet>(()).id(id).start().await.unwrap();
        assert_eq!((run.id().as_str(), run.result().await.unwrap().as_str()), (id, "hello"));
        let found = host.find(id).await.unwrap().unwrap();
        assert_eq!((found.id.as_str(), found.status), (id, RunStatus::Completed));
        host.purge(id).await.unwrap();
        let parent = host.run::<Naming>(id.to_owned()).start().await.unwrap();
        assert_eq!(parent.result().await.unwrap(), "hello");
        assert_eq!(host.find(id).await.unwrap().unwrap().parent.as_ref(), Some(parent.id()));
        host.purge(parent.id()).await.unwrap();
    }
}

/// Polls a future once, and drops it.
async fn given_up(future: impl Future) {
    let mut future = Box::pin(future);
    std::future::poll_fn(|cx| {
        assert!(future.as_mut().poll(cx).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
}

#[tokio::test]
async fn what_a_caller_gives_up_is_completed() {
    let host = host(&MemoryStore::new()).await;
    given_up(host.run::<Approve>("tea".to_owned()).id("a").start()).await;
    let run = loop {
        sleep(Duration::from_millis(1)).await;
        if let Some(run) = host.handle::<Approve>("a") {
            break run;
        }
    };
    for number in 1..=2 {
        let id = prompt(&run, number).await;
        given_up(run.answer(id, true).into_future()).await;
    }
    assert_eq!(run.result().await.unwrap(), "tea, draft 1");
}

#[tokio::test]
async fn key_counts_once_in_any_process() {
    let store = MemoryStore::new();
    let first = host(&store).await;
    let run = started(&first, "a").await;
    prompt(&run, 1).await;
    for _ in 0..2 {
        run.send(HumanResponse(true)).key("click-1").await.unwrap();
    }
    prompt(&run, 2).await;
    first.stop().await;

    let second = host(&store).await;
    let run = second.handle::<Approve>("a").unwrap();
    prompt(&run, 2).await;
    run.send(HumanResponse(true)).key("click-1").await.unwrap();
    sleep(Duration::from_millis(20)).await;
    assert!(!run.is_finished(), "it was answered by this key before");
    run.send(HumanResponse(true)).key("click-2").await.unwrap();
    run.result().await.unwrap();
    run.send(HumanResponse(true)).key("click-2").await.unwrap();
    assert!(matches!(run.send(HumanResponse(true)).key("click-3").await, Err(MessageError::Ended)));
}

#[tokio::test]
async fn prompt_is_answered_once() {
    let host = host(&MemoryStore::new()).await;
    let run = started(&host, "a").await;
    let id = prompt(&run, 1).await;
    let (one, two) = tokio::join!(run.answer(id, true).key("one"), run.answer(id, false).key("two"));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let refused = one.and(two).unwrap_err();
    assert!(matches!(refused, MessageError::Refused(AnswerErrorKind::Closed)), "{refused}");
}

#[tokio::test]
async fn answer_that_was_stored_is_delivered_after_a_crash() {
    let store = MemoryStore::new();
    let first = host(&store).await;
    let run = started(&first, "a").await;
    prompt(&run, 1).await;
    first.stop().await;
    // The process dies between the commit of the answer and its delivery.
    let body = serde_json::to_string(&External::<Approve>::response(false)).unwrap();
    let at = std::time::SystemTime::now();
    let kind = ChangeKind::Message { epoch: None, key: None, body, at };
    store.commit([Change::new("a", kind)].into()).await.unwrap();

    let second = host(&store).await;
    while let Some(run) = second.handle::<Approve>("a") {
        assert!(run.result().await.unwrap_err().to_string().contains("rejected"));
    }
    let found = second.find("a").await.unwrap().unwrap();
    assert_eq!((found.status, found.error.as_deref()), (RunStatus::Failed, Some("step `ask` failed: rejected")));
}

#[tokio::test]
async fn cancellation_is_durable() {
    let store = MemoryStore::new();
    let first = host(&store).await;
    let (one, two) = (started(&first, "a").await, started(&first, "b").await);
    idle(&one).await;
    first.cancel("a").await.unwrap();
    assert!(matches!(one.result().await, Err(ResultError::Run(RunError::Cancelled))));
    assert!(matches!(first.cancel("a").await, Err(HostError::Ended(_))));
    assert!(matches!(first.cancel("c").await, Err(HostError::NotFound(_))));
    two.cancel().await.unwrap();
    assert!(matches!(two.result().await, Err(ResultError::Run(RunError::Cancelled))));
    first.stop().await;
    let cancelled = first.list(Filter::default()).await.unwrap();
    assert!(cancelled.iter().all(|run| run.status == RunStatus::Cancelled), "{cancelled:?}");
    assert!(host(&store).await.recovered().resumed.is_empty());
}

#[tokio::test]
async fn host_without_a_lease_is_fenced_by_the_next_one() {
    let jumps = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&jumps);
    let store = MemoryStore::with_clock(move || {
        std::time::SystemTime::UNIX_EPOCH + Duration::from_hours(clock.load(Ordering::Relaxed))
    });
    let first = host(&store).await;
    let run = started(&first, "a").await;
    let id = prompt(&run, 1).await;
    assert!(host(&store).await.handle::<Approve>("a").is_none(), "its owner is alive");
    jumps.store(1, Ordering::Relaxed);
    let second = host(&store).await;
    assert!(matches!(run.answer(id, true).await, Err(MessageError::Released)));
    assert!(matches!(run.result().await, Err(ResultError::Released)), "it learns that with the first change");
    let run = second.handle::<Approve>("a").unwrap();
    let id = prompt(&run, 1).await;
    run.answer(id, true).await.unwrap();
    let id = prompt(&run, 2).await;
    run.answer(id, true).await.unwrap();
    assert_eq!(run.result().await.unwrap(), "tea, draft 1");
}

#[tokio::test]
async fn purge_needs_an_end() {
    let host = host(&MemoryStore::new()).await;
    let run = started(&host, "a").await;
    idle(&run).await;
    assert!(matches!(host.purge("a").await, Err(HostError::Running(_))));
    host.cancel("a").await.unwrap();
    let _ = run.result().await;
    host.purge("a").await.unwrap();
    assert!(matches!(host.purge("a").await, Err(HostError::NotFound(_))));
    assert!(host.find("a").await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn ended_runs_are_kept_for_a_time() {
    let store = MemoryStore::new();
    let first = host(&store).await;
    let (one, two) = (started(&first, "a").await, started(&first, "b").await);
    idle(&one).await;
    first.cancel("a").await.unwrap();
    let _ = one.result().await;
    first.stop().await;
    drop(two);

    let kept = Host::on(store.clone()).workflow(Approve::default()).keep_ended(Duration::from_hours(1));
    let kept = kept.start().await.unwrap();
    sleep(Duration::from_hours(3)).await;
    assert!(kept.find("a").await.unwrap().is_some(), "it has just ended by the clock of the system");
    kept.stop().await;

    let purging = Host::on(store.clone()).workflow(Approve::default()).keep_ended(Duration::ZERO);
    let purging = purging.start().await.unwrap();
    sleep(Duration::from_secs(2)).await;
    assert!(purging.find("a").await.unwrap().is_none());
    assert!(purging.find("b").await.unwrap().is_some(), "it has not ended");
    assert!(purging.handle::<Approve>("b").is_some());
}

#[workflow]
struct Other;

#[workflow]
impl Other {
    #[step]
    async fn echo(&self, Start(n): Start<f64>) -> Stop<f64> {
        Stop(n / 0.0)
    }
}

#[tokio::test]
async fn workflow_must_be_hosted() {
    let store = MemoryStore::new();
    let error = host(&store).await.run::<Other>(1.0).start().await.unwrap_err();
    assert!(error.to_string().starts_with("workflow `Other` is not hosted"), "{error}");
    // Runs of a workflow that is not hosted stay in the store.
    let other = Host::on(store.clone()).workflow(Other).start().await.unwrap();
    assert!(other.recovered().resumed.is_empty());
}

#[tokio::test]
async fn value_that_json_cannot_hold_fails_the_run() {
    let store = MemoryStore::new();
    let host = Host::on(store).workflow(Other).start().await.unwrap();
    let refused = host.run::<Other>(f64::NAN).id("nan").start().await.unwrap_err();
    assert!(matches!(&refused, HostError::Unstorable { .. }), "{refused}");
    let run = host.run::<Other>(1.0).id("a").start().await.unwrap();
    let error = run.result().await.unwrap_err().to_string();
    assert!(error.contains("cannot record the result"), "{error}");
    assert_eq!(host.find("a").await.unwrap().unwrap().status, RunStatus::Failed);
}

/// A store that fails while `fails` is set.
#[derive(Clone, Default)]
struct Unreliable {
    store: MemoryStore,
    fails: Arc<AtomicBool>,
}

impl store::StoreWrapper for Unreliable {
    fn inner(&self) -> &dyn Store {
        &self.store
    }
    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
        if self.fails.load(Ordering::Relaxed) {
            return Box::pin(async { Err(StoreError::new("disk full")) });
        }
        self.inner().commit(changes)
    }
}

#[event]
struct Waited;

#[workflow]
struct Slow;

#[workflow]
impl Slow {
    #[step]
    async fn wait(&self, Start(()): Start<()>) -> Waited {
        sleep(Duration::from_secs(1)).await;
        Waited
    }
    #[step]
    async fn end(&self, _: Waited) -> Stop<()> {
        Stop(())
    }
}

#[tokio::test(start_paused = true)]
async fn runs_wait_for_a_failing_store_and_callers_do_not() {
    let store = Unreliable::default();
    let host = Host::on(store.clone()).workflow(Slow).start().await.unwrap();
    let run = host.run::<Slow>(()).start().await.unwrap();
    store.fails.store(true, Ordering::Relaxed);
    sleep(Duration::from_mins(1)).await;
    assert!(!run.is_finished());
    let (_, error) = host.health().failing.unwrap();
    assert_eq!(error.to_string(), "the store failed: disk full");
    let refused = host.run::<Slow>(()).start().await.unwrap_err();
    assert!(matches!(refused, HostError::Store(_)), "{refused}");
    assert!(matches!(run.cancel().await, Err(MessageError::Store(_))));

    store.fails.store(false, Ordering::Relaxed);
    run.result().await.unwrap();
    assert!(host.health().failing.is_none());
}

#[tokio::test(start_paused = true)]
async fn host_stops_while_its_store_fails() {
    let store = Unreliable::default();
    let host = Host::on(store.clone()).workflow(Slow).start().await.unwrap();
    let run = host.run::<Slow>(()).start().await.unwrap();
    store.fails.store(true, Ordering::Relaxed);
    sleep(Duration::from_mins(1)).await;
    host.stop().await;
    assert!(matches!(run.result().await, Err(ResultError::Released)));
}

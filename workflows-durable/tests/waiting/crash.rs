//! A crash while branches wait or ask loses no wait, no prompt and no response, and repeats none.

use crate::{crashed::claim, logged::Logged, written::Written};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::{select, time::sleep};
use workflows_durable::{
    DurableRun, Host, MessageError, Store,
    store::{Applied, Change, ChangeKind},
};
use workflows_runtime::{OpenPrompt, Snapshot, durable::read, prelude::*};

#[event]
struct Branch(u32);
/// A branch, and the process that has responded to it. 0 if none has in time.
#[event]
struct Done(u32, u32);
/// A response for a branch, of the first or a later process.
#[event]
struct Reply {
    to: u32,
    process: u32,
}
#[event]
struct Approval(u32);

#[derive(Debug, thiserror::Error)]
#[error("busy")]
struct Busy;

/// Each branch waits in another way.
#[workflow(stream = u32)]
struct Waits;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[workflow]
impl Waits {
    #[step]
    async fn split(&self, Start(branches): Start<u32>) -> Vec<Branch> {
        (0..branches).map(Branch).collect()
    }
    #[step(workers = 5, retry = Retry::fixed(ms(3)).max_attempts(2))]
    async fn branch(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<Reply>, HumanResponse<Approval>)>,
        Branch(number): Branch,
    ) -> StepResult<Done> {
        let fails = ctx.attempt().number == 1;
        let reply = || ctx.wait_for::<Reply>().matching(move |reply| reply.to == number);
        let process = match number % 6 {
            0 => ctx.ask_for::<Reply>(number).matching(move |reply| reply.to == number).await.process,
            1 => {
                ctx.ask(number);
                reply().await.process
            }
            2 => reply().timeout(ms(4)).await.map_or(0, |reply| reply.process),
            // The first wait is dropped, and its response is that of the next one.
            3 => {
                let in_time = select! {
                    reply = reply() => Some(reply.process),
                    () = sleep(ms(2)) => None,
                };
                ctx.publish(number);
                match in_time {
                    Some(process) => process,
                    None => reply().await.process,
                }
            }
            // The next attempt replays which of the two has lost.
            4 => {
                let process = select! {
                    reply = reply() => reply.process,
                    Approval(_) = ctx.wait_for::<Approval>().matching(move |approval| approval.0 == number) => 0,
                };
                if fails {
                    return Err(Busy.into());
                }
                process
            }
            // The next attempt publishes no prompt, and may receive the answer to the first one.
            _ => {
                select! {
                    Approval(_) = ctx.ask_for::<Approval>(number) => {}
                    () = sleep(ms(2)) => {}
                }
                let process = reply().await.process;
                if fails {
                    return Err(Busy.into());
                }
                process
            }
        };
        Ok(Done(number, process))
    }
    #[step]
    async fn gather(&self, all: Vec<Done>) -> Stop<BTreeMap<u32, u32>> {
        Stop(all.iter().map(|Done(number, process)| (*number, *process)).collect())
    }
}

const BRANCHES: u32 = 30;

fn is_refused(sent: &Result<(), MessageError>) -> bool {
    matches!(sent, Err(MessageError::Refused(_)))
}

/// Responds to all branches but those whose waits should time out, with a key each, until the run ends.
async fn respond(run: &DurableRun<Waits>, process: u32) -> BTreeMap<u32, u32> {
    let mut events = run.events();
    let mut answered = BTreeSet::new();
    let mut to = 0;
    loop {
        for OpenPrompt { id, prompt: to, .. } in run.open_prompts() {
            if answered.insert(id) {
                let sent = match to % 6 {
                    0 => {
                        let other = run.answer(id, Reply { to: to + 1, process }).await;
                        // Until the step has reached its wait again, its matcher is not known.
                        assert!(other.is_ok() || is_refused(&other), "{other:?}");
                        run.answer(id, Reply { to, process }).key(to.to_string()).await
                    }
                    1 => run.answer(id, Reply { to, process }).key(to.to_string()).await,
                    _ if to % 12 == 5 => run.answer(id, Approval(to)).await,
                    _ => Ok(()),
                };
                assert!(sent.is_ok() || is_refused(&sent), "{sent:?}");
            }
        }
        if to < BRANCHES {
            if to % 6 > 2 {
                run.send(HumanResponse(Reply { to, process })).key(to.to_string()).await.unwrap();
            }
            to += 1;
            sleep(ms(1)).await;
        } else if events.next().await.is_none() {
            return run.result().await.unwrap();
        }
    }
}

/// Continues the run `a` to its end.
async fn continued(store: impl Store + Clone, process: u32) -> BTreeMap<u32, u32> {
    let host = Host::on(store).workflow(Waits).start().await.unwrap();
    assert_eq!(host.recovered().refused, []);
    match host.handle::<Waits>("a") {
        Some(run) => respond(&run, process).await,
        None => serde_json::from_str(&host.find("a").await.unwrap().unwrap().result.unwrap()).unwrap(),
    }
}

/// The branches to which these commits have a response.
fn responses(commits: &[Arc<[Change]>]) -> BTreeSet<u32> {
    let mut responses = BTreeSet::new();
    for change in commits.iter().flat_map(|changes| changes.iter()) {
        if let ChangeKind::Message { key: Some(key), .. } = &change.kind {
            responses.insert(key.parse().unwrap());
        }
    }
    responses
}

/// Those that the first process has acknowledged count, and no others.
fn assert_result(result: &BTreeMap<u32, u32>, acknowledged: &BTreeSet<u32>, what: &str) {
    assert!(result.keys().copied().eq(0..BRANCHES), "{result:?} {what}");
    for (branch, process) in result {
        match branch % 6 {
            2 => assert_eq!(*process, 0, "branch {branch} times out {what}"),
            _ => assert_eq!(*process == 1, acknowledged.contains(branch), "branch {branch} of {result:?} {what}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn crash_while_branches_wait_loses_and_repeats_no_response() {
    let first = Logged::default();
    let host = Host::on(first.clone()).workflow(Waits).start().await.unwrap();
    let run = host.run::<Waits>(BRANCHES).id("a").start().await.unwrap();
    let result = respond(&run, 1).await;
    let log = first.commits.lock().unwrap().clone();
    assert_result(&result, &responses(&log), "without a crash");
    let written = Written::of(&first);
    assert!(written.records_of_ticks > 50, "{written:?}");

    let mut ticks = String::new();
    for count in 1..log.len() {
        let acknowledged = responses(&log[..count]);
        let second = Logged { store: first.after(count).await, ..Logged::default() };
        let result = continued(second.clone(), 2).await;
        assert_result(&result, &acknowledged, &format!("after commit {count} of {}", log.len()));
        // The second process dies after half of what is left.
        let third = first.after(count).await;
        claim(&third, "Waits").await;
        let rest = second.commits.lock().unwrap().clone();
        for changes in &rest[..rest.len() / 2] {
            let applied = third.commit(Arc::clone(changes)).await.unwrap();
            assert!(applied.iter().all(|applied| *applied != Applied::Fenced), "{applied:?}");
        }
        if let Some(run) = third.load("a".into()).await.unwrap() {
            ticks.extend(run.ticks.into_iter().flatten());
        }
        let result = continued(third, 3).await;
        assert_result(&result, &acknowledged, &format!("after commit {count} of {} and another crash", log.len()));
    }
    // All of these were replayed.
    let replayed = ["wait", "unwait", "answer", "external", "asked", "quiet", "time", "failed", "decided", "woken"];
    for tick in replayed {
        assert!(ticks.contains(&format!("{{\"{tick}\":")), "{tick}");
    }
    for field in ["opened", "reopened", "closed"] {
        assert!(ticks.contains(&format!(",\"{field}\":[")), "{field}");
    }
    for decision in ["recorded", "\"rejected\"", "\"unchecked\"", "\"wait\"", "buffered"] {
        assert!(ticks.contains(decision), "{decision}");
    }
}

fn json(snapshot: &Snapshot<Waits>) -> String {
    serde_json::to_string(snapshot).unwrap()
}

/// A wait, a prompt or a place that is not there, or another one: a replay notices each that matters, and does not panic.
#[tokio::test(start_paused = true)]
async fn other_decisions_are_refused() {
    let log = Logged::default();
    let host = Host::on(log.clone()).workflow(Waits).start().await.unwrap();
    let run = host.run::<Waits>(BRANCHES).id("a").start().await.unwrap();
    respond(&run, 1).await;
    let commits = log.commits.lock().unwrap().len();
    let edits = [
        ("\"decided\":[{\"wait\":", "\"decided\":[{\"wait\":9"),
        ("\"decided\":[{\"wait\":", "\"decided\":[\"end\",{\"wait\":"),
        ("\"decided\":[{\"recorded\":0}", "\"decided\":[{\"recorded\":7}"),
        ("\"decided\":[{\"recorded\":0}", "\"decided\":[{\"recorded\":0},{\"buffered\":[0,null]}"),
        ("\"woken\":[[", "\"woken\":[[9"),
        (",1],0]}", ",1],9]}"),
        ("\"opened\":[", "\"opened\":[99,"),
        ("\"closed\":[", "\"closed\":[99,"),
    ];
    let (mut refused, mut noticed) = ([0; 8], [0; 8]);
    for count in 1..commits {
        let Some(run) = log.after(count).await.load("a".into()).await.unwrap() else { continue };
        let (Ok(snapshot), Ok(ticks)) = (run.snapshot, run.ticks.into_iter().collect::<Result<Vec<String>, _>>())
        else {
            panic!("nothing is damaged");
        };
        let intact = read::<Waits>(&snapshot, &run.graph, &ticks).unwrap();
        let Some((last, before)) = ticks.split_last() else { continue };
        for (edit, (from, to)) in edits.iter().enumerate() {
            if !last.contains(from) {
                continue;
            }
            let edited = [before, &[last.replacen(from, to, 1)]].concat();
            // Most records of a program that is not debugged have none.
            let (without_digest, _) = edited[before.len()].split_once(",\"digest\":").unwrap();
            let without_digest = [before, &[format!("{without_digest}}}")]].concat();
            noticed[edit] += u32::from(read::<Waits>(&snapshot, &run.graph, &without_digest).is_err());
            match read::<Waits>(&snapshot, &run.graph, &edited) {
                Err(error) => {
                    assert!(error.to_string().contains("does not lead to the state that was recorded"), "{error}");
                    refused[edit] += 1;
                }
                // The execution has ended in the same record, so nothing is left of the wait.
                Ok(read) => {
                    assert_eq!(json(&read.snapshot), json(&intact.snapshot), "{to} in place of {from} in {last}");
                }
            }
        }
    }
    assert!(refused.iter().all(|refused| *refused > 0), "{refused:?}");
    assert!(noticed.iter().all(|noticed| *noticed > 0), "{noticed:?} without digests");
}

/// Decides something before there is a record behind which ticks are recorded, and then something else.
#[workflow]
struct Early;

#[workflow]
impl Early {
    #[step]
    async fn first(
        &self,
        ctx: &Context<Self, (HumanResponse<u32>, HumanResponse<bool>)>,
        Start(()): Start<()>,
    ) -> Named {
        let number = ctx.wait_for::<u32>().await;
        ctx.wait_for::<bool>().await;
        Named(number)
    }
    #[step]
    async fn end(&self, Named(number): Named) -> Stop<u32> {
        Stop(number)
    }
}

#[event]
struct Named(u32);

#[tokio::test(start_paused = true)]
async fn each_tick_has_its_own_decisions() {
    let log = Logged::default();
    let host = Host::on(log.clone()).workflow(Early).start().await.unwrap();
    let run = host.run::<Early>(()).id("a").start().await.unwrap();
    sleep(Duration::from_millis(10)).await;
    run.send(HumanResponse(7_u32)).await.unwrap();
    sleep(Duration::from_millis(10)).await;
    let commits = log.commits.lock().unwrap().len();
    let mut with_ticks = 0;
    for count in 2..=commits {
        let store = log.after(count).await;
        with_ticks += u32::from(!store.load("a".into()).await.unwrap().unwrap().ticks.is_empty());
        let host = Host::on(store).workflow(Early).start().await.unwrap();
        assert_eq!(host.recovered().refused, [], "after commit {count} of {commits}");
        let run = host.handle::<Early>("a").unwrap();
        run.send(HumanResponse(7_u32)).await.unwrap();
        run.send(HumanResponse(true)).await.unwrap();
        assert_eq!(run.result().await.unwrap(), 7);
    }
    assert!(with_ticks > 0);
}

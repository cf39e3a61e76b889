//! A parent that runs a child in its step, and what the tests look at.

use core::time::Duration;
use std::sync::{Arc, Mutex};
use tokio::time::sleep;
use workflows_durable::{DurableRun, Filter, Host, RunInfo, Store};
use workflows_runtime::{PromptId, prelude::*};

/// What steps have done, for all processes of a test.
pub(crate) type Log = Arc<Mutex<Vec<String>>>;

pub(crate) fn log(log: &Log, what: impl Into<String>) {
    log.lock().unwrap().push(what.into());
}

/// How often something was done.
pub(crate) fn count(of: &Log, what: &str) -> usize {
    of.lock().unwrap().iter().filter(|done| *done == what).count()
}

#[event]
pub(crate) struct Begun(u32);

/// Takes two steps, and asks in between. `0` fails.
#[workflow(stream = u32)]
pub(crate) struct Child {
    pub(crate) log: Log,
}

#[workflow]
impl Child {
    #[step]
    async fn begin(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> Begun {
        log(&self.log, format!("begin {number}"));
        ctx.publish(number);
        Begun(number)
    }

    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
        Begun(number): Begun,
    ) -> StepResult<Stop<u32>> {
        if number == 0 {
            return Err(StepError::msg("nothing to do"));
        }
        let answer = ctx.ask_for::<u32>(number).await;
        log(&self.log, format!("answered {number}"));
        Ok(Stop(number + answer))
    }
}

/// Runs a child in one of its steps.
#[workflow]
pub(crate) struct Parent {
    pub(crate) child: Arc<Child>,
    /// What the step does behind its child, before it returns.
    pub(crate) last: Arc<tokio::sync::Semaphore>,
}

#[workflow]
impl Parent {
    #[step(retry = Retry::fixed(Duration::from_secs(1)).max_attempts(2))]
    async fn work(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> StepResult<Stop<u32>> {
        log(&self.child.log, "work");
        let result = ctx.run_child(&self.child, number).await;
        log(&self.child.log, "had the child");
        let _permit = self.last.acquire().await;
        Ok(Stop(result? + 1))
    }
}

pub(crate) fn parent(log: &Log, permits: usize) -> Parent {
    Parent { child: Arc::new(Child { log: Arc::clone(log) }), last: Arc::new(tokio::sync::Semaphore::new(permits)) }
}

pub(crate) async fn host(store: &(impl Store + Clone), parent: Parent) -> Host {
    let child = Arc::clone(&parent.child);
    Host::on(store.clone()).workflow(parent).workflow(child).start().await.unwrap()
}

pub(crate) async fn start(host: &Host, id: &str, number: u32) -> DurableRun<Parent> {
    host.run::<Parent>(number).id(id).start().await.unwrap()
}

pub(crate) async fn find(host: &Host, id: &str) -> RunInfo {
    host.find(id).await.unwrap().unwrap_or_else(|| panic!("there is no run `{id}`"))
}

/// Waits until a run is stored as `is` says.
pub(crate) async fn until(host: &Host, id: &str, is: impl Fn(&RunInfo) -> bool) -> RunInfo {
    for _ in 0..10_000 {
        if let Some(found) = host.find(id).await.unwrap()
            && is(&found)
        {
            return found;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("`{id}` is {:?}", host.find(id).await);
}

pub(crate) async fn prompt(host: &Host, id: &str) -> PromptId {
    until(host, id, |run| !run.prompts.is_empty()).await.prompts[0].id
}

pub(crate) async fn answer(host: &Host, id: &str, answer: u32) {
    let prompt = prompt(host, id).await;
    host.answer::<Child, u32>(id, prompt, answer).await.unwrap();
}

pub(crate) async fn listed(host: &Host, filter: Filter) -> Vec<String> {
    host.list(filter).await.unwrap().into_iter().map(|run| run.id.to_string()).collect()
}

pub(crate) fn children_of(parent: &str) -> Filter {
    let mut filter = Filter::default();
    filter.parent = Some(parent.into());
    filter
}

/// Runs a parent in a step.
#[workflow]
pub(crate) struct Grandparent {
    pub(crate) parent: Arc<Parent>,
}

#[workflow]
impl Grandparent {
    #[step]
    async fn delegate(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> StepResult<Stop<u32>> {
        Ok(Stop(ctx.run_child(&self.parent, number).await?))
    }
}

pub(crate) async fn family(store: &(impl Store + Clone), done: &Log) -> Host {
    let parent = Arc::new(parent(done, 1));
    let (child, top) = (Arc::clone(&parent.child), Grandparent { parent: Arc::clone(&parent) });
    Host::on(store.clone()).workflow(top).workflow(parent).workflow(child).start().await.unwrap()
}

#[event]
pub(crate) struct Page(u32);
#[event]
pub(crate) struct Read(u32);

/// Works in stages of its own.
#[workflow]
pub(crate) struct Sum;

#[workflow]
impl Sum {
    #[step]
    async fn split(&self, Start(number): Start<u32>) -> Vec<Page> {
        (0..3).map(|page| Page(number * 10 + page)).collect()
    }
    #[step(retry = Retry::fixed(Duration::from_millis(2)).max_attempts(3))]
    async fn read(&self, ctx: &Context<Self>, Page(page): Page) -> StepResult<Read> {
        sleep(Duration::from_millis(1)).await;
        if page % 10 == 1 && ctx.attempt().number < 3 {
            return Err(StepError::msg("not yet"));
        }
        Ok(Read(page))
    }
    #[step]
    async fn gather(&self, all: Vec<Read>) -> StepResult<Stop<u32>> {
        let sum = all.iter().map(|Read(page)| page).sum();
        if sum > 100 { Err(StepError::msg(format!("{sum} is too much"))) } else { Ok(Stop(sum)) }
    }
}

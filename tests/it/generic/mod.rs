//! Workflows with type and const parameters.

mod resource;

use std::{
    marker::PhantomData,
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use workflows_runtime::prelude::*;
use workflows_tests::{let_others_run, ms};

/// A client without `Send + Sync + 'static` as supertraits.
trait LlmClient {
    fn complete(&self, prompt: String) -> impl Future<Output = String> + Send;
}

struct Loud;

impl LlmClient for Loud {
    async fn complete(&self, prompt: String) -> String {
        prompt.to_uppercase()
    }
}

struct Numbered(AtomicUsize);

impl LlmClient for Numbered {
    async fn complete(&self, prompt: String) -> String {
        format!("{prompt}{}", self.0.fetch_add(1, Ordering::Relaxed))
    }
}

#[event]
struct Plan(String);

#[workflow]
struct Research<C> {
    client: C,
}

#[workflow]
impl<C: LlmClient> Research<C> {
    fn new(client: C) -> Self {
        Self { client }
    }

    #[step]
    async fn plan(&self, ctx: &Context<Self>, Start(topic): Start<String>) -> StepResult<Plan> {
        ctx.state().at("topic").set(topic.clone())?;
        Ok(Plan(self.client.complete(topic).await))
    }

    #[step]
    async fn report(&self, ctx: &Context<Self>, Plan(plan): Plan) -> StepResult<Stop<String>> {
        let topic: String = ctx.state().at("topic").get()?;
        Ok(Stop(format!("{topic}: {}", self.client.complete(plan).await)))
    }
}

#[tokio::test]
async fn one_program_runs_a_workflow_with_two_clients() {
    let loud = Research::new(Loud).run("a".to_owned());
    let numbered = Research::new(Numbered(AtomicUsize::new(1))).run("a".to_owned());
    let (loud, numbered) = tokio::join!(loud, numbered);
    assert_eq!((loud.unwrap().as_str(), numbered.unwrap().as_str()), ("a: A", "a: a12"));
}

#[tokio::test]
async fn step_is_callable_with_a_mock() {
    let ctx = Context::<Research<Loud>>::detached(StateMap::default());
    let Plan(plan) = Research::new(Loud).plan(&ctx, Start("a".to_owned())).await.unwrap();
    assert_eq!(plan, "A");
}

#[test]
fn name_has_no_parameters() {
    assert_eq!(<Research<Loud> as Workflow>::NAME, "Research");
    let run = Research::new(Loud).run(String::new());
    assert!(format!("{run:?}").contains(r#"workflow: "Research""#), "{run:?}");
}

/// Children and their parent have the same parameter. All options of a step, with values from the parameters.
#[workflow(state = u32, stream = String, timeout = "5s")]
struct Parent<C, const N: usize = 2>
where
    C: LlmClient + Send + Sync + 'static,
{
    child: Arc<Research<C>>,
    failures: AtomicUsize,
}

#[event]
struct Part(usize);

#[event]
struct Written(String);

#[workflow]
impl<C, const N: usize> Parent<C, N>
where
    C: LlmClient + Send + Sync + 'static,
{
    const ATTEMPTS: u32 = 3;

    fn new(client: C) -> Self {
        Self { child: Arc::new(Research::new(client)), failures: AtomicUsize::new(0) }
    }

    fn publish(ctx: &Context<Self>, text: &str) {
        ctx.publish(text.to_owned());
    }

    #[step(retry = Retry::fixed(ms(1)).max_attempts(Self::ATTEMPTS))]
    async fn split(&self, ctx: &Context<Self>, Start(fail): Start<usize>) -> StepResult<Vec<Part>> {
        if self.failures.fetch_add(1, Ordering::Relaxed) < fail {
            return Err(StepError::msg("not yet"));
        }
        Self::publish(ctx, "split");
        Ok((0..N).map(Part).collect())
    }

    #[step(workers = 2, timeout = "1s")]
    async fn write(&self, ctx: &Context<Self>, Part(n): Part) -> StepResult<Written> {
        ctx.state().update(|parts| *parts += 1);
        Ok(Written(ctx.run_child(&self.child, n.to_string()).await?))
    }

    #[step]
    #[blocking(io)]
    fn join(&self, written: Vec<Written>) -> Stop<String> {
        Stop(written.into_iter().map(|Written(text)| text).collect::<Vec<_>>().join(", "))
    }

    #[catch_error(steps(split))]
    async fn failed(&self, failed: StepFailed) -> Stop<String> {
        Stop(format!("{} of {N}", failed.step))
    }
}

#[tokio::test(start_paused = true)]
async fn generic_parent_runs_generic_children() {
    let run = Parent::<_, 3>::new(Loud).run(1).start();
    assert_eq!(run.result().await.unwrap(), "0: 0, 1: 1, 2: 2");
    assert_eq!(run.state().get(), 3);
    let parent: Parent<Loud> = Parent::new(Loud);
    assert_eq!(parent.run(0).await.unwrap(), "0: 0, 1: 1");
}

#[tokio::test(start_paused = true)]
async fn generic_workflow_handles_failures() {
    assert_eq!(Parent::<_, 3>::new(Loud).run(9).await.unwrap(), "split of 3");
}

/// A parameter that is the associated type of another one.
#[workflow]
struct Call<F>(F);

#[workflow]
impl<F, Fut> Call<F>
where
    F: Fn(String) -> Fut,
    Fut: Future<Output = String> + Send,
{
    #[step]
    async fn call(&self, ctx: &Context<Self>, Start(text): Start<String>) -> Stop<String> {
        let step = ctx.step();
        #[blocking(io)]
        let text = format!("{step}({text})");
        Stop((self.0)(text).await)
    }
}

#[tokio::test]
async fn parameter_may_be_a_closure() {
    let call = Call(|text: String| async move { text + "!" });
    assert_eq!(call.run("hi".to_owned()).await.unwrap(), "call(hi)!");
}

trait Mode {
    const NAME: &'static str;
    const LIMIT: u32;
}

/// Neither `Send` nor `Sync`.
struct Slow(#[allow(dead_code, reason = "makes the type `!Send`")] Rc<()>);

impl Mode for Slow {
    const NAME: &'static str = "slow";
    const LIMIT: u32 = 4;
}

#[event]
struct Number(u32);

#[workflow]
struct Count<M> {
    mode: PhantomData<fn() -> M>,
    seen: Mutex<Vec<u32>>,
}

#[workflow]
impl<M: Mode> Count<M> {
    const LIMIT: u32 = M::LIMIT / 2;

    fn send(&self, ctx: &Context<Self, (Number,)>, n: u32) {
        self.seen.lock().unwrap().push(n);
        ctx.send(Number(n));
    }

    #[step]
    async fn begin(&self, ctx: &Context<Self, (Number,)>, Start(()): Start<()>) {
        self.send(ctx, 0);
    }

    #[step]
    async fn next(&self, Number(n): Number) -> OneOf<Number, Stop<String>> {
        if n >= Self::LIMIT { Stop(format!("{} {n}", M::NAME)).emit() } else { Number(n + 1).emit() }
    }
}

#[tokio::test]
async fn parameter_that_is_not_shared_need_not_be_send() {
    let count: Count<Slow> = Count { mode: PhantomData, seen: Mutex::default() };
    assert_eq!(count.run(()).await.unwrap(), "slow 2");
}

trait Unit: Send + Sync + 'static {
    type Item: Clone + Default + Send + Sync + serde::Serialize + serde::de::DeserializeOwned + 'static;
    fn item(n: u8) -> Self::Item;
}

struct Text;

impl Unit for Text {
    type Item = String;

    fn item(n: u8) -> String {
        n.to_string()
    }
}

#[workflow(state = Vec<U::Item>, stream = U::Item)]
struct Keep<U: Unit>(PhantomData<U>);

#[workflow]
impl<U: Unit> Keep<U> {
    #[step]
    #[blocking(cpu)]
    fn keep(&self, ctx: &Context<Self>, Start(n): Start<u8>) -> Stop<()> {
        ctx.publish(U::item(n));
        ctx.state().update(|items| items.push(U::item(n)));
        Stop(())
    }
}

#[tokio::test]
async fn state_and_stream_may_depend_on_a_parameter() {
    let run = Keep::<Text>(PhantomData).run(7).start();
    let mut events = run.events();
    run.result().await.unwrap();
    assert_eq!(run.state().get(), ["7"]);
    assert!(matches!(events.next().await, Some(RunEvent::Published(item)) if item == "7"));
}

/// Steps for some arguments only, with a graph of their own.
#[workflow(max_runs = 1)]
struct Over<T>(T);

#[workflow]
impl Over<u8> {
    #[step]
    async fn add(&self, ctx: &Context<Self>, Start(n): Start<u8>) -> Stop<(u8, String)> {
        Stop((self.0 + n, ctx.step().to_owned()))
    }
}

#[workflow]
impl<T: Send + Sync + 'static> Over<Vec<T>> {
    #[step]
    async fn count(&self, ctx: &Context<Over<Vec<T>>>, Start(n): Start<usize>) -> Stop<(usize, String)> {
        let_others_run().await;
        Stop((self.0.len() + n, ctx.step().to_owned()))
    }
}

#[tokio::test]
async fn steps_may_be_declared_for_some_arguments() {
    assert_eq!(Over(1).run(2).await.unwrap(), (3, "add".to_owned()));
    assert_eq!(Over(vec!['a']).run(2).await.unwrap(), (3, "count".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn max_runs_applies_to_each_instance_of_each_type() {
    let chars = Arc::new(Over(vec!['a']));
    let bytes = Arc::new(Over(vec![1_u8, 2]));
    let first = chars.clone().run(0).start();
    let second = chars.run(1).start();
    let other = bytes.run(0).start();
    assert_eq!(other.await.unwrap().0, 2);
    assert!(!second.is_finished(), "it waits for the first run of its instance");
    assert_eq!((first.await.unwrap().0, second.await.unwrap().0), (1, 2));
}

#[workflow]
struct Ask<C: LlmClient + Send + Sync + 'static>(C);

#[workflow]
impl<C: LlmClient + Send + Sync + 'static> Ask<C> {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
        Start(text): Start<String>,
    ) -> Stop<Option<String>> {
        let question = self.0.complete(text).await;
        Stop(if ctx.ask_for::<bool>(question.clone()).await { Some(question) } else { None })
    }
}

#[tokio::test(start_paused = true)]
async fn snapshot_is_resumed_with_another_client() {
    let run = Ask(Loud).run("really?".to_owned()).start();
    let_others_run().await;
    let json = serde_json::to_string(&run.snapshot().await.unwrap()).unwrap();
    assert!(!json.contains("Loud"), "{json}");

    let snapshot: Snapshot<Ask<Numbered>> = serde_json::from_str(&json).unwrap();
    let resumed = Ask(Numbered(AtomicUsize::new(5))).resume(snapshot).start();
    resumed.send(HumanResponse(true)).unwrap();
    assert_eq!(resumed.await.unwrap().unwrap(), "really?5", "the step runs again");
}

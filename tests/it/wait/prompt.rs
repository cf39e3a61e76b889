//! Prompts have an identity: an answer reaches its prompt, or reports that this is closed.
use tokio::time::sleep;
use workflows_runtime::{AnswerErrorKind, EventStream, PromptId, Snapshot, prelude::*};
use workflows_tests::{Log, let_others_run, ms};

const HOUR: Duration = Duration::from_hours(1);

async fn next_prompt<W: Workflow>(events: &mut EventStream<W>) -> (PromptId, W::Prompt, bool) {
    loop {
        match events.next().await {
            Some(RunEvent::InputRequired { id, prompt, republished, .. }) => return (id, prompt, republished),
            Some(RunEvent::Ended(end)) => panic!("{end:?}"),
            Some(_) => {}
            None => panic!("the stream has ended"),
        }
    }
}

fn round_trip<W: Workflow>(snapshot: &Snapshot<W>) -> Snapshot<W> {
    let json = serde_json::to_string(snapshot).unwrap();
    let bytes = postcard::to_allocvec(snapshot).unwrap();
    let _: Snapshot<W> = postcard::from_bytes(&bytes).unwrap();
    serde_json::from_str(&json).unwrap()
}

/// Asks in a loop.
#[workflow]
struct Pay;

#[workflow]
impl Pay {
    #[step]
    async fn pay(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<bool>)>,
        Start(bills): Start<u32>,
    ) -> Stop<u32> {
        let mut paid = 0;
        for bill in 0..bills {
            paid += u32::from(ctx.ask_for::<bool>(bill).await);
        }
        Stop(paid)
    }
}

#[tokio::test(start_paused = true)]
async fn second_answer_does_not_reach_the_next_prompt() {
    let run = Pay.run(3).start();
    let mut events = run.events();
    for bill in 0..3 {
        let (id, prompt, republished) = next_prompt(&mut events).await;
        assert_eq!((prompt, republished, id.to_string()), (bill, false, (bill + 1).to_string()));
        assert_eq!(run.open_prompts().iter().map(|open| (open.id, open.prompt)).collect::<Vec<_>>(), [(id, bill)]);
        run.answer(id, bill == 1).unwrap();
        let error = run.answer(id, true).unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (AnswerErrorKind::Closed, format!("prompt {id} is closed")));
        assert!(error.into_inner());
        let_others_run().await;
        // Also after it was processed.
        assert_eq!(
            run.answer(id, true).unwrap_err().kind(),
            if bill == 2 { AnswerErrorKind::Ended } else { AnswerErrorKind::Closed }
        );
    }
    assert_eq!(run.result().await.unwrap(), 1);
    assert!(run.open_prompts().is_empty());
    assert_eq!(run.answer("9".parse().unwrap(), true).unwrap_err().kind(), AnswerErrorKind::Ended);
}

#[event]
struct Task(u32);
#[event]
struct Done(u32);

/// Asks several times at once.
#[workflow]
struct Many;

#[workflow]
impl Many {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Task> {
        (0..n).map(Task).collect()
    }
    #[step(workers = 2)]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>, HumanResponse<String>)>,
        Task(n): Task,
    ) -> Done {
        match ctx.ask_for::<u32>(n).matching(move |answer| answer % 10 == n).timeout(HOUR).await {
            Ok(answer) => Done(answer),
            Err(_) => Done(0),
        }
    }
    #[step]
    async fn end(&self, done: Vec<Done>) -> Stop<Vec<u32>> {
        Stop(done.into_iter().map(|Done(n)| n).collect())
    }
}

#[tokio::test(start_paused = true)]
async fn answers_reach_their_waits_in_any_order() {
    let run = Many.run(4).start();
    let_others_run().await;
    let open = run.open_prompts();
    assert_eq!(open.iter().map(|open| open.prompt).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(run.answer(open[2].id, "text".to_owned()).unwrap_err().kind(), AnswerErrorKind::OtherType);
    assert_eq!(run.answer(open[2].id, 13).unwrap_err().kind(), AnswerErrorKind::Rejected);
    for (at, answer) in [(3, 23), (0, 10), (2, 32)] {
        run.answer(open[at].id, answer).unwrap();
    }
    let_others_run().await;
    assert_eq!(run.open_prompts().len(), 1);
    // The last one times out.
    sleep(HOUR + ms(1)).await;
    assert_eq!(run.answer(open[1].id, 1).unwrap_err().kind(), AnswerErrorKind::Ended);
    assert_eq!(run.await.unwrap(), [10, 0, 32, 23]);
}

#[tokio::test(start_paused = true)]
async fn open_prompts_are_published_again_after_a_resume() {
    let run = Many.run(4).start();
    let_others_run().await;
    let ids: Vec<_> = run.open_prompts().into_iter().map(|open| open.id).collect();
    run.answer(ids[1], 41).unwrap();
    let mut snapshot = round_trip(&run.snapshot().await.unwrap());
    run.cancel();
    for again in 0..3 {
        let run = Many.resume(snapshot).start();
        let mut events = run.events();
        for (id, n) in [(ids[0], 0), (ids[2], 2), (ids[3], 3)] {
            assert_eq!(next_prompt(&mut events).await, (id, n, true));
        }
        let_others_run().await;
        assert_eq!(run.open_prompts().len(), 3);
        assert_eq!(run.answer(ids[1], 1).unwrap_err().kind(), AnswerErrorKind::Closed);
        if again == 2 {
            // Rejected, since the wait has been reached again.
            assert_eq!(run.answer(ids[2], 13).unwrap_err().kind(), AnswerErrorKind::Rejected);
            for (id, answer) in [(ids[3], 33), (ids[0], 30), (ids[2], 32)] {
                run.answer(id, answer).unwrap();
            }
            while let Some(event) = events.next().await {
                assert!(!matches!(event, RunEvent::InputRequired { .. }), "once");
            }
            assert_eq!(run.await.unwrap(), [30, 41, 32, 33]);
            return;
        }
        snapshot = round_trip(&run.snapshot().await.unwrap());
        run.cancel();
        run.result().await.unwrap_err();
    }
}

#[tokio::test(start_paused = true)]
async fn answer_before_the_step_is_replayed_reaches_its_wait() {
    let run = Many.run(3).start();
    let_others_run().await;
    let ids: Vec<_> = run.open_prompts().into_iter().map(|open| open.id).collect();
    let snapshot = round_trip(&run.snapshot().await.unwrap());
    run.cancel();
    let run = Many.resume(snapshot).start();
    // Nothing has been polled yet.
    run.answer(ids[2], 52).unwrap();
    run.answer(ids[0], 50).unwrap();
    assert_eq!(run.answer(ids[0], 60).unwrap_err().kind(), AnswerErrorKind::Closed);
    let_others_run().await;
    run.answer(ids[1], 51).unwrap();
    assert_eq!(run.await.unwrap(), [50, 51, 52]);
}

/// Asks by signature.
#[workflow]
struct BySignature {
    log: Log<u32>,
}

#[workflow]
impl BySignature {
    #[step]
    async fn ask(&self, Start(n): Start<u32>) -> (InputRequired<u32>, InputRequired<u32>) {
        (InputRequired(n), InputRequired(n + 1))
    }
    #[step]
    async fn answer(&self, HumanResponse(n): HumanResponse<u32>) -> Option<OneOf<InputRequired<u32>, Stop<u32>>> {
        self.log.add(n);
        match n {
            0 => Some(Stop(0).emit()),
            1 => Some(InputRequired(7).emit()),
            _ => None,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn prompts_of_signatures_are_answered_once() {
    let log = Log::default();
    let run = BySignature { log: log.clone() }.run(5).start();
    let mut events = run.events();
    let (first, _, _) = next_prompt(&mut events).await;
    let (second, prompt, _) = next_prompt(&mut events).await;
    assert_eq!(prompt, 6);
    run.answer(second, 3).unwrap();
    assert_eq!(run.answer(second, 4).unwrap_err().kind(), AnswerErrorKind::Closed);
    let_others_run().await;
    assert_eq!(log.take(), [3]);
    // The run rests; a snapshot has the other one.
    let snapshot = round_trip(&run.snapshot().await.unwrap());
    run.cancel();
    let run = BySignature { log: log.clone() }.resume(snapshot).start();
    let mut events = run.events();
    assert_eq!(next_prompt(&mut events).await, (first, 5, true));
    run.answer(first, 1).unwrap();
    let (third, prompt, republished) = next_prompt(&mut events).await;
    assert_eq!((third.to_string(), prompt, republished), ("3".to_owned(), 7, false));
    assert_eq!(run.answer(first, 1).unwrap_err().kind(), AnswerErrorKind::Closed);
    // A response without an id presumably answers the oldest prompt; its id is still accepted once.
    run.send(HumanResponse(9)).unwrap();
    let_others_run().await;
    assert!(run.open_prompts().is_empty());
    run.answer(third, 8).unwrap();
    assert_eq!(run.answer(third, 8).unwrap_err().kind(), AnswerErrorKind::Closed);
    let_others_run().await;
    assert_eq!(log.take(), [1, 9, 8]);
    run.send(HumanResponse(0)).unwrap();
    assert_eq!(run.await.unwrap(), 0);
}

/// A prompt by signature, a prompt of a wait and a wait without a prompt, all with the same response.
#[workflow(state = Vec<u32>)]
struct Mixed;

#[workflow]
impl Mixed {
    #[step]
    async fn prompt(&self, Start(()): Start<()>) -> (InputRequired<u32>, Task) {
        (InputRequired(1), Task(1))
    }
    #[step]
    async fn wait(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
        _task: Task,
    ) -> Stop<(u32, u32)> {
        let asked = ctx.ask_for::<u32>(2);
        let unasked = async {
            sleep(ms(10)).await;
            ctx.wait_for::<u32>().await
        };
        Stop(tokio::join!(asked, unasked))
    }
}

#[tokio::test(start_paused = true)]
async fn answer_to_a_signature_does_not_reach_the_prompt_of_a_wait() {
    for early in [true, false] {
        let run = Mixed.run(()).start();
        let mut events = run.events();
        let (signature, _, _) = next_prompt(&mut events).await;
        let (wait, prompt, _) = next_prompt(&mut events).await;
        assert_eq!(prompt, 2);
        if !early {
            sleep(ms(20)).await;
        }
        run.answer(signature, 10).unwrap();
        sleep(ms(20)).await;
        assert!(!run.is_finished());
        assert_eq!(run.open_prompts().len(), 1);
        run.answer(wait, 20).unwrap();
        assert_eq!(run.await.unwrap(), (20, 10));
    }
}

/// Drops its wait.
#[workflow]
struct Reminds;

#[workflow]
impl Reminds {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
        Start(times): Start<u32>,
    ) -> Stop<(u32, u32)> {
        for n in 0..times {
            tokio::select! {
                answer = ctx.ask_for::<u32>(n) => return Stop((n, answer)),
                () = sleep(ms(10)) => {}
            }
        }
        Stop((times, ctx.ask_for::<u32>(times).await))
    }
}

#[tokio::test(start_paused = true)]
async fn dropped_wait_closes_its_prompt() {
    let run = Reminds.run(2).start();
    let mut events = run.events();
    let (first, _, _) = next_prompt(&mut events).await;
    let (second, _, _) = next_prompt(&mut events).await;
    assert_eq!(run.answer(first, 1).unwrap_err().kind(), AnswerErrorKind::Closed);
    run.answer(second, 2).unwrap();
    assert_eq!(run.await.unwrap(), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn loop_that_drops_its_waits_does_not_grow() {
    let run = Reminds.run(100_000).start();
    let size = async |at: u64| {
        tokio::time::sleep_until(tokio::time::Instant::now() + ms(at)).await;
        serde_json::to_string(&run.snapshot().await.unwrap()).unwrap().len()
    };
    let (early, late) = (size(1_000).await, size(100_000).await);
    assert!(late < early + 200, "{early} {late}");
    assert_eq!(run.open_prompts().len(), 1);
    let snapshot = run.snapshot().await.unwrap();
    let open = run.open_prompts().remove(0);
    run.cancel();
    let run = Reminds.resume(round_trip(&snapshot)).start();
    let_others_run().await;
    run.answer(open.id, 5).unwrap();
    assert_eq!(run.await.unwrap().1, 5);
}

/// Asks and fails.
#[workflow]
struct Retries;

#[workflow]
impl Retries {
    #[step(retry = Retry::fixed(Duration::from_millis(50)).max_attempts(3))]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
        Start(how): Start<u32>,
    ) -> StepResult<Stop<u32>> {
        let attempt = ctx.attempt().number;
        if how == 0 {
            ctx.ask(attempt);
            if attempt < 3 {
                return Err(StepError::msg("no"));
            }
            return Ok(Stop(ctx.wait_for::<u32>().await));
        }
        let fails = async { if attempt < 3 { sleep(ms(10)).await } else { std::future::pending().await } };
        tokio::select! {
            answer = ctx.ask_for::<u32>(7) => Ok(Stop(answer)),
            () = fails => Err(StepError::msg("no")),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn retry_closes_what_it_asks_again() {
    let run = Retries.run(0).start();
    sleep(ms(200)).await;
    let open = run.open_prompts();
    assert_eq!(open.iter().map(|open| open.prompt).collect::<Vec<_>>(), [3]);
    assert_eq!(run.answer("1".parse().unwrap(), 1).unwrap_err().kind(), AnswerErrorKind::Closed);
    run.answer(open[0].id, 4).unwrap();
    assert_eq!(run.await.unwrap(), 4);

    let run = Retries.run(1).start();
    let mut events = run.events();
    let (id, _, _) = next_prompt(&mut events).await;
    // The attempt has dropped its wait, and the next one waits anew.
    sleep(ms(20)).await;
    assert!(run.open_prompts().is_empty());
    assert_eq!(run.answer(id, 8).unwrap_err().kind(), AnswerErrorKind::Closed);
    for at in [45, 200] {
        sleep(ms(at)).await;
        assert_eq!(run.open_prompts().iter().map(|open| open.id).collect::<Vec<_>>(), [id]);
    }
    run.answer(id, 9).unwrap();
    assert_eq!(run.await.unwrap(), 9);
}

/// Publishes around its prompts, in one poll.
#[workflow(stream = u32)]
struct Order;

#[workflow]
impl Order {
    #[step]
    async fn order(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
        Start(()): Start<()>,
    ) -> (InputRequired<u32>, Stop<u32>) {
        ctx.publish(1);
        ctx.ask(2);
        ctx.publish(3);
        ctx.ask(4);
        ctx.publish(5);
        let ask = ctx.ask_for::<u32>(6);
        let publish = async {
            ctx.publish(7);
            ctx.clone().publish(8);
        };
        tokio::join!(ask, publish);
        ctx.publish(9);
        ctx.ask(10);
        ctx.publish(11);
        (InputRequired(12), Stop(0))
    }
}

#[tokio::test(start_paused = true)]
async fn items_and_prompts_are_in_the_order_of_the_calls() {
    let run = Order.run(()).start();
    let mut events = run.events();
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            RunEvent::Published(n) => seen.push(n),
            RunEvent::InputRequired { id, prompt, .. } => {
                seen.push(prompt);
                if prompt == 6 {
                    run.answer(id, 0).unwrap();
                }
            }
            _ => {}
        }
    }
    assert_eq!(seen, (1..=12).collect::<Vec<_>>());
}

#[test]
fn of_concurrent_answers_one_succeeds() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(async {
        for _ in 0..200 {
            let run = Pay.run(2).start();
            let mut events = run.events();
            let (id, _, _) = next_prompt(&mut events).await;
            let accepted = std::thread::scope(|scope| {
                let answers: Vec<_> = (0..3).map(|_| scope.spawn(|| u32::from(run.answer(id, true).is_ok()))).collect();
                answers.into_iter().map(|answer| answer.join().unwrap()).sum::<u32>()
            });
            assert_eq!(accepted, 1);
            let (id, _, _) = next_prompt(&mut events).await;
            run.answer(id, false).unwrap();
            assert_eq!(run.await.unwrap(), 1);
        }
    });
}

/// Waits for many responses at once, each for its own.
#[workflow]
struct Crowd;

#[workflow]
impl Crowd {
    #[step]
    async fn crowd(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(n): Start<u32>) -> Stop<u32> {
        let waits = (0..n).map(|n| ctx.wait_for::<u32>().matching(move |answer| *answer == n));
        Stop(futures::future::join_all(waits).await.into_iter().sum())
    }
}

#[tokio::test(start_paused = true)]
async fn many_matching_waits_take_buffered_responses() {
    // Quadratic in the number of responses, this takes minutes.
    const N: u32 = 20_000;
    let run = Crowd.run(N).start();
    (0..N).for_each(|n| run.send(HumanResponse(n)).unwrap());
    assert_eq!(run.result().await.unwrap(), N * (N - 1) / 2);

    // The same after a resume, where all waits are blocked at first.
    let run = Crowd.run(N).start();
    let_others_run().await;
    let snapshot = run.snapshot().await.unwrap();
    run.cancel();
    let run = Crowd.resume(snapshot).start();
    (0..N).for_each(|n| run.send(HumanResponse(n)).unwrap());
    assert_eq!(run.result().await.unwrap(), N * (N - 1) / 2);
}

#[event]
struct Quiz(u32);
#[event]
struct Grade(bool);

/// One step waits for the answer to its prompt, another one asks and fails.
#[workflow]
struct Exam {
    fails: bool,
}

#[workflow]
impl Exam {
    #[step]
    async fn open(&self, Start(n): Start<u32>) -> (Quiz, Grade) {
        (Quiz(n), Grade(true))
    }
    #[step]
    async fn quiz(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>)>,
        Quiz(n): Quiz,
    ) -> Stop<(u32, u32)> {
        Stop((n, ctx.ask_for::<u32>(format!("question {n}")).await))
    }
    #[step]
    async fn grade(&self, ctx: &Context<Self, (InputRequired<String>,)>, Grade(_): Grade) -> StepResult<()> {
        sleep(ms(1)).await;
        ctx.ask("the grade".to_owned());
        sleep(ms(1)).await;
        if self.fails { Err(StepError::msg("no pen")) } else { Ok(()) }
    }
}

#[tokio::test(start_paused = true)]
async fn open_prompts_of_a_failed_run_are_in_its_snapshot() {
    let run = Exam { fails: true }.run(4).start();
    let mut events = run.events();
    let (question, ..) = next_prompt(&mut events).await;
    let (grade, prompt, _) = next_prompt(&mut events).await;
    assert_eq!((prompt.as_str(), run.open_prompts().len()), ("the grade", 2));
    assert!(matches!(run.result().await, Err(RunError::Failed { step: "grade", .. })));
    let snapshot = round_trip(&run.snapshot().await.unwrap());

    let run = Exam { fails: false }.resume(snapshot).start();
    let mut events = run.events();
    // The failed step asks again, with a new prompt: the old one is closed.
    assert_eq!(next_prompt(&mut events).await, (question, "question 4".to_owned(), true));
    let (again, prompt, republished) = next_prompt(&mut events).await;
    assert_eq!((prompt.as_str(), republished, again > grade), ("the grade", false, true));
    let open: Vec<_> = run.open_prompts().into_iter().map(|open| open.id).collect();
    assert_eq!(open, [question, again]);
    run.answer(question, 7_u32).unwrap();
    assert_eq!(run.await.unwrap(), (4, 7));
}

#[tokio::test(start_paused = true)]
async fn prompt_that_cannot_be_read_again_does_not_serialize() {
    let run = Score.run(f64::NAN).start();
    let_others_run().await;
    let error = serde_json::to_string(&run.snapshot().await.unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "`prompt` of `StoredPrompt` is NaN, which JSON cannot represent");
    let run = Score.run(0.5).start();
    let_others_run().await;
    round_trip(&run.snapshot().await.unwrap());
}

/// Asks with a number.
#[workflow]
struct Score;

#[workflow]
impl Score {
    #[step]
    async fn score(&self, Start(score): Start<f64>) -> InputRequired<f64> {
        InputRequired(score)
    }
    #[step]
    async fn end(&self, HumanResponse(n): HumanResponse<u32>) -> Stop<u32> {
        Stop(n)
    }
}

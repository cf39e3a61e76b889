//! What steps take and give, one event at a time, and what a workflow is beside its steps.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use std::sync::Arc;
use tokio::time::sleep;
use workflows::{Log, Noted, failure, let_others_run, yield_once};
use workflows_runtime::{Parked, prelude::*};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn stalled(error: RunError) -> Vec<(String, usize)> {
    match error {
        RunError::Stalled { parked, .. } => {
            parked.into_iter().map(|Parked { step, events, .. }| (step, events)).collect()
        }
        other => panic!("not stalled: {other}"),
    }
}

// ---- one event in, one event out ----

#[tokio::test(start_paused = true)]
async fn an_event_goes_to_the_step_that_takes_it() {
    // ST-08, ST-17: returned events are routed by their type; the start event too.
    #[event]
    struct Doubled(u32);

    #[workflow]
    struct Chain;
    #[workflow]
    impl Chain {
        #[step]
        async fn double(&self, Start(n): Start<u32>) -> Doubled {
            Doubled(n * 2)
        }
        #[step]
        async fn describe(&self, Doubled(n): Doubled) -> Stop<String> {
            Stop(format!("<{n}>"))
        }
    }
    assert_eq!(Chain.run(21).await.unwrap(), "<42>");
}

#[tokio::test(start_paused = true)]
async fn parameters_stand_in_any_order_and_may_be_patterns() {
    // ST-03
    #[event]
    struct Pair {
        left: u32,
        right: u32,
    }

    #[workflow(state = u32)]
    struct Sum;
    #[workflow]
    impl Sum {
        #[step]
        async fn split(&self, Start((left, right)): Start<(u32, u32)>, ctx: &Context<Self>) -> Pair {
            ctx.state().set(100);
            Pair { left, right }
        }
        #[step]
        async fn add(&self, ctx: &Context<Self>, Pair { left, right }: Pair) -> Stop<u32> {
            Stop(left + right + ctx.state().get())
        }
    }
    assert_eq!(Sum.run((1, 2)).await.unwrap(), 103);
}

#[tokio::test(start_paused = true)]
async fn one_of_as_output_branches_and_as_input_takes_each() {
    #[event]
    struct Even(u32);
    #[event]
    struct Odd(u32);

    #[workflow]
    struct Parity;
    #[workflow]
    impl Parity {
        #[step]
        async fn look(&self, Start(n): Start<u32>) -> OneOf<Even, Odd> {
            if n.is_multiple_of(2) { Even(n).emit() } else { Odd(n).emit() }
        }
        #[step]
        async fn say(&self, number: OneOf<Odd, Even>) -> Stop<String> {
            Stop(match number {
                OneOf::A(Odd(n)) => format!("{n} is odd"),
                OneOf::B(Even(n)) => format!("{n} is even"),
            })
        }
    }
    assert_eq!(Parity.run(4).await.unwrap(), "4 is even");
    assert_eq!(Parity.run(7).await.unwrap(), "7 is odd");
}

#[tokio::test(start_paused = true)]
async fn a_loop_runs_until_it_takes_its_exit() {
    #[event]
    struct Again(u32);

    #[workflow]
    struct Countdown;
    #[workflow]
    impl Countdown {
        #[step]
        async fn begin(&self, Start(n): Start<u32>) -> Again {
            Again(n)
        }
        #[step]
        async fn again(&self, Again(n): Again) -> OneOf<Again, Stop<bool>> {
            if n == 0 { Stop(true).emit() } else { Again(n - 1).emit() }
        }
    }
    assert!(Countdown.run(3).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn each_taker_gets_a_copy_in_declaration_order() {
    // ST-11: not by name.
    #[event]
    struct News(u32);
    #[event]
    struct Seen;

    #[workflow]
    struct Paper {
        log: Log<&'static str>,
    }
    #[workflow]
    impl Paper {
        #[step]
        async fn print(&self, Start(n): Start<u32>) -> News {
            News(n)
        }
        #[step]
        async fn zoe(&self, News(n): News) -> Seen {
            assert_eq!(n, 7);
            self.log.add("zoe");
            Seen
        }
        #[step]
        async fn adam(&self, _news: News) {
            self.log.add("adam");
        }
        #[step]
        async fn mia(&self, _seen: Seen, News(n): News) -> Stop<u32> {
            self.log.add("mia");
            Stop(n)
        }
    }
    let log = Log::default();
    assert_eq!(Paper { log: log.clone() }.run(7).await.unwrap(), 7);
    assert_eq!(log.take(), ["zoe", "adam", "mia"]);
}

#[tokio::test(start_paused = true)]
async fn several_steps_may_take_the_start() {
    // ST-17
    #[event]
    struct Length(usize);
    #[event]
    struct Upper(String);

    #[workflow]
    struct Both;
    #[workflow]
    impl Both {
        #[step]
        async fn count(&self, Start(text): Start<String>) -> Length {
            Length(text.len())
        }
        #[step]
        async fn shout(&self, Start(text): Start<String>) -> Upper {
            Upper(text.to_uppercase())
        }
        #[step]
        async fn join(&self, Upper(text): Upper, Length(n): Length) -> Stop<String> {
            Stop(format!("{text} {n}"))
        }
    }
    assert_eq!(Both.run("abc".to_owned()).await.unwrap(), "ABC 3");
}

#[tokio::test(start_paused = true)]
async fn an_answer_from_outside_is_an_input() {
    // ST-15, EV-17: the prompt goes out, the answer comes in.
    #[event]
    struct Question {
        text: String,
    }

    #[workflow]
    struct Ask;
    #[workflow]
    impl Ask {
        #[step]
        async fn ask(&self, Start(text): Start<String>) -> InputRequired<Question> {
            InputRequired(Question { text })
        }
        #[step]
        async fn answer(&self, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool> {
            Stop(yes)
        }
    }
    let run = Ask.run("sure?".to_owned()).start();
    let mut events = run.events();
    let Some(RunEvent::InputRequired(Question { text })) = events.next().await else { panic!() };
    assert_eq!(text, "sure?");
    run.send(HumanResponse(true)).unwrap();
    assert!(run.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn several_prompt_and_answer_types_keep_apart() {
    #[workflow]
    struct Form;
    #[workflow]
    impl Form {
        #[step]
        async fn name(&self, _start: Start<()>) -> InputRequired<String> {
            InputRequired("name?".to_owned())
        }
        #[step]
        async fn age(&self, HumanResponse(_name): HumanResponse<String>) -> InputRequired<u8> {
            InputRequired(0)
        }
        #[step]
        async fn done(&self, HumanResponse(age): HumanResponse<u8>) -> Stop<u8> {
            Stop(age)
        }
    }
    let run = Form.run(()).start();
    let mut events = run.events();
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired(OneOf::A(_)))));
    run.send(HumanResponse("Ida".to_owned())).unwrap();
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired(OneOf::B(0)))));
    run.send(HumanResponse(44_u8)).unwrap();
    assert_eq!(run.await.unwrap(), 44);
}

// ---- outputs ----

#[tokio::test(start_paused = true)]
async fn an_option_emits_or_ends_its_branch() {
    #[event]
    struct Big(u32);

    #[workflow]
    struct Filter;
    #[workflow]
    impl Filter {
        #[step]
        async fn look(&self, Start(n): Start<u32>) -> Option<Big> {
            (n > 10).then_some(Big(n))
        }
        #[step]
        async fn end(&self, Big(n): Big) -> Stop<u32> {
            Stop(n)
        }
    }
    assert_eq!(Filter.run(11).await.unwrap(), 11);
    assert!(stalled(Filter.run(9).await.unwrap_err()).is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_emitted_by_a_step_without_a_return_type() {
    // ST-02
    #[workflow]
    struct Watch {
        log: Log<u32>,
    }
    #[workflow]
    impl Watch {
        #[step]
        async fn note(&self, Start(n): Start<u32>) {
            self.log.add(n);
        }
        #[step]
        async fn end(&self, _start: Start<u32>) -> Stop<()> {
            Stop(())
        }
    }
    let log = Log::default();
    Watch { log: log.clone() }.run(5).await.unwrap();
    assert_eq!(log.take(), [5]);
}

#[tokio::test(start_paused = true)]
async fn a_tuple_emits_all_of_its_members() {
    #[event]
    struct A(u8);
    #[event]
    struct B(u8);
    #[event]
    struct C(u8);

    #[workflow]
    struct Three;
    #[workflow]
    impl Three {
        #[step]
        async fn split(&self, Start(n): Start<u8>) -> (A, B, C) {
            (A(n), B(n + 1), C(n + 2))
        }
        #[step]
        async fn join(&self, C(c): C, A(a): A, B(b): B) -> Stop<[u8; 3]> {
            Stop([a, b, c])
        }
    }
    assert_eq!(Three.run(1).await.unwrap(), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_result_emits_or_fails_the_step() {
    // Any error converts, and keeps its type.
    #[workflow]
    struct Parse;
    #[workflow]
    impl Parse {
        #[step]
        async fn parse(&self, Start(text): Start<String>) -> StepResult<Stop<i32>> {
            Ok(Stop(text.parse()?))
        }
    }
    assert_eq!(Parse.run("12".to_owned()).await.unwrap(), 12);

    let error = Parse.run("twelve".to_owned()).await.unwrap_err();
    let RunError::Failed { step, attempts, source, .. } = error else { panic!() };
    assert_eq!((step, attempts, source.to_string().as_str()), ("parse", 1, "invalid digit found in string"));
    assert!(source.is::<std::num::ParseIntError>());
}

#[tokio::test(start_paused = true)]
async fn a_result_may_carry_any_error_of_ones_own() {
    #[derive(Debug)]
    struct Broken;
    impl std::fmt::Display for Broken {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("it broke")
        }
    }
    impl std::error::Error for Broken {}

    #[event]
    struct Part(u8);

    #[workflow]
    struct Parts;
    #[workflow]
    impl Parts {
        #[step]
        async fn cut(&self, Start(n): Start<u8>) -> Result<Vec<Option<Part>>, Broken> {
            if n > 9 { Err(Broken) } else { Ok((0..n).map(|n| (n % 2 == 0).then_some(Part(n))).collect()) }
        }
        #[step]
        async fn glue(&self, parts: Vec<Part>) -> Stop<Vec<u8>> {
            Stop(parts.into_iter().map(|part| part.0).collect())
        }
    }
    assert_eq!(Parts.run(5).await.unwrap(), [0, 2, 4]);
    assert_eq!(failure(Parts.run(10).await.unwrap_err()), ("cut", "it broke".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn stop_drops_what_still_runs_and_the_first_one_wins() {
    // ST-13
    #[workflow]
    struct Race {
        log: Log<&'static str>,
    }
    #[workflow]
    impl Race {
        #[step]
        async fn slow(&self, _start: Start<()>) -> Stop<String> {
            let _dropped = Noted(self.log.clone(), "slow dropped");
            sleep(ms(20)).await;
            self.log.add("never");
            Stop("slow".to_owned())
        }
        #[step]
        async fn quick(&self, _start: Start<()>) -> Stop<String> {
            sleep(ms(10)).await;
            Stop("quick".to_owned())
        }
    }
    let log = Log::default();
    assert_eq!(Race { log: log.clone() }.run(()).await.unwrap(), "quick");
    assert_eq!(log.take(), ["slow dropped"]);
}

#[tokio::test(start_paused = true)]
async fn stop_keeps_what_is_queued_from_starting() {
    // ST-13
    #[event]
    struct Item(u32);

    #[workflow]
    struct Queue {
        log: Log<u32>,
    }
    #[workflow]
    impl Queue {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            (0..10).map(Item).collect()
        }
        #[step(workers = 2)]
        async fn work(&self, Item(n): Item) -> Option<Stop<u32>> {
            self.log.add(n);
            sleep(ms(if n == 1 { 15 } else { 10 })).await;
            (n == 1).then_some(Stop(n))
        }
    }
    let log = Log::default();
    assert_eq!(Queue { log: log.clone() }.run(()).await.unwrap(), 1);
    assert_eq!(log.take(), [0, 1, 2]);
}

// ---- sending ----

#[tokio::test(start_paused = true)]
async fn what_is_sent_comes_before_what_is_returned() {
    // ST-21: in the order in which the step did it.
    #[event]
    struct Note(String);
    #[event]
    struct Last;

    #[workflow]
    struct Sender {
        log: Log<String>,
    }
    #[workflow]
    impl Sender {
        #[step]
        async fn send(&self, ctx: &Context<Self, (Note, Last)>, _start: Start<()>) -> Note {
            ctx.send(Note("first".to_owned()));
            ctx.send(Note("second".to_owned()));
            yield_once().await;
            ctx.send(Last);
            Note("returned".to_owned())
        }
        #[step(workers = 1)]
        async fn note(&self, Note(text): Note) {
            self.log.add(text);
            sleep(ms(1)).await;
        }
        #[step]
        async fn last(&self, _last: Last) -> Stop<()> {
            sleep(ms(10)).await;
            Stop(())
        }
    }
    let log = Log::default();
    Sender { log: log.clone() }.run(()).await.unwrap();
    assert_eq!(log.take(), ["first", "second", "returned"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_starts_while_the_sender_goes_on() {
    #[event]
    struct Ping;

    #[workflow]
    struct Talk {
        log: Log<&'static str>,
    }
    #[workflow]
    impl Talk {
        #[step]
        async fn send(&self, ctx: &Context<Self, (Ping,)>, _start: Start<()>) -> Stop<()> {
            ctx.send(Ping);
            sleep(ms(10)).await;
            self.log.add("sender ends");
            Stop(())
        }
        #[step]
        async fn ping(&self, _ping: Ping) {
            self.log.add("ping");
        }
    }
    let log = Log::default();
    Talk { log: log.clone() }.run(()).await.unwrap();
    assert_eq!(log.take(), ["ping", "sender ends"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_stays_in_the_senders_batch() {
    #[event]
    struct Item(u32);
    #[event]
    struct Part(u32);

    #[workflow]
    struct Parts;
    #[workflow]
    impl Parts {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            vec![Item(1), Item(2)]
        }
        #[step]
        async fn cut(&self, ctx: &Context<Self, (Part,)>, Item(n): Item) {
            for i in 0..3 {
                ctx.send(Part(n * 10 + i));
                yield_once().await;
            }
        }
        #[step]
        async fn join(&self, parts: Vec<Part>) -> Stop<Vec<u32>> {
            Stop(parts.into_iter().map(|part| part.0).collect())
        }
    }
    assert_eq!(Parts.run(()).await.unwrap(), [10, 11, 12, 20, 21, 22]);
}

// ---- a workflow and its runs ----

#[tokio::test(start_paused = true)]
async fn runs_of_one_instance_share_nothing_but_it() {
    // ST-24, CX-17
    #[event]
    struct More(u32);

    #[workflow(state = Vec<u32>, stream = u32)]
    struct Collect;
    #[workflow]
    impl Collect {
        #[step]
        async fn begin(&self, Start(n): Start<u32>) -> More {
            More(n)
        }
        #[step]
        async fn more(&self, ctx: &Context<Self>, More(n): More) -> OneOf<More, Stop<Vec<u32>>> {
            sleep(ms(1)).await;
            ctx.publish(n);
            ctx.state().update(|seen| seen.push(n));
            if n % 10 == 0 { Stop(ctx.state().get()).emit() } else { More(n - 1).emit() }
        }
    }
    let workflow = Arc::new(Collect);
    let (a, b) = (workflow.clone().run(12).start(), workflow.clone().run(22).start());
    assert_eq!(a.result().await.unwrap(), [12, 11, 10]);
    assert_eq!(b.result().await.unwrap(), [22, 21, 20]);
    assert_eq!(workflows::published(&b).await, [22, 21, 20]);
    assert_eq!(workflow.run(31).await.unwrap(), [31, 30]);
}

#[tokio::test(start_paused = true)]
async fn a_step_may_run_another_workflow_or_its_own() {
    #[workflow]
    struct Factorial;
    #[workflow]
    impl Factorial {
        #[step]
        async fn factorial(&self, Start(n): Start<u64>) -> StepResult<Stop<u64>> {
            if n == 0 {
                return Ok(Stop(1));
            }
            // In place, so that it is dropped with this step; or started.
            let inner = if n % 2 == 0 { Self.run(n - 1).await? } else { Self.run(n - 1).start().await? };
            sleep(ms(1)).await;
            Ok(Stop(n * inner))
        }
    }
    assert_eq!(Factorial.run(6).await.unwrap(), 720);
}

#[tokio::test(start_paused = true)]
async fn what_loses_a_race_cannot_fail_the_run() {
    #[event]
    struct Item(u64);
    #[event]
    struct Done(u64);

    #[workflow]
    struct Race {
        go: Arc<tokio::sync::Notify>,
    }
    #[workflow]
    impl Race {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            (0..3).map(Item).collect()
        }
        #[step]
        async fn work(&self, Item(n): Item) -> StepResult<Done> {
            // All are woken at once.
            self.go.notified().await;
            if n > 0 { Err(StepError::msg("too late")) } else { Ok(Done(n)) }
        }
        #[step]
        async fn first(&self, First([Done(n)]): First<Done, 1>) -> Stop<u64> {
            sleep(ms(1)).await;
            Stop(n)
        }
    }
    let go = Arc::new(tokio::sync::Notify::new());
    let run = Race { go: Arc::clone(&go) }.run(()).start();
    let_others_run().await;
    go.notify_waiters();
    assert_eq!(run.await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_step_is_an_ordinary_method() {
    #[workflow]
    struct Plain {
        factor: u32,
    }
    #[workflow]
    impl Plain {
        #[step]
        async fn times(&self, Start(n): Start<u32>) -> Stop<u32> {
            Stop(self.helper(n))
        }
        fn helper(&self, n: u32) -> u32 {
            n * self.factor
        }
    }
    assert_eq!(Plain { factor: 3 }.times(Start(4)).await, Stop(12));
    assert_eq!(Plain { factor: 3 }.run(4).await.unwrap(), 12);
}

// ---- many ----

#[tokio::test(start_paused = true)]
async fn a_loop_of_very_many_events() {
    #[event]
    struct Again(u32);

    #[workflow]
    struct Countdown;
    #[workflow]
    impl Countdown {
        #[step]
        async fn begin(&self, Start(n): Start<u32>) -> Again {
            Again(n)
        }
        #[step]
        async fn again(&self, Again(n): Again) -> OneOf<Again, Stop<u32>> {
            if n == 0 { Stop(0).emit() } else { Again(n - 1).emit() }
        }
    }
    assert_eq!(Countdown.run(1_000_000).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_fan_out_of_very_many_events() {
    #[event]
    struct Item(u32);
    #[event]
    struct Done(u32);

    #[workflow]
    struct Fan;
    #[workflow]
    impl Fan {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step(workers = 1000)]
        async fn work(&self, Item(n): Item) -> Done {
            // Some are ready at once, some are not.
            if n % 8 == 0 {
                yield_once().await;
            }
            Done(n)
        }
        #[step]
        async fn gather(&self, all: Vec<Done>) -> Stop<(usize, bool)> {
            Stop((all.len(), all.is_sorted_by_key(|done| done.0)))
        }
    }
    assert_eq!(Fan.run(300_000).await.unwrap(), (300_000, true));
}

//! What steps take and give: every row of the two tables, batches and joins.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use std::sync::Arc;
use tokio::time::sleep;
use workflows::{Log, Noted, events_of, failure, kinds, let_others_run, yield_once};
use workflows_runtime::{Parked, prelude::*};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn stalled(error: RunError) -> Vec<(String, usize)> {
    match error {
        RunError::Stalled { parked } => parked.into_iter().map(|Parked { step, events }| (step, events)).collect(),
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
    run.send(HumanResponse(true));
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
    run.send(HumanResponse("Ida".to_owned()));
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
    assert!(matches!(events.next().await, Some(RunEvent::InputRequired(OneOf::B(0)))));
    run.send(HumanResponse(44_u8));
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
    assert_eq!(stalled(Filter.run(9).await.unwrap_err()), []);
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
    assert!(source.0.is::<std::num::ParseIntError>());
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

// ---- batches and `Vec` ----

#[tokio::test(start_paused = true)]
async fn a_batch_is_gathered_once_in_the_order_of_sending() {
    #[event]
    struct Query(u64);
    #[event]
    struct Answer(u64);

    #[workflow]
    struct Fan {
        log: Log<u64>,
    }
    #[workflow]
    impl Fan {
        #[step]
        async fn fan(&self, Start(waits): Start<Vec<u64>>) -> Vec<Query> {
            waits.into_iter().map(Query).collect()
        }
        #[step(workers = 10)]
        async fn work(&self, Query(wait): Query) -> Answer {
            sleep(ms(wait)).await;
            self.log.add(wait);
            Answer(wait)
        }
        #[step]
        async fn gather(&self, answers: Vec<Answer>) -> Stop<Vec<u64>> {
            Stop(answers.into_iter().map(|answer| answer.0).collect())
        }
    }
    let log = Log::default();
    assert_eq!(Fan { log: log.clone() }.run(vec![30, 10, 20]).await.unwrap(), [30, 10, 20]);
    assert_eq!(log.take(), [10, 20, 30]);
}

#[tokio::test(start_paused = true)]
async fn an_empty_batch_is_gathered_too() {
    #[event]
    struct Query(u32);
    #[event]
    struct Answer(u32);

    #[workflow]
    struct Fan;
    #[workflow]
    impl Fan {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<Query> {
            (0..n).map(Query).collect()
        }
        #[step]
        async fn drop_odd(&self, Query(n): Query) -> Option<Answer> {
            (n % 2 == 0).then_some(Answer(n))
        }
        #[step]
        async fn gather(&self, answers: Vec<Answer>) -> Stop<Vec<u32>> {
            Stop(answers.into_iter().map(|answer| answer.0).collect())
        }
    }
    assert_eq!(Fan.run(0).await.unwrap(), []);
    assert_eq!(Fan.run(1).await.unwrap(), [0]);
    assert_eq!(Fan.run(6).await.unwrap(), [0, 2, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_which_every_branch_ends_is_gathered_as_nothing() {
    #[event]
    struct Query(u32);
    #[event]
    struct Answer(u32);

    #[workflow]
    struct Fan;
    #[workflow]
    impl Fan {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<Query> {
            (0..n).map(Query).collect()
        }
        #[step]
        async fn drop_all(&self, Query(n): Query) -> Option<Answer> {
            sleep(ms(n.into())).await;
            None
        }
        #[step]
        async fn gather(&self, answers: Vec<Answer>) -> Stop<usize> {
            Stop(answers.len())
        }
    }
    assert_eq!(Fan.run(7).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn fan_outs_nest() {
    #[event]
    struct Book(u32);
    #[event]
    struct Page(u32);
    #[event]
    struct Read(u32);
    #[event]
    struct Summary(Vec<u32>);

    #[workflow]
    struct Library;
    #[workflow]
    impl Library {
        #[step]
        async fn books(&self, Start(n): Start<u32>) -> Vec<Book> {
            (1..=n).map(Book).collect()
        }
        #[step]
        async fn pages(&self, Book(book): Book) -> Vec<Page> {
            // The second book is empty.
            if book == 2 { Vec::new() } else { (0..book).map(|page| Page(book * 10 + page)).collect() }
        }
        #[step(workers = 2)]
        async fn read(&self, Page(page): Page) -> Option<Read> {
            sleep(ms(u64::from(100 - page))).await;
            (page != 31).then_some(Read(page))
        }
        #[step]
        async fn summarise(&self, pages: Vec<Read>) -> Summary {
            Summary(pages.into_iter().map(|page| page.0).collect())
        }
        #[step]
        async fn end(&self, all: Vec<Summary>) -> Stop<Vec<Vec<u32>>> {
            Stop(all.into_iter().map(|summary| summary.0).collect())
        }
    }
    assert_eq!(Library.run(3).await.unwrap(), [vec![10], vec![], vec![30, 32]]);
    assert_eq!(Library.run(0).await.unwrap(), Vec::<Vec<u32>>::new());
}

#[tokio::test(start_paused = true)]
async fn a_vec_of_vecs_opens_a_batch_in_each_branch() {
    #[event]
    struct Cell(u32);
    #[event]
    struct Row(u32);

    #[workflow]
    struct Table;
    #[workflow]
    impl Table {
        #[step]
        async fn cells(&self, Start(rows): Start<Vec<Vec<u32>>>) -> Vec<Vec<Cell>> {
            rows.into_iter().map(|row| row.into_iter().map(Cell).collect()).collect()
        }
        #[step]
        async fn row(&self, cells: Vec<Cell>) -> Row {
            Row(cells.iter().map(|cell| cell.0).sum())
        }
        #[step]
        async fn all(&self, rows: Vec<Row>) -> Stop<Vec<u32>> {
            Stop(rows.into_iter().map(|row| row.0).collect())
        }
    }
    assert_eq!(Table.run(vec![vec![1, 2], vec![], vec![3]]).await.unwrap(), [3, 0, 3]);
    assert_eq!(Table.run(vec![]).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_batch_may_hold_several_types() {
    #[event]
    struct Good(u32);
    #[event]
    struct Bad(u32);
    #[event]
    struct Item(u32);

    #[workflow]
    struct Sort;
    #[workflow]
    impl Sort {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<OneOf<Item, Bad>> {
            (0..n).map(|n| if n == 0 { Bad(0).emit() } else { Item(n).emit() }).collect()
        }
        #[step]
        async fn judge(&self, Item(n): Item) -> OneOf<Good, Bad> {
            if n % 2 == 0 { Good(n).emit() } else { Bad(n).emit() }
        }
        #[step]
        async fn gather(&self, all: Vec<OneOf<Good, Bad>>) -> Stop<String> {
            let text = |one| match one {
                OneOf::A(Good(n)) => format!("+{n}"),
                OneOf::B(Bad(n)) => format!("-{n}"),
            };
            Stop(all.into_iter().map(text).collect())
        }
    }
    assert_eq!(Sort.run(4).await.unwrap(), "-0-1+2-3");
}

#[tokio::test(start_paused = true)]
async fn two_batches_at_once_do_not_mix() {
    #[event]
    struct Job(u32);
    #[event]
    struct Task(u32);
    #[event]
    struct Done(u32);
    #[event]
    struct JobDone(Vec<u32>);

    #[workflow]
    struct Jobs;
    #[workflow]
    impl Jobs {
        #[step]
        async fn jobs(&self, _start: Start<()>) -> Vec<Job> {
            vec![Job(1), Job(2)]
        }
        #[step]
        async fn tasks(&self, Job(job): Job) -> Vec<Task> {
            (0..3).map(|task| Task(job * 10 + task)).collect()
        }
        // The tasks of both jobs go through one queue, by turns.
        #[step(workers = 6)]
        async fn work(&self, Task(task): Task) -> Done {
            sleep(ms(u64::from(task % 10) * 10 + u64::from(task / 10))).await;
            Done(task)
        }
        #[step]
        async fn job_done(&self, tasks: Vec<Done>) -> JobDone {
            JobDone(tasks.into_iter().map(|task| task.0).collect())
        }
        #[step]
        async fn end(&self, [JobDone(one), JobDone(two)]: [JobDone; 2]) -> Stop<[Vec<u32>; 2]> {
            Stop([one, two])
        }
    }
    assert_eq!(Jobs.run(()).await.unwrap(), [vec![10, 11, 12], vec![20, 21, 22]]);
}

#[tokio::test(start_paused = true)]
async fn a_loop_inside_a_batch_keeps_it_open() {
    #[event]
    struct Try(u32, u32);
    #[event]
    struct Done(u32, u32);

    #[workflow]
    struct Tries;
    #[workflow]
    impl Tries {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<Try> {
            (0..n).map(|n| Try(n, 0)).collect()
        }
        #[step]
        async fn again(&self, Try(n, turns): Try) -> OneOf<Try, Done> {
            sleep(ms(1)).await;
            if turns == n * 3 { Done(n, turns).emit() } else { Try(n, turns + 1).emit() }
        }
        #[step]
        async fn gather(&self, done: Vec<Done>) -> Stop<Vec<(u32, u32)>> {
            Stop(done.into_iter().map(|Done(n, turns)| (n, turns)).collect())
        }
    }
    assert_eq!(Tries.run(3).await.unwrap(), [(0, 0), (1, 3), (2, 6)]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_opened_again_and_again_in_a_loop() {
    #[event]
    struct Round(u32);
    #[event]
    struct Item(u32);

    #[workflow]
    struct Rounds {
        log: Log<usize>,
    }
    #[workflow]
    impl Rounds {
        #[step]
        async fn begin(&self, _start: Start<()>) -> Round {
            Round(3)
        }
        #[step]
        async fn fan(&self, Round(n): Round) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step]
        async fn gather(&self, items: Vec<Item>) -> OneOf<Round, Stop<()>> {
            self.log.add(items.len());
            match u32::try_from(items.len()).unwrap() {
                0 => Stop(()).emit(),
                n => Round(n - 1).emit(),
            }
        }
    }
    let log = Log::default();
    Rounds { log: log.clone() }.run(()).await.unwrap();
    assert_eq!(log.take(), [3, 2, 1, 0]);
}

#[tokio::test(start_paused = true)]
async fn two_joins_of_one_batch_each_run_once() {
    #[event]
    struct Item(u32);
    #[event]
    struct Sum(u32);
    #[event]
    struct Count(usize);

    #[workflow]
    struct Stats;
    #[workflow]
    impl Stats {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<Item> {
            (1..=n).map(Item).collect()
        }
        #[step]
        async fn sum(&self, items: Vec<Item>) -> Sum {
            Sum(items.iter().map(|item| item.0).sum())
        }
        #[step]
        async fn count(&self, items: Vec<Item>) -> Count {
            Count(items.len())
        }
        #[step]
        async fn end(&self, Sum(sum): Sum, Count(count): Count) -> Stop<(u32, usize)> {
            Stop((sum, count))
        }
    }
    assert_eq!(Stats.run(4).await.unwrap(), (10, 4));
    assert_eq!(Stats.run(0).await.unwrap(), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_opens_one_of_two_batches() {
    #[event]
    struct Left(u32);
    #[event]
    struct Right(u32);

    #[workflow]
    struct Fork;
    #[workflow]
    impl Fork {
        #[step]
        async fn fork(&self, Start(left): Start<bool>) -> OneOf<Vec<Left>, Vec<Right>> {
            if left { vec![Left(1), Left(2)].emit() } else { Vec::<Right>::new().emit() }
        }
        #[step]
        async fn left(&self, all: Vec<Left>) -> Stop<String> {
            Stop(format!("left {}", all.len()))
        }
        #[step]
        async fn right(&self, all: Vec<Right>) -> Stop<String> {
            Stop(format!("right {}", all.len()))
        }
    }
    assert_eq!(Fork.run(true).await.unwrap(), "left 2");
    assert_eq!(Fork.run(false).await.unwrap(), "right 0");
}

// ---- several event parameters ----

#[tokio::test(start_paused = true)]
async fn several_events_are_paired_first_come_first_paired() {
    #[event]
    struct Key(u32);
    #[event]
    struct Lock(char);

    #[workflow]
    struct Pairs {
        log: Log<(u32, char)>,
    }
    #[workflow]
    impl Pairs {
        #[step]
        async fn send(&self, ctx: &Context<Self, (Key, Lock)>, _start: Start<()>) {
            ctx.send(Key(1));
            ctx.send(Key(2));
            ctx.send(Lock('a'));
            ctx.send(Key(3));
            ctx.send(Lock('b'));
            ctx.send(Lock('c'));
        }
        #[step(workers = 1)]
        async fn pair(&self, Lock(lock): Lock, Key(key): Key) -> Option<Stop<()>> {
            self.log.add((key, lock));
            (key == 3).then_some(Stop(()))
        }
    }
    let log = Log::default();
    Pairs { log: log.clone() }.run(()).await.unwrap();
    assert_eq!(log.take(), [(1, 'a'), (2, 'b'), (3, 'c')]);
}

#[tokio::test(start_paused = true)]
async fn several_events_are_paired_only_inside_one_batch() {
    #[event]
    struct Item(u32);
    #[event]
    struct Left(u32);
    #[event]
    struct Right(u32);
    #[event]
    struct Both(u32, u32);

    #[workflow]
    struct Twins;
    #[workflow]
    impl Twins {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Vec<Item>> {
            (1..=3).map(|n| vec![Item(n)]).collect()
        }
        #[step(workers = 3)]
        async fn split(&self, Item(n): Item) -> (Left, Right) {
            (Left(n), Right(n))
        }
        #[step(workers = 3)]
        async fn later(&self, Left(n): Left, Right(m): Right) -> Both {
            sleep(ms(u64::from(10 - n))).await;
            Both(n, m)
        }
        #[step]
        async fn one(&self, [both]: [Both; 1]) -> Both2 {
            Both2(both.0, both.1)
        }
        #[step]
        async fn inner(&self, all: Vec<Both2>) -> Inner {
            Inner(all.len())
        }
        #[step]
        async fn outer(&self, all: Vec<Inner>) -> Stop<Vec<usize>> {
            Stop(all.into_iter().map(|inner| inner.0).collect())
        }
    }
    #[event]
    struct Both2(u32, u32);
    #[event]
    struct Inner(usize);
    assert_eq!(Twins.run(()).await.unwrap(), [1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn an_event_without_its_partner_is_told_when_the_run_stalls() {
    #[event]
    struct Key(u32);
    #[event]
    struct Lock(u32);

    #[workflow]
    struct Pairs;
    #[workflow]
    impl Pairs {
        #[step]
        async fn send(&self, ctx: &Context<Self, (Key,)>, Start(locked): Start<bool>) -> Option<Lock> {
            ctx.send(Key(1));
            ctx.send(Key(2));
            locked.then_some(Lock(1))
        }
        #[step]
        async fn pair(&self, _key: Key, _lock: Lock) -> Stop<()> {
            Stop(())
        }
    }
    Pairs.run(true).await.unwrap();
    let error = Pairs.run(false).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "stalled: nothing is left to do, and no step has returned `Stop`; `pair` keeps 2 events"
    );
    assert_eq!(stalled(error), [("pair".to_owned(), 2)]);
}

#[tokio::test(start_paused = true)]
async fn a_parameter_of_a_join_may_take_one_of_several() {
    #[event]
    struct Cash(u32);
    #[event]
    struct Card(u32);
    #[event]
    struct Order(u32);

    #[workflow]
    struct Shop;
    #[workflow]
    impl Shop {
        #[step]
        async fn order(&self, Start(cash): Start<bool>) -> (Order, OneOf<Cash, Card>) {
            (Order(5), if cash { Cash(10).emit() } else { Card(20).emit() })
        }
        #[step]
        async fn pay(&self, Order(order): Order, by: OneOf<Card, Cash>) -> Stop<(u32, u32)> {
            Stop(match by {
                OneOf::A(Card(n)) | OneOf::B(Cash(n)) => (order, n),
            })
        }
    }
    assert_eq!(Shop.run(true).await.unwrap(), (5, 10));
    assert_eq!(Shop.run(false).await.unwrap(), (5, 20));
}

// ---- arrays ----

#[tokio::test(start_paused = true)]
async fn an_array_runs_each_time_so_many_have_come() {
    #[event]
    struct Item(u32);
    #[event]
    struct Triple(u32);

    #[workflow]
    struct Threes;
    #[workflow]
    impl Threes {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step]
        async fn three(&self, three: [Item; 3]) -> Triple {
            Triple(three.iter().map(|item| item.0).sum())
        }
        #[step]
        async fn end(&self, sums: Vec<Triple>) -> Stop<Vec<u32>> {
            Stop(sums.into_iter().map(|sum| sum.0).collect())
        }
    }
    assert_eq!(Threes.run(6).await.unwrap(), [3, 12]);
    assert_eq!(Threes.run(0).await.unwrap(), []);
    // The seventh waits for two more that cannot come: the batch never drains.
    assert_eq!(stalled(Threes.run(7).await.unwrap_err()), [("three".to_owned(), 1), ("end".to_owned(), 2)]);
}

#[tokio::test(start_paused = true)]
async fn a_pair_beside_another_event() {
    #[event]
    struct Wheel(u8);
    #[event]
    struct Frame(u8);

    #[workflow]
    struct Bike;
    #[workflow]
    impl Bike {
        #[step]
        async fn parts(&self, _start: Start<()>) -> (Wheel, Frame, Wheel) {
            (Wheel(1), Frame(2), Wheel(3))
        }
        #[step]
        async fn build(&self, [front, back]: [Wheel; 2], frame: Frame) -> Stop<[u8; 3]> {
            Stop([front.0, back.0, frame.0])
        }
    }
    assert_eq!(Bike.run(()).await.unwrap(), [1, 3, 2]);
}

// ---- `First` ----

#[tokio::test(start_paused = true)]
async fn first_runs_once_and_cancels_the_rest_of_the_batch() {
    #[event]
    struct Query(u64);
    #[event]
    struct Quote(u64);
    #[event]
    struct Best(u64);

    #[workflow]
    struct Market {
        log: Log<String>,
    }
    #[workflow]
    impl Market {
        #[step]
        async fn ask(&self, _start: Start<()>) -> Vec<Query> {
            [50, 10, 40, 20, 30, 60].map(Query).into()
        }
        #[step(workers = 5)]
        async fn quote(&self, Query(wait): Query) -> Quote {
            let _dropped = Noted(self.log.clone(), format!("{wait} over"));
            sleep(ms(wait)).await;
            self.log.add(format!("{wait} quoted"));
            Quote(wait)
        }
        #[step]
        async fn choose(&self, First([a, b]): First<Quote, 2>) -> Best {
            sleep(ms(100)).await;
            Best(a.0 + b.0)
        }
        #[step]
        async fn end(&self, Best(best): Best) -> Stop<u64> {
            Stop(best)
        }
    }
    let log = Log::default();
    assert_eq!(Market { log: log.clone() }.run(()).await.unwrap(), 30);
    // The sixth was queued, then started when the first quote came.
    let mut notes = log.take();
    notes[4..].sort_unstable();
    assert_eq!(notes, ["10 quoted", "10 over", "20 quoted", "20 over", "30 over", "40 over", "50 over", "60 over"]);
}

#[tokio::test(start_paused = true)]
async fn first_leaves_other_batches_alone() {
    #[event]
    struct Lot(u64);
    #[event]
    struct Ask(u64, u64);
    #[event]
    struct Bid(u64, u64);
    #[event]
    struct Sold(u64, u64);

    #[workflow]
    struct Auction;
    #[workflow]
    impl Auction {
        #[step]
        async fn lots(&self, _start: Start<()>) -> Vec<Lot> {
            vec![Lot(1), Lot(2), Lot(3)]
        }
        #[step]
        async fn ask(&self, Lot(lot): Lot) -> Vec<Ask> {
            vec![Ask(lot, 30), Ask(lot, 10), Ask(lot, 20)]
        }
        #[step(workers = 9)]
        async fn bid(&self, Ask(lot, wait): Ask) -> Bid {
            sleep(ms(wait * lot)).await;
            Bid(lot, wait)
        }
        #[step]
        async fn sell(&self, First([Bid(lot, bid)]): First<Bid, 1>) -> Sold {
            Sold(lot, bid)
        }
        #[step]
        async fn end(&self, sold: Vec<Sold>) -> Stop<Vec<(u64, u64)>> {
            Stop(sold.into_iter().map(|Sold(lot, bid)| (lot, bid)).collect())
        }
    }
    assert_eq!(Auction.run(()).await.unwrap(), [(1, 10), (2, 10), (3, 10)]);
}

#[tokio::test(start_paused = true)]
async fn first_that_never_gets_so_many_does_not_run() {
    #[event]
    struct Item(u32);
    #[event]
    struct Pair(u32);

    #[workflow]
    struct Two;
    #[workflow]
    impl Two {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step]
        async fn two(&self, First([a, b]): First<Item, 2>) -> Pair {
            Pair(a.0 + b.0)
        }
        #[step]
        async fn end(&self, Pair(n): Pair) -> Stop<u32> {
            Stop(n)
        }
    }
    assert_eq!(Two.run(5).await.unwrap(), 1);
    assert_eq!(stalled(Two.run(1).await.unwrap_err()), [("two".to_owned(), 1)]);
}

#[tokio::test(start_paused = true)]
async fn what_a_race_has_cancelled_is_not_polled_again() {
    // Both are woken by one `notify_waiters`; the first one decides the race.
    #[event]
    struct Item(u32);
    #[event]
    struct Win(u32);

    #[workflow(stream = u32)]
    struct Photo {
        go: Arc<tokio::sync::Notify>,
    }
    #[workflow]
    impl Photo {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            (0..3).map(Item).collect()
        }
        #[step]
        async fn run(&self, ctx: &Context<Self>, Item(n): Item) -> Win {
            self.go.notified().await;
            ctx.publish(n);
            Win(n)
        }
        #[step]
        async fn win(&self, First([Win(n)]): First<Win, 1>) -> Stop<u32> {
            sleep(ms(1)).await;
            Stop(n)
        }
    }
    let go = Arc::new(tokio::sync::Notify::new());
    let run = Photo { go: Arc::clone(&go) }.run(()).start();
    let_others_run().await;
    go.notify_waiters();
    let winner = run.result().await.unwrap();
    assert_eq!(kinds(&events_of(&run).await), ["published", "completed"], "only {winner} is seen");
}

// ---- corners ----

#[tokio::test(start_paused = true)]
async fn a_race_over_the_joins_of_inner_batches() {
    #[event]
    struct Team(u64);
    #[event]
    struct Leg(u64, u64);
    #[event]
    struct Run(u64, u64);
    #[event]
    struct Home(u64, usize);

    #[workflow]
    struct Relay {
        log: Log<&'static str>,
    }
    #[workflow]
    impl Relay {
        #[step]
        async fn teams(&self, _start: Start<()>) -> Vec<Team> {
            vec![Team(3), Team(1), Team(2)]
        }
        #[step]
        async fn legs(&self, Team(team): Team) -> Vec<Leg> {
            (1..=team).map(|leg| Leg(team, leg)).collect()
        }
        #[step(workers = 2)]
        async fn run(&self, Leg(team, leg): Leg) -> Run {
            let _over = Noted(self.log.clone(), "over");
            sleep(ms(10)).await;
            Run(team, leg)
        }
        #[step]
        async fn home(&self, legs: Vec<Run>) -> Home {
            Home(legs[0].0, legs.len())
        }
        #[step]
        async fn won(&self, First([home]): First<Home, 1>) -> Stop<(u64, usize)> {
            sleep(ms(100)).await;
            Stop((home.0, home.1))
        }
    }
    let log = Log::default();
    // Two legs at a time: team 3 needs two rounds, and the third leg goes with that of team 1.
    assert_eq!(Relay { log: log.clone() }.run(()).await.unwrap(), (3, 3));
    // Team 1 came home in the same moment, and team 2 began and was dropped, or never began.
    assert!(log.take().len() >= 4);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_loses_the_race_it_decides_is_dropped() {
    #[event]
    struct Item;
    #[event]
    struct Bid(u32);

    #[workflow]
    struct Loud {
        log: Log<&'static str>,
    }
    #[workflow]
    impl Loud {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            vec![Item]
        }
        #[step]
        async fn bid(&self, ctx: &Context<Self, (Bid,)>, _item: Item) {
            let _over = Noted(self.log.clone(), "over");
            for n in 0..5 {
                ctx.send(Bid(n));
                yield_once().await;
            }
            self.log.add("never");
        }
        #[step]
        async fn sold(&self, First([a, b]): First<Bid, 2>) -> Stop<(u32, u32)> {
            sleep(ms(1)).await;
            Stop((a.0, b.0))
        }
    }
    let log = Log::default();
    assert_eq!(Loud { log: log.clone() }.run(()).await.unwrap(), (0, 1));
    assert_eq!(log.take(), ["over"]);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_skips_the_fan_out_is_gathered_when_nothing_else_is_left() {
    // The run itself is the outermost batch, and drains too.
    #[event]
    struct Query(u32);
    #[event]
    struct Answer(u32);

    #[workflow]
    struct Skip;
    #[workflow]
    impl Skip {
        #[step]
        async fn plan(&self, Start(n): Start<u32>) -> OneOf<Vec<Query>, Answer> {
            if n == 0 { Answer(99).emit() } else { (0..n).map(Query).collect::<Vec<_>>().emit() }
        }
        #[step]
        async fn search(&self, Query(n): Query) -> Answer {
            Answer(n)
        }
        #[step]
        async fn gather(&self, answers: Vec<Answer>) -> Stop<Vec<u32>> {
            Stop(answers.into_iter().map(|answer| answer.0).collect())
        }
    }
    assert_eq!(Skip.run(2).await.unwrap(), [0, 1]);
    assert_eq!(Skip.run(0).await.unwrap(), [99]);
}

#[tokio::test(start_paused = true)]
async fn no_batch_is_not_an_empty_batch() {
    #[event]
    struct Item(u32);

    #[workflow]
    struct Maybe;
    #[workflow]
    impl Maybe {
        #[step]
        async fn fan(&self, Start(items): Start<Option<Vec<u32>>>) -> Option<Vec<Item>> {
            Some(items?.into_iter().map(Item).collect())
        }
        #[step]
        async fn gather(&self, items: Vec<Item>) -> Stop<usize> {
            Stop(items.len())
        }
    }
    assert_eq!(Maybe.run(Some(vec![1, 2])).await.unwrap(), 2);
    assert_eq!(Maybe.run(Some(vec![])).await.unwrap(), 0);
    assert_eq!(stalled(Maybe.run(None).await.unwrap_err()), []);
}

#[tokio::test(start_paused = true)]
async fn two_batches_and_an_event_beside_them() {
    #[event]
    struct Left(u32);
    #[event]
    struct Right(u32);
    #[event]
    struct Beside(u32);
    #[event]
    struct Lefts(usize);
    #[event]
    struct Rights(usize);

    #[workflow]
    struct Tree;
    #[workflow]
    impl Tree {
        #[step]
        async fn fork(&self, Start(n): Start<u32>) -> (Vec<Left>, Beside, Vec<Right>) {
            ((0..n).map(Left).collect(), Beside(7), (0..n * 2).map(Right).collect())
        }
        #[step]
        async fn lefts(&self, all: Vec<Left>) -> Lefts {
            Lefts(all.len())
        }
        #[step]
        async fn rights(&self, all: Vec<Right>) -> Rights {
            Rights(all.len())
        }
        #[step]
        async fn end(&self, Rights(r): Rights, Beside(b): Beside, Lefts(l): Lefts) -> Stop<(usize, u32, usize)> {
            Stop((l, b, r))
        }
    }
    assert_eq!(Tree.run(2).await.unwrap(), (2, 7, 4));
    assert_eq!(Tree.run(0).await.unwrap(), (0, 7, 0));
}

#[tokio::test(start_paused = true)]
async fn a_branch_may_end_the_run_or_ask() {
    #[event]
    struct Item(u32);

    #[workflow]
    struct Some3;
    #[workflow]
    impl Some3 {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<OneOf<Item, InputRequired<u32>, Stop<String>>> {
            (0..n)
                .map(|n| match n {
                    0 | 1 => Item(n).emit(),
                    2 => InputRequired(n).emit(),
                    _ => Stop("fan".to_owned()).emit(),
                })
                .collect()
        }
        #[step]
        async fn item(&self, _item: Item) {}
        #[step]
        async fn answer(&self, HumanResponse(text): HumanResponse<String>) -> Stop<String> {
            Stop(text)
        }
    }
    assert_eq!(Some3.run(5).await.unwrap(), "fan");
    let run = Some3.run(3).start();
    run.send(HumanResponse("answer".to_owned()));
    assert_eq!(run.result().await.unwrap(), "answer");
    assert_eq!(kinds(&events_of(&run).await), ["prompt", "completed"]);
}

#[tokio::test(start_paused = true)]
async fn answers_may_be_taken_in_pairs_and_beside_events() {
    #[event]
    struct Asked(u32);

    #[workflow]
    struct Poll;
    #[workflow]
    impl Poll {
        #[step]
        async fn ask(&self, Start(n): Start<u32>) -> (InputRequired<u32>, Asked) {
            (InputRequired(n), Asked(n))
        }
        #[step]
        async fn done(&self, Asked(n): Asked, [one, two]: [HumanResponse<u32>; 2]) -> Stop<u32> {
            Stop(n + one.0 + two.0)
        }
    }
    let run = Poll.run(100).start();
    run.send(HumanResponse(20));
    run.send(HumanResponse(3));
    assert_eq!(run.await.unwrap(), 123);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_fails_in_the_middle_of_its_output_emits_nothing() {
    #[event]
    struct Item(u32);

    #[workflow]
    struct Half {
        log: Log<u32>,
    }
    #[workflow]
    impl Half {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<StepResult<Item>> {
            vec![Ok(Item(1)), Err(StepError::msg("bad item")), Ok(Item(3))]
        }
        #[step]
        async fn item(&self, Item(n): Item) {
            self.log.add(n);
        }
        #[step]
        async fn gather(&self, _all: Vec<Item>) -> Stop<()> {
            Stop(())
        }
    }
    let log = Log::default();
    let error = Half { log: log.clone() }.run(()).await.unwrap_err();
    assert_eq!(failure(error), ("fan", "bad item".to_owned()));
    assert_eq!(log.take(), []);
}

#[tokio::test(start_paused = true)]
async fn deep_nests_of_batches() {
    #[event]
    struct Node(u32);
    #[event]
    struct A(u32);
    #[event]
    struct B(u32);
    #[event]
    struct C(u32);

    #[workflow]
    struct Deep;
    #[workflow]
    impl Deep {
        #[step]
        async fn grow(&self, Start(n): Start<u32>) -> Vec<Vec<Vec<Node>>> {
            (0..n).map(|a| (0..a).map(|b| (0..b).map(|c| Node(a * 100 + b * 10 + c)).collect()).collect()).collect()
        }
        #[step]
        async fn inner(&self, nodes: Vec<Node>) -> A {
            A(nodes.iter().map(|node| node.0).sum())
        }
        #[step]
        async fn middle(&self, inner: Vec<A>) -> B {
            B(inner.iter().map(|a| a.0).sum::<u32>() + 10_000)
        }
        #[step]
        async fn outer(&self, all: Vec<B>) -> C {
            C(all.iter().map(|b| b.0).sum())
        }
        #[step]
        async fn end(&self, C(sum): C) -> Stop<u32> {
            Stop(sum)
        }
    }
    let sum: u32 =
        (0..5).flat_map(|a| (0..a).flat_map(move |b| (0..b).map(move |c| a * 100 + b * 10 + c))).sum::<u32>()
            + 5 * 10_000;
    assert_eq!(Deep.run(5).await.unwrap(), sum);
}

#[tokio::test(start_paused = true)]
async fn a_fan_out_inside_a_loop_inside_a_batch() {
    #[event]
    struct Round(u32, u32);
    #[event]
    struct Shot(u32, u32);
    #[event]
    struct Hit(u32, u32);
    #[event]
    struct Score(u32);

    #[workflow]
    struct Game;
    #[workflow]
    impl Game {
        #[step]
        async fn players(&self, Start(n): Start<u32>) -> Vec<Round> {
            (0..n).map(|player| Round(player, 3)).collect()
        }
        #[step]
        async fn shoot(&self, Round(player, left): Round) -> Vec<Shot> {
            (0..left).map(|_| Shot(player, left)).collect()
        }
        #[step]
        async fn hit(&self, Shot(player, left): Shot) -> Hit {
            sleep(ms(u64::from(player + left))).await;
            Hit(player, left)
        }
        #[step]
        async fn next(&self, hits: Vec<Hit>) -> OneOf<Round, Score> {
            let Hit(player, left) = hits[0];
            assert_eq!(hits.len(), left as usize);
            if left == 1 { Score(player).emit() } else { Round(player, left - 1).emit() }
        }
        #[step]
        async fn end(&self, scores: Vec<Score>) -> Stop<Vec<u32>> {
            Stop(scores.into_iter().map(|score| score.0).collect())
        }
    }
    assert_eq!(Game.run(4).await.unwrap(), [0, 1, 2, 3]);
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
    let flow = Arc::new(Collect);
    let (a, b) = (flow.clone().run(12).start(), flow.clone().run(22).start());
    assert_eq!(a.result().await.unwrap(), [12, 11, 10]);
    assert_eq!(b.result().await.unwrap(), [22, 21, 20]);
    assert_eq!(workflows::published(&b).await, [22, 21, 20]);
    assert_eq!(flow.run(31).await.unwrap(), [31, 30]);
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

#[event]
struct Even(u32);
#[event]
struct Odd(u32);
#[event]
struct Number(u32);

#[workflow]
struct Sort;

#[workflow]
impl Sort {
    #[step]
    async fn split(&self, Start(numbers): Start<Vec<u32>>) -> Vec<Number> {
        numbers.into_iter().map(Number).collect()
    }

    #[step]
    async fn sort(&self, Number(n): Number) -> OneOf<Even, Odd> {
        if n % 2 == 0 { Even(n).emit() } else { Odd(n).emit() }
    }

    #[step]
    async fn both(&self, even: Vec<Even>, odd: Vec<Odd>) -> Stop<(Vec<u32>, Vec<u32>)> {
        Stop((even.into_iter().map(|Even(n)| n).collect(), odd.into_iter().map(|Odd(n)| n).collect()))
    }
}

#[tokio::test]
async fn several_vecs_gather_one_batch_each_by_its_type() {
    assert_eq!(Sort.run(vec![3, 2, 1, 4]).await.unwrap(), (vec![2, 4], vec![3, 1]));
    assert_eq!(Sort.run(vec![5]).await.unwrap(), (vec![], vec![5]));
    assert_eq!(Sort.run(vec![]).await.unwrap(), (vec![], vec![]));
}

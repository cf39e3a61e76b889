//! Batches and what waits for them: `Vec`, several parameters, arrays.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use tokio::time::sleep;
use workflows::{Log, events_of, failure, kinds};
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
    assert!(Fan.run(0).await.unwrap().is_empty());
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
    assert!(Table.run(vec![]).await.unwrap().is_empty());
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
        "stalled: no step can run and none has returned `Stop` (`pair` is missing events, 2 parked)"
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
    assert!(Threes.run(0).await.unwrap().is_empty());
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

// ---- corners ----

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
    assert!(stalled(Maybe.run(None).await.unwrap_err()).is_empty());
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
    run.send(HumanResponse("answer".to_owned())).unwrap();
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
    run.send(HumanResponse(20)).unwrap();
    run.send(HumanResponse(3)).unwrap();
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
    assert!(log.take().is_empty());
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

#[event]
struct Left(u32);
#[event]
struct Right(u32);
#[event]
struct Slow(u32);
#[event]
struct Pair(u32, u32);
#[event]
struct Own(u32, u32);

#[workflow]
struct Halves;

#[workflow]
impl Halves {
    #[step]
    async fn split(&self, Start(n): Start<u32>) -> Vec<Number> {
        (0..n).map(Number).collect()
    }

    /// A batch of its own for each branch.
    #[step]
    async fn halve(&self, Number(n): Number) -> Vec<(Left, Right)> {
        vec![(Left(n), Right(n))]
    }

    /// The later ones come first.
    #[step(workers = 10)]
    async fn delay(&self, Right(n): Right) -> Slow {
        sleep(ms(100 - u64::from(n))).await;
        Slow(n)
    }

    #[step]
    async fn pair(&self, Left(left): Left, Slow(right): Slow) -> Pair {
        Pair(left, right)
    }

    /// Back in the branch.
    #[step]
    async fn back(&self, mut pairs: Vec<Pair>) -> Option<Own> {
        pairs.pop().map(|Pair(left, right)| Own(left, right))
    }

    #[step]
    async fn all(&self, pairs: Vec<Own>) -> Stop<Vec<(u32, u32)>> {
        Stop(pairs.into_iter().map(|Own(left, right)| (left, right)).collect())
    }
}

#[tokio::test(start_paused = true)]
async fn each_branch_pairs_its_own_in_a_batch_of_its_own() {
    assert_eq!(Halves.run(4).await.unwrap(), [(0, 0), (1, 1), (2, 2), (3, 3)]);
}

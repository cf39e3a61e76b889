//! One level of batches: the contents of a `Vec` input, and its time.

use tokio::time::sleep;
use workflows_runtime::prelude::*;
use workflows_tests::{Log, events_of, kinds, ms, stalled, yield_once};

#[tokio::test(start_paused = true)]
async fn batch_is_gathered_once_in_send_order() {
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
async fn empty_batch_is_gathered() {
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
async fn batch_without_remaining_branches_gathers_nothing() {
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
async fn batch_holds_several_event_types() {
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
async fn several_vec_inputs_gather_one_batch_by_type() {
    assert_eq!(Sort.run(vec![3, 2, 1, 4]).await.unwrap(), (vec![2, 4], vec![3, 1]));
    assert_eq!(Sort.run(vec![5]).await.unwrap(), (vec![], vec![5]));
    assert_eq!(Sort.run(vec![]).await.unwrap(), (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn two_gathering_steps_each_run_once() {
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
async fn one_of_two_batches_is_opened() {
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

#[tokio::test(start_paused = true)]
async fn absent_batch_is_not_an_empty_batch() {
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
async fn event_outside_a_batch_is_gathered_when_the_run_drains() {
    // The run itself is the outermost batch, and drains as well.
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
async fn tuple_opens_two_batches_and_emits_an_event() {
    #[event]
    struct Left(u32);
    #[event]
    struct Right(u32);
    #[event]
    struct Single(u32);
    #[event]
    struct Lefts(usize);
    #[event]
    struct Rights(usize);

    #[workflow]
    struct Tree;
    #[workflow]
    impl Tree {
        #[step]
        async fn fork(&self, Start(n): Start<u32>) -> (Vec<Left>, Single, Vec<Right>) {
            ((0..n).map(Left).collect(), Single(7), (0..n * 2).map(Right).collect())
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
        async fn end(&self, Rights(r): Rights, Single(b): Single, Lefts(l): Lefts) -> Stop<(usize, u32, usize)> {
            Stop((l, b, r))
        }
    }
    assert_eq!(Tree.run(2).await.unwrap(), (2, 7, 4));
    assert_eq!(Tree.run(0).await.unwrap(), (0, 7, 0));
}

#[tokio::test(start_paused = true)]
async fn branch_may_stop_the_run_or_prompt() {
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
async fn fan_out_of_300_000_events_completes() {
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
            // Some executions are ready on their first poll, some are not.
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

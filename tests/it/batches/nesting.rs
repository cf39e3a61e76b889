//! Batches inside batches, and batches inside loops.

use tokio::time::sleep;
use workflows_runtime::prelude::*;
use workflows_tests::{Log, ms};

#[tokio::test(start_paused = true)]
async fn nested_fan_outs_are_gathered_separately() {
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
        async fn summarize(&self, pages: Vec<Read>) -> Summary {
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
async fn vec_of_vecs_opens_a_batch_per_branch() {
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
async fn concurrent_batches_do_not_mix() {
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
        // The tasks of both jobs share one queue.
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
async fn loop_inside_a_batch_keeps_it_open() {
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
async fn batch_reopened_in_a_loop_is_gathered_each_round() {
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
async fn three_levels_of_batches_are_gathered_in_turn() {
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
async fn fan_out_in_a_loop_in_a_batch_is_gathered_each_round() {
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

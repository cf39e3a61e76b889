//! `WorkflowGraph::soundness` on workflows, each compared with what a run does.

use super::{Essay, findings};
use workflows_runtime::{
    graph::{FindingKind, SoundnessBound},
    prelude::*,
};

#[event]
struct Item {
    n: u32,
}

#[event]
struct Left {
    n: u32,
}

#[event]
struct Right {
    n: u32,
}

#[test]
fn workflow_that_always_completes_is_sound() {
    let soundness = Essay::graph().soundness();
    assert!(soundness.is_sound() && soundness.is_exhaustive, "{soundness}");
    assert_eq!(soundness.findings, []);
}

#[workflow]
struct FirstTwo;

#[workflow]
impl FirstTwo {
    #[step]
    async fn split(&self, Start(n): Start<u32>) -> Vec<Item> {
        (0..n).map(|n| Item { n }).collect()
    }

    #[step]
    async fn fastest(&self, First(items): First<Item, 2>) -> Stop<u32> {
        Stop(items.iter().map(|item| item.n).sum())
    }
}

#[tokio::test]
async fn race_that_gets_too_few_events_may_stall() {
    let soundness = FirstTwo::graph().soundness();
    // With one branch the step holds it. Without any, nothing is left to do.
    assert_eq!(findings(&soundness), [(FindingKind::MayStall, vec![]), (FindingKind::MayStall, vec!["fastest"])]);
    assert_eq!(
        soundness.findings[1].example,
        [
            "`split` returns a batch of `Item`",
            "the batch of `split` never drains:",
            "  it has 1 × `Item`",
            "  `fastest` holds 1 `Item` and waits for 1 `Item`",
        ]
    );
    assert!(matches!(FirstTwo.run(0).await, Err(RunError::Stalled { .. })));
    assert!(matches!(FirstTwo.run(1).await, Err(RunError::Stalled { .. })));
    assert_eq!(FirstTwo.run(2).await.unwrap(), 1);
}

#[workflow]
struct SortedPairs;

#[workflow]
impl SortedPairs {
    #[step]
    async fn split(&self, Start(items): Start<Vec<u32>>) -> Vec<Item> {
        items.into_iter().map(|n| Item { n }).collect()
    }

    #[step]
    async fn sort(&self, Item { n }: Item) -> OneOf<Left, Right> {
        if n % 2 == 0 { Left { n }.emit() } else { Right { n }.emit() }
    }

    #[step]
    async fn pair(&self, left: Left, right: Right) -> Sum {
        Sum { n: left.n + right.n }
    }

    #[step]
    async fn end(&self, sums: Vec<Sum>) -> Stop<u32> {
        Stop(sums.iter().map(|sum| sum.n).sum())
    }
}

#[event]
struct Sum {
    n: u32,
}

#[tokio::test]
async fn join_of_branches_may_be_left_incomplete() {
    let soundness = SortedPairs::graph().soundness();
    assert_eq!(findings(&soundness), [(FindingKind::MayStall, vec!["pair"])], "{soundness}");
    assert_eq!(SortedPairs.run(vec![1, 2]).await.unwrap(), 3);
    assert!(matches!(SortedPairs.run(vec![2, 2]).await, Err(RunError::Stalled { .. })));
}

#[workflow]
struct Rest;

#[workflow]
impl Rest {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> (Item, Left) {
        (Item { n: 1 }, Left { n: 2 })
    }

    #[step]
    async fn end(&self, item: Item) -> OneOf<Stop<u32>, Right> {
        Stop(item.n).emit()
    }

    #[step]
    async fn pair(&self, left: Left, right: Right) -> Stop<u32> {
        Stop(left.n + right.n)
    }
}

#[test]
fn events_that_are_left_at_the_end_are_a_finding() {
    let soundness = Rest::graph().soundness();
    assert_eq!(findings(&soundness), [(FindingKind::LeftOver, vec!["pair"])], "{soundness}");
    assert!(soundness.is_sound());
}

#[workflow]
struct Overtaken;

#[workflow]
impl Overtaken {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> Vec<Item> {
        vec![Item { n: 1 }; 3]
    }

    #[step]
    async fn first(&self, First(_): First<Item, 1>) -> Stop<u32> {
        Stop(1)
    }

    /// The race takes the first item, and cancels the batch.
    #[step]
    async fn pairs(&self, [one, other]: [Item; 2]) -> Stop<u32> {
        Stop(one.n + other.n)
    }
}

#[test]
fn step_that_never_runs_is_a_finding() {
    let soundness = Overtaken::graph().soundness();
    let never = soundness.findings.iter().find(|finding| finding.kind == FindingKind::NeverRuns).unwrap();
    assert_eq!(never.steps, ["pairs"], "{soundness}");
}

#[workflow]
struct Forever;

#[workflow]
impl Forever {
    #[step]
    async fn begin(&self, Start(n): Start<u32>) -> OneOf<Item, Stop<u32>> {
        Item { n }.emit()
    }

    #[step(unchecked(dead_end))]
    async fn again(&self, item: Item) -> Item {
        item
    }
}

#[test]
fn loop_without_an_end_is_a_finding() {
    let soundness = Forever::graph().soundness();
    assert_eq!(findings(&soundness), [(FindingKind::MayLoopForever, vec![])], "{soundness}");
    assert_eq!(soundness.findings[0].example, ["`begin` returns `Item`"]);
}

#[test]
fn verdict_states_its_bound() {
    let text = SortedPairs::graph().soundness_within(SoundnessBound::default().branches(1)).to_string();
    assert!(text.starts_with("a run may stall: `pair` may be left incomplete\n    `split` returns"), "{text}");
    assert!(text.ends_with("not sound, for batches of up to 1 branches and up to 2 sends of an event"), "{text}");
}

#[test]
fn verdict_on_a_part_of_the_states_says_so() {
    let soundness = SortedPairs::graph().soundness_within(SoundnessBound::default().states(3));
    assert!(!soundness.is_exhaustive);
    assert!(soundness.to_string().ends_with("there are more states than were looked at"), "{soundness}");
}

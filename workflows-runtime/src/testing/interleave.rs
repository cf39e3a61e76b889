//! Random interleavings of a run.

use super::{
    Record, Test,
    caught::{Panic, caught},
};
use crate::workflow::Workflow;
use std::{
    collections::BTreeSet,
    env,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

/// The variable with the only seed to run.
const SEED: &str = "WORKFLOWS_TEST_SEED";

/// Executes a run once for each seed, each time in another order, and checks each record. Returns the number of
/// different orders.
///
/// The seed decides which ready execution is polled next, and when messages, launches and due timers are processed
/// among them. So executions start and return in any order, as if each took a time of its own. Wherever the order is not
/// the run's to decide, it is the usual one: events that one step sends arrive in order.
///
/// `test` creates the run, once for each seed; `check` asserts. If `check` or the run panics, the seed and the timeline
/// are printed. The same seed makes the same moves: set the variable `WORKFLOWS_TEST_SEED` to run only that one, or pass
/// it, as in `[17]`. For that, steps must not depend on anything else that is random, such as the order of a `HashMap`,
/// `tokio::select!` without `biased`, or other threads. Blocking code is awaited before the next move, unless it takes
/// longer than two seconds of real time.
///
/// An answer that one of the runs does not use fails it, as in [`Test::answer`]. A [fault](Test::fault) or a
/// [replaced](Test::replace) step that none of the runs uses fails the test, unless there is only one seed.
///
/// # Panics
///
/// Resumes the first panic of `check` or of a run, and panics if a fault or a replaced step is not used.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[event] struct Part(u64);
/// # #[event] struct Squared(u64);
/// # #[workflow(state = u64)] struct Sum;
/// use workflows_runtime::testing::interleave;
///
/// #[workflow]
/// impl Sum {
/// #   #[step]
/// #   async fn split(&self, Start(n): Start<u64>) -> Vec<Part> {
/// #       (1..=n).map(Part).collect()
/// #   }
///     #[step(workers = 4)]
///     async fn square(&self, Part(n): Part) -> Squared {
///         Squared(n * n)
///     }
/// #   #[step]
/// #   async fn sum(&self, parts: Vec<Squared>) -> Stop<u64> {
/// #       Stop(parts.iter().map(|part| part.0).sum())
/// #   }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let orders = interleave(0..20, || Sum.run(4).test(), |record| assert_eq!(record.output(), &30)).await;
/// assert!(orders > 1);
/// # }
/// ```
pub async fn interleave<W: Workflow>(
    seeds: impl IntoIterator<Item = u64>,
    test: impl Fn() -> Test<W>,
    check: impl Fn(&Record<W>),
) -> usize {
    let seeds: Vec<u64> = match given_seed() {
        Some(seed) => vec![seed],
        None => seeds.into_iter().collect(),
    };
    let replays = seeds.len() == 1;
    let mut orders = BTreeSet::new();
    let mut unused: Option<Vec<String>> = None;
    for seed in seeds {
        let run = test().seed(seed).begin();
        match caught(run.finish_order()).await {
            Ok((record, left)) => {
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(&record))) {
                    fail(seed, Some(&record), panic);
                }
                orders.insert(record.timeline().to_vec());
                match &mut unused {
                    Some(unused) => unused.retain(|line| left.contains(line)),
                    None => unused = Some(left),
                }
            }
            Err(panic) => fail(seed, None::<&Record<W>>, panic),
        }
    }
    let unused = unused.unwrap_or_default();
    assert!(
        replays || unused.is_empty(),
        "no run of `{}` has used, in {} orders:\n  {}\n\
         help: remove what is left over, or add `.allow_unused()` to the test",
        W::NAME,
        orders.len(),
        unused.join("\n  "),
    );
    orders.len()
}

/// # Panics
///
/// Panics if the variable is not a number.
fn given_seed() -> Option<u64> {
    let text = env::var(SEED).ok()?;
    match text.parse() {
        Ok(seed) => Some(seed),
        Err(error) => {
            panic!("`{SEED}` is `{text}`, which is not a seed: {error}\nhelp: set it to the number that was printed")
        }
    }
}

fn fail<W: Workflow>(seed: u64, record: Option<&Record<W>>, panic: Panic) -> ! {
    eprintln!("`{}` fails with seed {seed}\nhelp: to replay it, set {SEED}={seed}", W::NAME);
    if let Some(record) = record {
        eprintln!("{record:?}");
    }
    resume_unwind(panic)
}

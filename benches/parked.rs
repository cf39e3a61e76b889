//! W4: started runs that wait for a response. Memory: the baseline is a task with one `Arc`. Time from the response
//! to the result: the baseline is waking a bare task.
//!
//! `cargo bench --bench parked`

mod common;

use common::{Row, baselines::Lean, cpu, current_thread, head, in_a_task, is_quick, resident, rounds};
use std::sync::Arc;
use tokio::{sync::oneshot, task::yield_now};
use workflows_runtime::{RunHandle, prelude::*};

const SIZES: [u32; 2] = [10_000, 100_000];

/// The target for growth: the cost per run does not depend on the number of runs.
const CONSTANT: f64 = 1.2;

#[event]
struct Question;
#[event]
struct Answer {
    number: u64,
}

/// Requests input, and takes the response in another step.
#[workflow]
struct Asks;

#[workflow]
impl Asks {
    #[step]
    async fn ask(&self, Start(()): Start<()>) -> InputRequired<Question> {
        InputRequired(Question)
    }

    #[step]
    async fn end(&self, HumanResponse(answer): HumanResponse<Answer>) -> Stop<u64> {
        Stop(answer.number)
    }
}

/// Starts `number` runs and lets them reach their wait.
async fn parked<T>(number: u32, start: impl Fn() -> T) -> Vec<T> {
    let all = (0..number).map(|_| start()).collect();
    for _ in 0..8 {
        yield_now().await;
    }
    all
}

/// Returns the memory per run, and the runs. The caller holds them until the end, so later measurements do not
/// reuse their memory.
async fn memory<T>(number: u32, start: impl Fn() -> T) -> (f64, Vec<T>) {
    let before = resident();
    let all = parked(number, start).await;
    ((resident() - before) / f64::from(number), all)
}

async fn bytes() {
    let mut growth = Vec::new();
    for number in SIZES {
        if number > 10_000 && is_quick() {
            continue;
        }
        let asks = &Arc::new(Asks);
        let (baseline, _lean) = memory(number, Lean::parked).await;
        let (asking, _asking) = memory(number, || asks.run(()).start()).await;
        let (read, _read) = memory(number, || {
            let run = asks.run(()).start();
            (run.events(), run)
        })
        .await;
        // The target is 700 bytes, with 530 for the baseline.
        for (name, ours) in [("", asking), (", with a reader", read)] {
            let mut row = Row::new(format!("W4 parked run{name}, {number} runs"), 700.0 / 530.0);
            row.round(baseline, ours);
            row.print("bytes");
        }
        growth.push(asking);
    }
    if let [few, many] = growth[..] {
        let mut row = Row::new(format!("W4 parked run, growth, {} / {}", SIZES[1], SIZES[0]), CONSTANT);
        row.round(few, many);
        row.print("bytes");
    }
}

/// Returns the nanoseconds per run from the response to the result.
async fn responded<T>(mut all: Vec<T>, respond: impl Fn(&mut T), end: impl AsyncFn(T) -> u64) -> f64 {
    let number = u32::try_from(all.len()).unwrap();
    let begun = cpu();
    all.iter_mut().for_each(respond);
    for one in all {
        assert!(end(one).await < 2);
    }
    (cpu() - begun) / f64::from(number)
}

/// Starts `number` runs and responds to them.
async fn ours(asks: &Arc<Asks>, number: u32) -> f64 {
    let all = parked(number, || asks.run(()).start()).await;
    let respond = |run: &mut RunHandle<Asks>| run.send(HumanResponse(Answer { number: 1 })).unwrap();
    responded(all, respond, async |run| run.await.unwrap()).await
}

/// Like [`ours`], with tasks with one `Arc` each.
async fn lean_of(number: u32) -> f64 {
    let all = parked(number, Lean::parked).await;
    responded(all, |one| one.respond(), async |one| one.result().await).await
}

async fn resumed() {
    let [few, many] = SIZES;
    let number = if is_quick() { few } else { many };
    let mut rows = [
        Row::new(format!("W4 response to one of {number} parked runs"), 2.0),
        Row::new("W4 the same; baseline: a task with one Arc", 2.0),
    ];
    let mut growth = Row::new(format!("W4 response, growth, {many} / {few}"), CONSTANT);
    let mut lean_growth = Row::without_target(format!("W4 the same for a task with one Arc, growth, {many} / {few}"));
    let asks = &Arc::new(Asks);
    for _ in 0..rounds(9) {
        let bare = || {
            let (sender, receiver) = oneshot::channel();
            (Some(sender), tokio::spawn(async { receiver.await.unwrap() }))
        };
        let all = parked(number, bare).await;
        let bare = responded(all, |one| one.0.take().unwrap().send(1).unwrap(), async |one| one.1.await.unwrap()).await;
        let lean = lean_of(number).await;
        let ours_took = ours(asks, number).await;
        rows[0].round(bare, ours_took);
        rows[1].round(lean, ours_took);
        if !is_quick() {
            growth.round(ours(asks, few).await, ours_took);
            lean_growth.round(lean_of(few).await, lean);
        }
    }
    for row in &rows {
        row.print("ns");
    }
    if !is_quick() {
        growth.print("ns");
        lean_growth.print("ns");
    }
}

fn main() {
    head("current_thread");
    // Memory is measured first: later the allocator would reuse freed memory.
    in_a_task(&current_thread(), bytes());
    in_a_task(&current_thread(), resumed());
}

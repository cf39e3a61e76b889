//! Crash and resume at every point of a run.

use super::{
    Record, Test,
    caught::{Panic, caught},
};
use crate::{run::Snapshot, workflow::Workflow};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

/// A moment of a run at which it may crash.
struct Point {
    /// The snapshot, in JSON.
    snapshot: String,
    /// What had happened last.
    after: String,
    /// The answers and responses that the test had used.
    used: Vec<bool>,
    responses: usize,
    executions: BTreeMap<u16, Vec<u64>>,
}

/// Executes a run, takes a snapshot in JSON at every point of it, resumes each, and compares the record of each resumed
/// run with that of the whole one. Returns the number of points.
///
/// A point is a moment between two moves of the run at which the snapshot differs from the one before. `test` creates
/// the run, once for each point; `check` receives the record of the run that did not crash, and that of a resumed run.
/// If `check` or a run panics, the point is printed with the last event before it.
///
/// The steps that had not returned are executed again, so `check` compares what must not depend on a crash: the output,
/// or the effects in a fake of the outside world. A resumed run publishes and records only its own part. The answers
/// that were used before the point count as used.
///
/// # Panics
///
/// Resumes the first panic of `check` or of a run, and panics if a snapshot cannot be serialized.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Ask;
/// use workflows_runtime::testing::resume_everywhere;
///
/// #[workflow]
/// impl Ask {
///     #[step]
///     async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
///         InputRequired(question)
///     }
///
///     #[step]
///     async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
///         Stop(answer)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let test = || Ask.run("deploy?".to_owned()).test().answer(true);
/// let points = resume_everywhere(test, |whole, resumed| assert_eq!(whole.output(), resumed.output())).await;
/// assert!(points >= 3);
/// # }
/// ```
pub async fn resume_everywhere<W: Workflow>(
    test: impl Fn() -> Test<W>,
    check: impl Fn(&Record<W>, &Record<W>),
) -> usize {
    let (whole, points) = points(test()).await;
    let of = points.len();
    for (at, point) in points.into_iter().enumerate() {
        let place = format!("point {} of {of}, after: {}", at + 1, point.after.trim_start());
        match caught(resumed(test(), point)).await {
            Ok(record) => {
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(&whole, &record))) {
                    fail(&place, Some(&record), panic);
                }
            }
            Err(panic) => fail(&place, None::<&Record<W>>, panic),
        }
    }
    of
}

/// Runs to the end, with a snapshot at every point.
async fn points<W: Workflow>(test: Test<W>) -> (Record<W>, Vec<Point>) {
    let mut run = test.begin();
    let responses = run.script.responses.len();
    let mut points: Vec<Point> = Vec::new();
    let mut last = None;
    loop {
        // A snapshot publishes what is due, and that may be answered: the answer is not in the snapshot.
        let used = run.script.rules.iter().map(|rule| rule.is_used).collect();
        let used_responses = responses - run.script.responses.len();
        if let Some(snapshot) = run.snapshot() {
            let (snapshot, content) = json(&snapshot);
            if last.as_ref() != Some(&content) {
                points.push(Point {
                    snapshot,
                    after: run.record().timeline().last().map_or_else(|| "the start".to_owned(), Clone::clone),
                    used,
                    responses: used_responses,
                    executions: run.driver.overrides().executions.clone(),
                });
                last = Some(content);
            }
        }
        if !run.advance_to_end().await {
            run.assert_all_used();
            return (run.into_record(), points);
        }
    }
}

/// The snapshot in JSON, and what of it distinguishes two points.
fn json<W: Workflow>(snapshot: &Snapshot<W>) -> (String, Value) {
    let text = match serde_json::to_string(snapshot) {
        Ok(text) => text,
        Err(error) => panic!("the snapshot of `{}` cannot be serialized: {error}", W::NAME),
    };
    let mut content: Value = serde_json::from_str(&text).unwrap_or_default();
    if let Value::Object(fields) = &mut content {
        fields.remove("taken_at");
        fields.remove("elapsed");
    }
    (text, content)
}

async fn resumed<W: Workflow>(mut test: Test<W>, point: Point) -> Record<W> {
    let snapshot: Snapshot<W> = match serde_json::from_str(&point.snapshot) {
        Ok(snapshot) => snapshot,
        Err(error) => panic!("the snapshot of `{}` cannot be deserialized: {error}", W::NAME),
    };
    test.run = test.run.resumed_from(snapshot);
    for (rule, is_used) in test.script.rules.iter_mut().zip(point.used) {
        rule.is_used = is_used;
    }
    test.script.responses.drain(..point.responses.min(test.script.responses.len()));
    // The whole run has used everything. A resumed run may need less.
    test.script.allows_unused = true;
    test.overrides.executions = point.executions;
    test.begin().finish().await
}

fn fail<W: Workflow>(place: &str, record: Option<&Record<W>>, panic: Panic) -> ! {
    eprintln!("`{}` fails after a crash at {place}", W::NAME);
    if let Some(record) = record {
        eprintln!("of the resumed run, {record:?}");
    }
    resume_unwind(panic)
}

//! Faults by step and attempt.

use workflows_runtime::{prelude::*, testing::Fault};

#[event]
struct Job(u32);

#[event]
struct Done(u32);

#[workflow]
struct Work;

#[workflow]
impl Work {
    #[step]
    async fn split(&self, Start(n): Start<u32>) -> Vec<Job> {
        (1..=n).map(Job).collect()
    }

    #[step(timeout = "10s", retry = Retry::fixed(Duration::from_secs(1)).max_attempts(4))]
    async fn work(&self, Job(n): Job) -> StepResult<Done> {
        Ok(Done(n))
    }

    #[step]
    async fn sum(&self, done: Vec<Done>) -> Stop<u32> {
        Stop(done.iter().map(|done| done.0).sum())
    }
}

#[tokio::test]
async fn attempts_fail_panic_hang_and_are_delayed() {
    let record = Work
        .run(1)
        .test()
        .fault("work", 1, Fault::error("first"))
        .fault("work", 2, Fault::panic("second"))
        .fault("work", 3, Fault::hang())
        .fault("work", 4, Fault::delay(Duration::from_secs(9)))
        .await;
    assert_eq!(record.output(), &1);
    assert_eq!(record.attempts("work"), 4);
    let errors: Vec<_> = record.errors("work").iter().map(ToString::to_string).collect();
    assert_eq!(errors[0], "first");
    assert!(errors[1].contains("second"), "{errors:?}");
    assert!(errors[2].contains("10s"), "{errors:?}");
    assert_eq!(record.elapsed(), Duration::from_secs(1 + 1 + 10 + 1 + 9));
}

#[tokio::test]
async fn delay_longer_than_the_timeout_fails_the_attempt() {
    let record = Work.run(1).test().fault("work", .., Fault::delay(Duration::from_secs(11))).await;
    assert_eq!(record.attempts("work"), 4);
    assert!(matches!(record.error(), RunError::Failed { step: "work", attempts: 4, .. }), "{record:?}");
}

#[tokio::test]
async fn fault_affects_a_range_of_attempts_of_one_execution() {
    let record = Work.run(3).test().fault("work", ..=3, Fault::error("down").of_execution(2)).await;
    assert_eq!(record.output(), &6);
    assert_eq!((record.executions("work"), record.attempts("work")), (3, 6));
}

#[tokio::test]
async fn all_attempts_fail_for_good() {
    let record = Work.run(1).test().fault("work", .., Fault::error("down")).await;
    assert_eq!(record.error().to_string(), "step `work` failed after 4 attempts: down");
}

#[workflow]
struct Blocks;

#[workflow]
impl Blocks {
    #[step(timeout = "5s")]
    #[blocking(cpu)]
    fn compute(&self, Start(n): Start<u32>) -> Stop<u32> {
        Stop(n * 2)
    }
}

#[tokio::test]
async fn blocking_step_hangs_until_its_timeout() {
    let record = Blocks.run(1).test().fault("compute", 1, Fault::hang()).await;
    assert!(record.error().to_string().contains("5s"), "{}", record.error());
    assert_eq!(record.elapsed(), Duration::from_secs(5));
}

#[workflow]
struct Endless;

#[workflow]
impl Endless {
    #[step]
    async fn work(&self, Start(n): Start<u32>) -> Stop<u32> {
        Stop(n)
    }
}

#[tokio::test]
async fn hang_without_a_timeout_fails_the_test() {
    let message = super::panic_of(Endless.run(1).test().fault("work", 1, Fault::hang()).into_future()).await;
    assert!(
        message.starts_with("the run of `Endless` does not end: `work` hangs, and no timeout ends it"),
        "{message}"
    );
    let hour = Duration::from_hours(1);
    let record = Endless.run(1).timeout(hour).test().fault("work", 1, Fault::hang()).await;
    assert!(matches!(record.error(), RunError::TimedOut { .. }), "{record:?}");
}

#[test]
fn attempts_without_a_number_are_refused() {
    let message = super::panic_in(|| Endless.run(1).test().fault("work", 0, Fault::hang()));
    assert_eq!(message, "there are no attempts 0 of `work`\nhelp: attempts are numbered from 1");
}

#[test]
fn execution_without_a_number_is_refused() {
    let message = super::panic_in(|| Fault::hang().of_execution(0));
    assert_eq!(message, "there is no execution 0\nhelp: executions of a step are numbered from 1");
}

#[tokio::test]
async fn faults_that_affect_no_attempt_fail_the_test() {
    let line = line!() + 1;
    let test = Work.run(1).test().fault("work", 2, Fault::error("never"));
    let message = super::panic_of(test.into_future()).await;
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines[0], "the run of `Work` has ended, and did not use:");
    assert!(lines[1].starts_with(&format!("  `.fault(\"work\", 2, ..)` at {}:{line}:", file!())), "{message}");
    assert_eq!(lines[2], "help: remove what is left over, or add `.allow_unused()` to the test");

    // The first fault that affects an attempt applies, so the second one never does.
    let test = || Work.run(1).test().fault("work", ..=3, Fault::error("down")).fault("work", 2, Fault::hang());
    let message = super::panic_of(test().into_future()).await;
    assert!(message.contains("\n  `.fault(\"work\", 2, ..)` at"), "{message}");
    assert_eq!(test().allow_unused().await.output(), &1);

    let test = Work.run(1).test().fault("work", 1.., Fault::delay(Duration::from_secs(1)));
    let message = super::panic_of(test.fault("work", 1..=4, Fault::hang()).into_future()).await;
    assert_eq!(message.matches(" at ").count(), 1, "{message}");
    assert!(message.contains("\n  `.fault(\"work\", 1..=4, ..)` at"), "{message}");

    let test = Work.run(2).test().fault("work", 1.., Fault::error("third").of_execution(3));
    let message = super::panic_of(test.start().finish()).await;
    assert!(message.contains("\n  `.fault(\"work\", 1.., ..)` at"), "{message}");
}

#[tokio::test]
async fn fault_of_a_range_may_affect_fewer_attempts() {
    let record = Work.run(1).test().fault("work", 1..=2, Fault::hang().of_execution(1)).await;
    assert_eq!(record.attempts("work"), 3);
    let record = Work.run(1).test().fault("work", 1..=9, Fault::error("down")).await;
    assert_eq!(record.attempts("work"), 4);
}

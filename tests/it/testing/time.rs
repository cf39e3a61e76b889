//! Virtual time.

use std::time::{Duration, Instant};
use workflows_runtime::{Executors, prelude::*};

#[event]
struct Slept;

#[workflow]
struct Slow;

#[workflow]
impl Slow {
    #[step]
    async fn sleep(&self, Start(hours): Start<u64>) -> Slept {
        tokio::time::sleep(Duration::from_hours(hours)).await;
        Slept
    }

    #[step(timeout = "1ms")]
    #[blocking(cpu, pool = "own")]
    fn block(&self, _: Slept) -> Stop<u32> {
        // Longer than the timeout in real time, if the clock were not held.
        let until = Instant::now() + Duration::from_millis(20);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        Stop(7)
    }
}

fn is_paused() -> bool {
    // A paused clock is paused by no one else.
    std::panic::catch_unwind(tokio::time::pause).map(|()| tokio::time::resume()).is_err()
}

#[tokio::test]
async fn hours_pass_at_once_and_blocking_code_holds_the_clock() {
    let executors = Executors::builder().pool("own", 1).build().unwrap();
    let record = Slow.run(1000).executors(&executors).test().await;
    assert_eq!(record.output(), &7);
    assert_eq!(record.elapsed(), Duration::from_hours(1000));
    assert!(!is_paused(), "the clock is resumed after the test");
}

#[tokio::test(start_paused = true)]
async fn clock_that_is_paused_stays_paused() {
    let executors = Executors::builder().pool("own", 1).build().unwrap();
    assert_eq!(Slow.run(1).executors(&executors).test().await.output(), &7);
    assert!(is_paused());
}

#[tokio::test]
async fn clock_is_resumed_after_the_last_of_several_tests() {
    let executors = Executors::builder().pool("own", 2).build().unwrap();
    let (short, long) = (Slow.run(1).executors(&executors).test(), Slow.run(48).executors(&executors).test());
    let (short, long) = tokio::join!(short, long);
    assert_eq!((short.elapsed().as_secs(), long.elapsed().as_secs()), (3600, 48 * 3600));
    assert!(!is_paused());
}

#[tokio::test(flavor = "multi_thread")]
async fn several_threads_need_the_real_time() {
    let executors = Executors::builder().pool("own", 1).build().unwrap();
    let test = || Slow.run(0).executors(&executors).test().replace("block", |_: Slept| Stop(1));
    let message = super::panic_of(test().into_future()).await;
    assert!(message.starts_with("virtual time needs tokio's current-thread runtime\nhelp:"), "{message}");
    assert_eq!(test().real_time().await.output(), &1);
}

#[test]
fn test_without_a_runtime_names_the_attribute() {
    let message = super::panic_in(|| futures::executor::block_on(Slow.run(0).test().into_future()));
    assert_eq!(message, "the test of a run needs a tokio runtime\nhelp: annotate the test with `#[tokio::test]`");
}

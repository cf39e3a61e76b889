//! Runs that cannot continue end at once, and name what is missing.
use tokio::time::sleep;
use workflows_runtime::{Parked, Waiting, prelude::*};
use workflows_tests::{let_others_run, ms};

#[event]
struct Left;
#[event]
struct Right;
#[event]
struct Part(u32);

/// Waits in a step if its input says so, and then has nothing to do.
#[workflow]
struct MayWait;

#[workflow]
impl MayWait {
    #[step]
    async fn begin(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(how): Start<u32>) -> Option<Left> {
        match how {
            0 => return None,
            1 => {
                ctx.wait_for::<u32>().await;
            }
            2 => {
                ctx.wait_for::<u32>().timeout(ms(10)).await.ok();
            }
            3 => {
                tokio::select! {
                    _ = ctx.wait_for::<u32>() => {}
                    () = sleep(ms(10)) => {}
                }
            }
            _ => {
                // The wait is dropped before its response is read.
                let mut wait = ctx.wait_for::<u32>();
                assert!(futures::poll!(&mut wait).is_pending());
                drop(wait);
            }
        }
        Some(Left)
    }
    #[step]
    async fn left(&self, _left: Left) -> Option<Stop<()>> {
        None
    }
}

#[tokio::test(start_paused = true)]
async fn run_stalls_at_once_when_no_wait_is_open() {
    for how in 0..5 {
        let run = MayWait.run(how).start();
        let_others_run().await;
        if how == 1 {
            run.send(HumanResponse(1)).unwrap();
        } else {
            // A response that no wait takes does not keep the run alive.
            sleep(ms(5)).await;
        }
        let ended = tokio::time::timeout(ms(20), run.result()).await.expect("it ends at once");
        assert!(matches!(ended, Err(RunError::Stalled { .. })), "{how}: {ended:?}");
    }
    let run = MayWait.run(1).start();
    sleep(ms(1_000)).await;
    assert!(!run.is_finished(), "a wait is open");
}

#[workflow]
struct Misses;

#[workflow]
impl Misses {
    #[step]
    async fn begin(&self, ctx: &Context<Self, (Right, Part)>, Start(how): Start<u32>) -> Option<Left> {
        match how {
            0 => return Some(Left),
            1 => ctx.send(Right),
            _ => {
                ctx.send(Part(1));
                ctx.send(Part(2));
            }
        }
        None
    }
    #[step]
    async fn pair(&self, _left: Left, _right: Right) -> Stop<()> {
        Stop(())
    }
    #[step]
    async fn three(&self, _parts: [Part; 3]) -> Stop<()> {
        Stop(())
    }
    #[step]
    async fn collect(&self, ctx: &Context<Self>, part: Part) -> Option<Stop<()>> {
        ctx.collect(part, 5).map(|_| Stop(()))
    }
}

#[tokio::test(start_paused = true)]
async fn stalled_names_the_missing_events() {
    let missing = async |how| {
        let error = Misses.run(how).start().await.unwrap_err();
        let text = error.to_string();
        let RunError::Stalled { parked, .. } = error else { panic!() };
        let parked: Vec<_> =
            parked.into_iter().map(|Parked { step, missing, .. }| format!("{step}: {missing:?}")).collect();
        (parked, text)
    };
    assert_eq!(missing(0).await.0, [r#"pair: ["Right"]"#]);
    assert_eq!(missing(1).await.0, [r#"pair: ["Left"]"#]);
    let (parked, text) = missing(2).await;
    assert_eq!(parked, [r#"three: ["Part"]"#, r#"collect: ["Part"]"#]);
    assert!(text.ends_with("(`three` is missing `Part`, 2 parked; `collect` is missing `Part`, 2 parked)"), "{text}");

    let error = MayWait.run(1).await.unwrap_err();
    let RunError::Stalled { waiting, .. } = &error else { panic!() };
    let [Waiting { step, missing, .. }] = &waiting[..] else { panic!() };
    assert_eq!((step.as_str(), missing.as_str()), ("begin", "HumanResponse<u32>"));
    assert!(
        error.to_string().ends_with("(`begin` waits for a response that can no longer be sent: `HumanResponse<u32>`)")
    );
}

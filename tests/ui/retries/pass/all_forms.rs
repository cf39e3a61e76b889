//! Policies as values, constants and functions of the user, and next to every other option.

use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};

struct Times<const N: u32, T>(Duration, T);

impl<const N: u32, T> RetryPolicy for Times<N, T> {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        (failure.attempts < N).then_some(self.0)
    }
}

struct Ask<F>(F);

impl<F: Fn(&StepError) -> bool> RetryPolicy for Ask<F> {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        (self.0)(failure.error).then_some(Duration::ZERO)
    }
}

const TWICE: Times<2, ()> = Times(Duration::ZERO, ());
static THRICE: Times<3, String> = Times(Duration::ZERO, String::new());

fn patient<A, B>(pause: u64) -> impl RetryPolicy {
    Times::<9, Option<(A, B)>>(Duration::from_millis(pause), None)
}

#[event]
struct Page(String);

#[workflow]
struct Read {
    step: u16,
}

#[workflow]
impl Read {
    const POLICY: Times<4, ()> = Times(Duration::from_secs(1), ());

    fn policy(step: u16) -> Times<5, u16> {
        Times(Duration::ZERO, step)
    }

    #[step(retry = TWICE)]
    async fn a(&self, Start(url): Start<String>) -> StepResult<Page> {
        Ok(Page(url))
    }

    #[step(workers = 2, retry = patient::<u8, u16>(if 1 < 2 { 3 } else { 4 }), timeout = "1s")]
    async fn b(&self, _: Page) {}

    #[step(retry = Self::POLICY, unchecked(reachable), allow_blocking)]
    async fn c(&self, _: Page) {}

    #[step(retry = Read::policy(3))]
    #[blocking(cpu)]
    fn d(&self, Page(text): Page) -> Stop<String> {
        Stop(format!("{text} {}", self.step))
    }

    #[step(retry = Ask(|error: &StepError| -> bool { error.to_string().len() < 9 }), workers = 1)]
    async fn e(&self, _: Page) {}

    // What names of generated code might be.
    #[step(retry = {
        let failure = Duration::ZERO;
        let step = ();
        Times::<2, _>(failure, step)
    })]
    async fn f(&self, _: Page) {}

    #[catch_error(retry = THRICE)]
    async fn g(&self, _: StepFailed) {}
}

fn main() {}

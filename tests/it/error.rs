//! `RunError` and `StepError`: messages, sources and types.

use std::fmt::Debug;
use workflows_runtime::{StepTimedOut, prelude::*};

#[test]
fn run_error_describes_the_cause() {
    let source = workflows_runtime::Failure(StepError::msg("no bread"));
    let failed = RunError::Failed { step: "bake", attempts: 1, elapsed: Duration::from_secs(2), source };
    assert_eq!(failed.to_string(), "step `bake` failed: no bread");
    let error: &dyn std::error::Error = &failed;
    assert_eq!(error.source().unwrap().to_string(), "no bread");
    assert_eq!(RunError::Cancelled.to_string(), "cancelled");
    let timed_out = RunError::TimedOut { after: Duration::from_secs(5), active_steps: vec!["bake", "eat"] };
    assert_eq!(timed_out.to_string(), "timed out after 5s, while active: bake, eat");
}

#[test]
fn step_error_keeps_its_source_chain() {
    // Any error type is kept, with its chain of sources.
    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);
    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("bad port")
        }
    }
    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    let error = StepError::from(Outer("x".parse::<u8>().unwrap_err()));
    assert_eq!(error.to_string(), "bad port");
    assert!(error.is::<Outer>() && !error.is::<StepTimedOut>());
    assert_eq!(error.source().source().unwrap().to_string(), "invalid digit found in string");
    let boxed: Box<dyn std::error::Error + Send + Sync> = "boxed".into();
    assert_eq!(StepError::from_boxed(boxed).to_string(), "boxed");

    let failed = RunError::Failed {
        step: "open",
        attempts: 1,
        elapsed: Duration::ZERO,
        source: workflows_runtime::Failure(error),
    };
    let mut chain = Vec::new();
    let mut next: Option<&dyn std::error::Error> = std::error::Error::source(&failed);
    while let Some(error) = next {
        chain.push(error.to_string());
        next = error.source();
    }
    assert_eq!(chain, ["bad port", "invalid digit found in string"]);
}

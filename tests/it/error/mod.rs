//! `RunError` and `StepError`: messages, sources and types.

mod chain;
mod conversion;
mod report;

use workflows_runtime::{StepTimedOut, prelude::*};

/// An error of the user, with a cause.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("no port")]
struct NoPort(#[source] std::num::ParseIntError);

fn no_port() -> NoPort {
    NoPort("x".parse::<u8>().unwrap_err())
}

/// The texts of an error and of its causes.
fn texts(error: &StepError) -> Vec<String> {
    error.chain().map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn run_error_describes_the_cause() {
    #[event]
    struct Dough;

    #[event]
    struct Bread;

    #[workflow(timeout = "5s")]
    struct Breakfast;

    #[workflow]
    impl Breakfast {
        #[step]
        async fn knead(&self, Start(has_flour): Start<bool>) -> StepResult<(Dough, Bread)> {
            if has_flour { Ok((Dough, Bread)) } else { Err(StepError::msg("no bread")) }
        }
        #[step]
        async fn bake(&self, _: Dough) -> Stop<()> {
            std::future::pending().await
        }
        #[step]
        async fn eat(&self, _: Bread) -> Stop<()> {
            std::future::pending().await
        }
    }
    let failed = Breakfast.run(false).await.unwrap_err();
    assert_eq!(failed.to_string(), "step `knead` failed: no bread");
    let error: &dyn std::error::Error = &failed;
    assert_eq!(error.source().unwrap().to_string(), "no bread");
    assert_eq!(RunError::Cancelled.to_string(), "cancelled");
    let timed_out = Breakfast.run(true).await.unwrap_err();
    assert_eq!(timed_out.to_string(), "timed out after 5s, while active: bake, eat");
}

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

#[tokio::test]
async fn step_error_keeps_its_source_chain() {
    #[workflow]
    struct Open;

    #[workflow]
    impl Open {
        #[step]
        async fn open(&self, Start(port): Start<String>) -> Result<Stop<u8>, Outer> {
            port.parse().map(Stop).map_err(Outer)
        }
    }

    let error = StepError::from(Outer("x".parse::<u8>().unwrap_err()));
    assert_eq!(error.to_string(), "bad port");
    assert!(error.is::<Outer>() && !error.is::<StepTimedOut>());
    assert_eq!(error.source().unwrap().to_string(), "invalid digit found in string");
    let boxed: Box<dyn std::error::Error + Send + Sync> = "boxed".into();
    assert_eq!(StepError::from_boxed(boxed).to_string(), "boxed");
    let boxed: Box<dyn std::error::Error> = error.into();
    assert_eq!(boxed.to_string(), "bad port");
    assert_eq!(boxed.source().unwrap().to_string(), "invalid digit found in string");

    let failed = Open.run("x".to_owned()).await.unwrap_err();
    let mut chain = Vec::new();
    let mut next: Option<&dyn std::error::Error> = std::error::Error::source(&failed);
    while let Some(error) = next {
        chain.push(error.to_string());
        next = error.source();
    }
    assert_eq!(chain, ["bad port", "invalid digit found in string"]);
    assert!(failed.is::<Outer>() && !failed.is::<std::num::ParseIntError>());
    assert!(failed.find::<std::num::ParseIntError>().is_some());
    assert_eq!(failed.step_error().unwrap().to_string(), "bad port");
    assert_eq!(format!("{failed:?}"), "step `open` failed: bad port\n  caused by: invalid digit found in string");
    assert!(format!("{failed:#?}").starts_with("Failed {\n    step: \"open\""), "{failed:#?}");
}

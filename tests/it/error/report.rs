//! Reports of `anyhow` and `eyre`: types, contexts and texts.

use super::{NoPort, no_port, texts};
use anyhow::Context as _;
use std::{io, num::ParseIntError};
use workflows_runtime::{Condition, Panicked, prelude::*};

/// An error that is added as a context.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("no config")]
struct NoConfig;

/// The error without and with contexts, from both crates.
fn reports() -> [(StepError, usize); 6] {
    let error = || anyhow::Error::from(no_port());
    let report = || eyre::Report::from(no_port());
    [
        (error().into(), 0),
        (report().into(), 0),
        (error().context("cannot start").into(), 1),
        (report().wrap_err("cannot start").into(), 1),
        (error().context(NoConfig).context("cannot start").into(), 2),
        (report().wrap_err(NoConfig).wrap_err("cannot start").into(), 2),
    ]
}

#[test]
fn report_is_searched_through_its_contexts() {
    for (error, contexts) in reports() {
        assert_eq!(error.downcast_ref(), Some(&no_port()), "{error:?}");
        assert_eq!(error.find(), Some(&no_port()));
        assert_eq!(error.find(), Some(&no_port().0));
        assert_eq!(error.find::<NoConfig>().is_some(), contexts == 2);
        assert_eq!(error.downcast_ref::<NoConfig>().is_some(), contexts == 2);
        assert!(!error.is::<ParseIntError>() && error.find::<io::Error>().is_none());
        // Without a context, the error inside is the error itself.
        assert_eq!(error.as_error().is::<NoPort>(), contexts == 0);
        assert_eq!(error.chain().count(), contexts + 2);
    }
}

#[test]
fn conditions_of_retries_see_the_errors_of_reports() {
    for (error, contexts) in reports() {
        assert!(Condition::on::<NoPort>().holds(&error) && Condition::on::<ParseIntError>().holds(&error));
        assert!(Condition::caused_by::<ParseIntError>().holds(&error));
        assert_eq!(Condition::caused_by::<NoPort>().holds(&error), contexts > 0);
        let text = if contexts == 0 { "no port" } else { "cannot start" };
        assert!(Condition::on_message(text).holds(&error));
    }
}

#[test]
fn report_that_is_converted_back_is_the_same_report() {
    let error: StepError = anyhow::Error::from(no_port()).context("cannot start").into();
    let report = anyhow::Error::from(error);
    assert_eq!(report.downcast_ref(), Some(&no_port()));
    assert_eq!(report.chain().count(), 3);
    let error: StepError = eyre::Report::from(no_port()).wrap_err("cannot start").into();
    let report = eyre::Report::from(error);
    assert_eq!(report.downcast_ref(), Some(&no_port()));
    assert_eq!(report.chain().count(), 3);
    // A clone still needs the first report.
    let error: StepError = anyhow::Error::from(no_port()).context("cannot start").into();
    let report = anyhow::Error::from(error.clone()).context("twice");
    assert_eq!(texts(&report.into()), ["twice", "cannot start", "no port", "invalid digit found in string"]);
    let report = eyre::Report::from(error).wrap_err("twice");
    let error = StepError::from(report);
    assert_eq!(texts(&error), ["twice", "cannot start", "no port", "invalid digit found in string"]);
    assert_eq!(error.find(), Some(&no_port()));
}

#[workflow]
struct Inner;

#[workflow]
impl Inner {
    #[step]
    async fn open(&self, Start(text): Start<String>) -> anyhow::Result<Stop<u8>> {
        anyhow::ensure!(text != "panic", Panicked("not really".to_owned()));
        let port = text.parse().map_err(NoPort).context(NoConfig).context("cannot open")?;
        Ok(Stop(port))
    }
}

#[workflow]
struct Outer;

#[workflow]
impl Outer {
    #[step]
    async fn call(&self, ctx: &Context<Self>, Start(text): Start<String>) -> anyhow::Result<Stop<u8>> {
        let port = ctx.run_child(Inner, text).await.context("cannot call")?;
        Ok(Stop(port))
    }
}

#[tokio::test]
async fn report_of_a_run_has_each_text_once() {
    let error = Inner.run("x".to_owned()).await.unwrap_err();
    assert_eq!(error.to_string(), "step `open` failed: cannot open");
    assert_eq!(
        error.report().to_string(),
        "step `open` failed: cannot open\n  \
           caused by: no config\n  \
           caused by: no port\n  \
           caused by: invalid digit found in string"
    );
    assert_eq!(error.downcast_ref(), Some(&no_port()));

    let error = Outer.run("x".to_owned()).await.unwrap_err();
    assert_eq!(
        error.report().to_string(),
        "step `call` failed: cannot call\n  \
           caused by: step `open` failed: cannot open\n  \
           caused by: no config\n  \
           caused by: no port\n  \
           caused by: invalid digit found in string"
    );
}

#[tokio::test]
async fn error_of_a_child_is_found_through_both_reports() {
    let error = Outer.run("x".to_owned()).await.unwrap_err();
    assert_eq!(error.find(), Some(&NoConfig));
    assert_eq!(error.find(), Some(&no_port()));
    assert_eq!(error.find(), Some(&no_port().0));
    let child: &RunError = error.find().unwrap();
    assert!(matches!(child, RunError::Failed { step: "open", .. }));
    let error = Outer.run("panic".to_owned()).await.unwrap_err();
    assert_eq!(error.find(), Some(&Panicked("not really".to_owned())));
}

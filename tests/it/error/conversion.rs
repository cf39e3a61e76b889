//! Conversions by `?` into a `StepError`, and the error types of steps.

use super::{NoPort, no_port, texts};
use std::{borrow::Cow, error::Error, io, num::ParseIntError, sync::Arc};
use workflows_runtime::{Condition, ResourceError, StepTimedOut, prelude::*};
use workflows_tests::failure;

type Boxed = Box<dyn Error + Send + Sync>;

#[test]
fn texts_become_messages() {
    let owned = "text".to_owned();
    for error in ["text".into(), owned.into(), Cow::from("text").into(), StepError::msg("text")] {
        assert_eq!((error.to_string().as_str(), error.source().is_none()), ("text", true));
        assert_eq!(error.type_name(), None);
    }
}

#[test]
fn boxed_error_is_the_error_in_the_box() {
    let error = StepError::from(Boxed::from(no_port()));
    assert_eq!(error.downcast_ref(), Some(&no_port()));
    assert_eq!(texts(&error), ["no port", "invalid digit found in string"]);
    assert_eq!(error.type_name(), None);
    assert_eq!(StepError::from(Boxed::from("text")).to_string(), "text");
}

#[test]
fn pointer_to_an_error_is_found_as_the_error() {
    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Box<NoPort>);

    let shared: Arc<dyn Error + Send + Sync> = Arc::new(no_port());
    for error in [Box::new(no_port()).into(), Arc::new(no_port()).into(), shared.into()] {
        let error: StepError = error;
        assert_eq!((error.downcast_ref(), error.find()), (Some(&no_port()), Some(&no_port())));
        assert_eq!(texts(&error), ["no port", "invalid digit found in string"]);
        assert!(!Condition::caused_by::<NoPort>().holds(&error));
    }
    let error = StepError::from(Arc::new(Outer(Box::new(no_port()))));
    assert!(error.is::<Outer>() && !error.is::<NoPort>());
    assert!(Condition::on::<NoPort>().holds(&error) && Condition::caused_by::<NoPort>().holds(&error));
    let error = StepError::from(anyhow::Error::new(Box::new(no_port())));
    assert!(error.is::<NoPort>() && error.find::<ParseIntError>().is_some());
}

#[test]
fn question_mark_converts_each_error_in_one_function() {
    fn all(at: usize) -> StepResult<()> {
        let (text, boxed): (Result<(), &str>, Result<(), Boxed>) = (Err("a text"), Err("a box".into()));
        match at {
            0 => text?,
            1 => Err("an owned text".to_owned())?,
            2 => boxed?,
            3 => Err(no_port())?,
            4 => Err(StepError::msg("an error of a step"))?,
            5 => Err(anyhow::anyhow!("a report"))?,
            6 => Err(eyre::eyre!("another report"))?,
            _ => return Err(io::Error::other("io").into()),
        }
        Ok(())
    }
    let errors: Vec<_> = (0..8).map(|at| all(at).unwrap_err().to_string()).collect();
    let expected =
        ["a text", "an owned text", "a box", "no port", "an error of a step", "a report", "another report", "io"];
    assert_eq!(errors, expected);
}

#[test]
fn converted_error_is_restored_by_the_way_back() {
    let back = |error: StepError| {
        assert_eq!(error.type_name(), Some(std::any::type_name::<NoPort>()));
        assert_eq!(error.downcast_ref(), Some(&no_port()));
    };
    let error = StepError::from(no_port());
    back(error.clone().into_error().into());
    back(Boxed::from(error.clone().into_error()).into());
    back(anyhow::Error::from(error.clone()).into());
    back(anyhow::Error::from(error.clone().into_error()).into());
    back(eyre::Report::from(error.clone()).into());
    back(eyre::Report::from(error.into_error()).into());
}

#[test]
fn type_name_is_that_of_the_error() {
    assert_eq!(StepError::from(no_port()).type_name(), Some(std::any::type_name::<NoPort>()));
    assert_eq!(StepError::from(StepTimedOut::new(Duration::ZERO)).type_name(), Some("workflows_runtime::StepTimedOut"));
    assert_eq!(StepError::from(RunError::Cancelled).type_name(), Some("workflows_runtime::RunError"));
    assert_eq!(StepError::from(anyhow::anyhow!("text")).type_name(), Some("anyhow::Error"));
}

/// Steps, each with its own type of `Result`, and the error that is found in it.
macro_rules! fails_with {
    ($($name:ident: $result:ty, $error:expr => $found:ty;)*) => { $(
        #[tokio::test]
        async fn $name() {
            #[workflow]
            struct Fails;

            #[workflow]
            impl Fails {
                #[step]
                async fn step(&self, Start(fails): Start<bool>) -> $result {
                    if fails { Err($error) } else { Ok(Stop(7)) }
                }
            }
            assert_eq!(Fails.run(false).await.unwrap(), 7);
            let error = Fails.run(true).await.unwrap_err();
            assert_eq!(error.to_string(), "step `step` failed: no port");
            assert!(error.is::<$found>(), "{error:#?}");
        }
    )* };
}

fails_with! {
    step_returns_a_result_of_anyhow: anyhow::Result<Stop<u8>>, no_port().into() => NoPort;
    step_returns_a_result_of_eyre: eyre::Result<Stop<u8>>, no_port().into() => NoPort;
    step_returns_a_result_of_a_box: Result<Stop<u8>, Box<dyn Error + Send + Sync>>, no_port().into() => NoPort;
    step_returns_a_result_of_an_alias: Result<Stop<u8>, Boxed>, no_port().into() => NoPort;
    step_returns_a_result_of_an_error: Result<Stop<u8>, NoPort>, no_port() => NoPort;
    step_returns_a_result_of_io: io::Result<Stop<u8>>, io::Error::other("no port") => io::Error;
}

#[tokio::test]
async fn step_returns_a_result_with_a_text() {
    #[workflow]
    struct Fails;

    #[event]
    struct Even(u8);

    #[workflow]
    impl Fails {
        #[step]
        async fn even(&self, Start(n): Start<u8>) -> Result<Even, String> {
            if n % 2 == 0 { Ok(Even(n)) } else { Err(format!("{n} is odd")) }
        }
        #[step]
        async fn small(&self, Even(n): Even) -> Result<Stop<u8>, &'static str> {
            if n < 10 { Ok(Stop(n)) } else { Err("too large") }
        }
    }
    assert_eq!(Fails.run(2).await.unwrap(), 2);
    assert_eq!(failure(Fails.run(3).await.unwrap_err()), ("even", "3 is odd".to_owned()));
    assert_eq!(failure(Fails.run(12).await.unwrap_err()), ("small", "too large".to_owned()));
}

#[event]
#[derive(Debug)]
struct Port(u16);

/// A result inside of other types, of each kind of method.
#[tokio::test]
async fn each_kind_of_method_fails_with_a_report() {
    struct Client;

    #[workflow]
    struct Ports;

    #[workflow]
    impl Ports {
        #[resource]
        async fn client() -> anyhow::Result<Client> {
            Ok(Client)
        }
        #[resource]
        async fn broken(#[resource(client)] _: &Client) -> anyhow::Result<String> {
            Err(no_port())?
        }
        #[step]
        async fn split(&self, #[resource(client)] _: &Client, Start(text): Start<String>) -> Vec<eyre::Result<Port>> {
            text.split(' ').map(|word| Ok(Port(word.parse()?))).collect()
        }
        #[step]
        #[blocking(io)]
        fn check(&self, port: Port) -> anyhow::Result<OneOf<Option<Port>, Stop<u16>>> {
            match port {
                Port(0) => Err(no_port().into()),
                Port(1) => anyhow::bail!("port 1"),
                Port(n) => Ok(Stop(n).emit()),
            }
        }
        #[catch_error(steps(check))]
        async fn one(&self, #[resource(broken)] _: &String, failed: StepFailed) -> anyhow::Result<Port> {
            Err(failed.error.into())
        }
    }
    assert_eq!(Ports.run("8".to_owned()).await.unwrap(), 8);
    let error = Ports.run("a".to_owned()).await.unwrap_err();
    assert_eq!((error.is::<ParseIntError>(), failure(error).0), (true, "split"));
    let error = Ports.run("0".to_owned()).await.unwrap_err();
    assert_eq!(error.to_string(), "step `one` failed: resource `broken` (one → broken): no port");
    assert!(error.is::<ResourceError>() && error.find::<NoPort>().is_some());
}

/// A step of one type of error calls functions of others.
#[tokio::test]
async fn errors_of_steps_convert_into_those_of_other_crates() {
    fn helper() -> StepResult<u8> {
        Err(no_port())?
    }

    #[workflow]
    struct Calls;

    #[workflow]
    impl Calls {
        #[step]
        async fn call(&self, Start(at): Start<u8>) -> anyhow::Result<Port> {
            use anyhow::Context as _;
            let port = match at {
                0 => helper()?,
                1 => helper().map_err(StepError::into_error).context("cannot call")?,
                _ => at,
            };
            Ok(Port(port.into()))
        }
        #[step]
        async fn eyre(&self, _: Port) -> eyre::Result<Option<Stop<()>>> {
            helper()?;
            Ok(None)
        }
    }
    let error = Calls.run(0).await.unwrap_err();
    assert!(error.is::<NoPort>());
    assert_eq!(failure(error), ("call", "no port".to_owned()));
    let error = Calls.run(1).await.unwrap_err();
    assert!(error.find::<NoPort>().is_some() && error.find::<ParseIntError>().is_some());
    assert_eq!(texts(error.step_error().unwrap()), ["cannot call", "no port", "invalid digit found in string"]);
    let error = Calls.run(2).await.unwrap_err();
    assert!(error.is::<NoPort>());
    assert_eq!(failure(error), ("eyre", "no port".to_owned()));
}

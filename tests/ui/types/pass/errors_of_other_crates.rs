//! `anyhow`'s `Context` and `Result` next to the prelude, and steps that fail with other types.

use anyhow::{Context, Result, anyhow, bail, ensure};
use std::{borrow::Cow, error::Error, fmt, io};
use workflows_runtime::prelude::*;

type Boxed = Box<dyn Error + Send + Sync>;
type Fallible<T = OneOf<Option<Text>, Stop<u32>>, E = Boxed> = std::result::Result<T, E>;

#[derive(Debug)]
struct Generic<T>(T);

impl<T> fmt::Display for Generic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("generic")
    }
}

impl<T: fmt::Debug> Error for Generic<T> {}

#[event]
struct Text(String);

#[event]
struct Number(u32);

#[event]
struct Sum(u32);

struct Client;

#[workflow(state = u32)]
struct Read;

#[workflow]
impl Read {
    #[resource]
    async fn client() -> Result<Client> {
        let _ = std::env::var("PATH").context("no path")?;
        Ok(Client)
    }

    #[resource]
    #[blocking(io)]
    fn words() -> eyre::Result<Vec<String>> {
        Ok(Vec::new())
    }

    #[step]
    async fn load(&self, #[resource(client)] _: &Client, Start(path): Start<String>) -> Result<Vec<Text>> {
        let text = std::str::from_utf8(path.as_bytes()).context("not text")?;
        ensure!(!text.is_empty(), "empty");
        Ok(text.split(' ').map(|word| Text(word.to_owned())).collect())
    }

    #[step(retry = Retry::immediate().on::<std::num::ParseIntError>().caused_by::<io::Error>())]
    async fn parse(&self, ctx: &workflows_runtime::Context<Self>, Text(text): Text) -> Result<Option<Number>> {
        ctx.state().try_update(|sum| -> Result<()> {
            *sum = sum.checked_add(1).ok_or_else(|| anyhow!("too many"))?;
            Ok(())
        })?;
        if text == "none" {
            return Ok(None);
        }
        Ok(Some(Number(text.parse().with_context(|| format!("`{text}` is not a number"))?)))
    }

    #[step]
    async fn sum(&self, #[resource(words)] _: &Vec<String>, numbers: Vec<Number>) -> eyre::Result<Sum> {
        let sum = numbers.into_iter().map(|number| number.0).sum();
        if sum == 0 {
            eyre::bail!("nothing to add");
        }
        Ok(Sum(sum))
    }

    #[step]
    #[blocking(io)]
    fn end(&self, Sum(sum): Sum) -> Fallible {
        match sum {
            1 => Err("a text")?,
            2 => Err(Generic(2))?,
            3 => Err(io::Error::other("io").into()),
            _ => Ok(Stop(sum).emit()),
        }
    }

    #[catch_error]
    async fn explain(&self, failed: StepFailed) -> Result<Option<Text>> {
        if failed.error.find::<Generic<i32>>().is_some() {
            bail!(failed.error);
        }
        Err(failed.error)?
    }
}

/// Each type of error, with `?` in one function.
fn all(errors: (&'static str, String, Cow<'static, str>, Boxed, anyhow::Error, eyre::Report)) -> StepResult<()> {
    let (text, owned, cow, boxed, report, other) = errors;
    Err(text)?;
    Err(owned)?;
    Err(cow)?;
    Err(boxed)?;
    Err(report)?;
    Err(other)?;
    Err(Generic(Generic("x")))?;
    Err(StepError::msg("x"))?;
    Err(fmt::Error)?
}

#[tokio::main]
async fn main() -> Result<()> {
    let sum = Read.run("1 none 4".to_owned()).await.context("cannot read")?;
    ensure!(sum == 5);
    let error = Read.run("x".to_owned()).await.unwrap_err();
    ensure!(error.find::<std::num::ParseIntError>().is_some(), "{error:?}");
    let errors = ("", String::new(), "".into(), "".into(), anyhow!(""), eyre::eyre!(""));
    ensure!(all(errors).is_err());
    Ok(())
}

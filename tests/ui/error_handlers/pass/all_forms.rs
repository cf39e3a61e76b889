//! Handlers with and without lists, with every option, and with every form of output.

use workflows_runtime::prelude::*;

type Failure = StepFailed;

#[event]
struct Page(String);
#[event]
struct Word(String);

#[workflow(state = u32)]
struct Read;

#[workflow]
impl Read {
    const NEVER: Never = Never;

    #[step(retry = Self::NEVER)]
    async fn fetch(&self, Start(url): Start<String>) -> StepResult<Page> {
        Ok(Page(url))
    }

    #[step]
    async fn split(&self, Page(text): Page) -> Vec<Word> {
        text.split(' ').map(|word| Word(word.to_owned())).collect()
    }

    #[step]
    async fn look_up(&self, Word(word): Word) -> StepResult<Definition> {
        Err(StepError::msg(word))
    }

    #[step]
    async fn gather(&self, all: Vec<Definition>) -> Stop<usize> {
        Stop(all.len())
    }

    #[catch_error(steps(fetch), max_recoveries = 2, timeout = "5s", retry = Never, unchecked(dead_end), allow_blocking)]
    async fn another_page(&self, ctx: &Context<Self>, failed: StepFailed) -> Option<Page> {
        let url = failed.input::<Start<String>>();
        ctx.state().update(|n| *n += 1);
        url.map(|Start(url)| Page(url))
    }

    // Its place is that of the step which failed: in the batch that `gather` joins.
    #[catch_error(steps(look_up, gather,))]
    async fn without(&self, failed: Failure) -> OneOf<Definition, Stop<usize>> {
        if failed.step == "gather" { Stop(0).emit() } else { Definition("unknown".to_owned()).emit() }
    }

    #[catch_error()]
    #[blocking(io)]
    fn count(&self, StepFailed { step, attempts, .. }: workflows_runtime::StepFailed, ctx: &Context<Self>) {
        ctx.state().update(|n| *n += attempts);
        eprintln!("{step}");
    }
}

#[event]
struct Definition(String);

struct Never;

impl workflows_runtime::RetryPolicy for Never {
    fn next(&self, _: &workflows_runtime::FailedAttempt<'_>) -> Option<Duration> {
        None
    }
}

fn main() {}

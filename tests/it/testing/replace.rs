//! Steps that a closure replaces.

use std::path::PathBuf;
use workflows_runtime::prelude::*;

#[event]
struct Page(String);

#[event]
struct Broken(String);

#[event]
struct Size(usize);

#[event]
struct Limit(usize);

#[workflow]
struct Read;

#[workflow]
impl Read {
    #[step]
    async fn split(&self, Start(paths): Start<String>) -> (Vec<Path>, Limit) {
        (paths.split(' ').map(|path| Path(path.into())).collect(), Limit(100))
    }

    #[step(workers = 4, retry = Retry::immediate().max_attempts(2))]
    #[blocking(io)]
    fn fetch(&self, Path(path): Path) -> StepResult<OneOf<Page, Broken>> {
        Ok(Page(std::fs::read_to_string(path)?).emit())
    }

    #[step]
    async fn measure(&self, page: OneOf<Page, Broken>) -> Size {
        match page {
            OneOf::A(Page(text)) => Size(text.len()),
            OneOf::B(_) => Size(0),
        }
    }

    #[step]
    async fn sum(&self, sizes: Vec<Size>) -> Total {
        Total(sizes.iter().map(|size| size.0).sum())
    }

    #[step]
    async fn stop(&self, Total(size): Total, Limit(limit): Limit) -> Stop<usize> {
        Stop(size.min(limit))
    }
}

#[event]
struct Path(PathBuf);

#[event]
struct Total(usize);

#[tokio::test]
async fn closure_replaces_a_blocking_step() {
    let test = Read.run("a bb".to_owned()).test();
    let record = test.replace("fetch", |Path(path): Path| Page(path.display().to_string())).await;
    assert_eq!(record.output(), &3);
    assert_eq!(record.executions("fetch"), 2);
}

#[tokio::test]
async fn closure_returns_any_output_of_the_step() {
    let fetch = |Path(path): Path| -> StepResult<OneOf<Page, Broken>> {
        match path.to_str() {
            Some("a") => Err(StepError::msg("refused")),
            Some("b") => Ok(Broken("b".to_owned()).emit()),
            _ => Ok(Page("page".to_owned()).emit()),
        }
    };
    let record = Read.run("b c".to_owned()).test().replace("fetch", fetch).await;
    assert_eq!(record.output(), &4);
    let record = Read.run("a".to_owned()).test().replace("fetch", fetch).await;
    assert_eq!(record.attempts("fetch"), 2);
    assert_eq!(record.error().to_string(), "step `fetch` failed after 2 attempts: refused");
}

#[tokio::test]
async fn closure_takes_all_parameters_as_a_tuple() {
    let record = Read
        .run("a".to_owned())
        .test()
        .replace("fetch", |_: Path| Page("page".to_owned()))
        .replace("stop", |(Total(size), Limit(limit)): (Total, Limit)| Stop(size + limit))
        .await;
    assert_eq!(record.output(), &104);
}

#[tokio::test]
async fn closure_replaces_batches_and_their_ends() {
    let record = Read
        .run(String::new())
        .test()
        .replace("split", |_: Start<String>| (vec![Path("x".into()); 3], Limit(7)))
        .replace("fetch", |_: Path| Broken(String::new()))
        .replace("measure", |_: OneOf<Page, Broken>| Size(2))
        .replace("sum", |sizes: Vec<Size>| Total(sizes.len()))
        .await;
    assert_eq!(record.output(), &3);
}

#[tokio::test]
async fn future_replaces_a_step() {
    let fetch = |Path(path): Path| async move {
        tokio::time::sleep(Duration::from_hours(1)).await;
        Page(path.display().to_string())
    };
    let record = Read.run("a b".to_owned()).test().replace_async("fetch", fetch).await;
    assert_eq!(record.output(), &2);
    assert_eq!(record.elapsed(), Duration::from_hours(1));
}

#[tokio::test]
async fn panic_of_the_closure_is_a_failure_of_the_step() {
    let record = Read.run("a".to_owned()).test().replace("fetch", |_: Path| -> Page { panic!("no disk") }).await;
    assert!(record.error().to_string().contains("no disk"), "{}", record.error());
}

#[test]
fn wrong_names_and_types_are_named() {
    let test = || Read.run(String::new()).test();
    let message = super::panic_in(|| test().replace("fetsh", |_: Path| Size(1)));
    assert!(message.starts_with("`Read` has no step `fetsh`\nhelp: its steps are `split`, `fetch`"), "{message}");

    let message = super::panic_in(|| test().replace("fetch", |_: Size| Page(String::new())));
    assert_eq!(message, "the step `fetch` takes Path, not Size\nhelp: write `|event: Path|`");

    let message = super::panic_in(|| test().replace("fetch", |_: Path| Size(1)));
    assert_eq!(message, "the step `fetch` returns `Page` or `Broken`, not `Size`");

    let message = super::panic_in(|| test().replace("measure", |_: Page| Size(1)));
    assert_eq!(
        message,
        "the step `measure` takes OneOf<Page, Broken>, not Page\nhelp: write `|event: OneOf<Page, Broken>|`"
    );

    let message = super::panic_in(|| test().replace("sum", |_: Size| Total(1)));
    assert_eq!(message, "the step `sum` takes Vec<Size>, not Size\nhelp: write `|event: Vec<Size>|`");

    let message = super::panic_in(|| test().replace("stop", |_: Total| Stop(1)));
    assert_eq!(message, "the step `stop` takes (Total, Limit), not Total\nhelp: write `|events: (Total, Limit)|`");

    let message = super::panic_in(|| test().replace("split", |_: Start<String>| (Path("x".into()), Limit(1))));
    assert_eq!(message, "the step `split` returns `Vec<Path>` or `Limit`, not `Path`");
}

#[workflow]
struct Recover;

#[workflow]
impl Recover {
    #[step]
    async fn work(&self, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        if n == 0 { Err(StepError::msg("nothing")) } else { Ok(Stop(n)) }
    }

    #[catch_error]
    async fn recover(&self, failed: StepFailed) -> Stop<u32> {
        Stop(failed.attempts)
    }
}

#[tokio::test]
async fn closure_replaces_an_error_handler() {
    let record = Recover.run(0).test().replace("recover", |_: StepFailed| Stop(9)).await;
    assert_eq!(record.output(), &9);
    let record = Recover.run(3).test().replace("work", |_: Start<u32>| Err::<Stop<u32>, _>(StepError::msg("x"))).await;
    assert_eq!(record.output(), &1);
}

#[tokio::test]
async fn replaced_steps_that_never_run_fail_the_test() {
    let line = line!() + 1;
    let test = || Recover.run(2).test().replace("recover", |_: StepFailed| Stop(0));
    let message = super::panic_of(test().into_future()).await;
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines[0], "the run of `Recover` has ended, and did not use:");
    assert!(lines[1].starts_with(&format!("  `.replace(\"recover\", ..)` at {}:{line}:", file!())), "{message}");
    assert!(lines[2].contains(".allow_unused()"), "{message}");

    let message = super::panic_of(test().start().finish()).await;
    assert!(message.contains("`.replace(\"recover\", ..)`"), "{message}");
    assert!(test().allow_unused().await.result().is_ok());

    let test = Recover.run(2).test().replace_async("recover", async |_: StepFailed| Stop(0));
    let message = super::panic_of(test.into_future()).await;
    assert!(message.contains("`.replace(\"recover\", ..)`"), "{message}");
}

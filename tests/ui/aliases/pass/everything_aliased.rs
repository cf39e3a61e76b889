use workflows_runtime::{Start, Stop, workflow};

type Begin<T> = Start<T>;
type End<T> = Stop<T>;

#[workflow]
struct Aliases;

#[workflow]
impl Aliases {
    #[step]
    async fn begin(&self, Start(text): Begin<String>) -> Result<End<usize>, std::num::ParseIntError> {
        Ok(Stop(text.parse()?))
    }
}

type Text = Start<String>;
type Number = Stop<u8>;
type Numbers = Result<Number, std::num::ParseIntError>;

#[workflow]
struct More;

#[workflow]
impl More {
    #[step]
    async fn begin(&self, Start(text): Text) -> Numbers {
        Ok(Stop(text.parse()?))
    }

    #[step]
    async fn again(&self, _: Text) -> Number {
        Stop(3)
    }
}

fn main() {
    let _ = Aliases.run("3".to_owned());
    let _ = More.run("3".to_owned());
}

use workflows_runtime::WorkflowExt;

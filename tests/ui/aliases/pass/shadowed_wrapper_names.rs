//! Aliases of the user with the names of the library's outputs.

use workflows_runtime::{Context, OneOf, Start, StepError, event, workflow};

#[event]
struct A;
#[event]
struct B;

type Stop = workflows_runtime::Stop<u32>;
type Result<T> = std::result::Result<OneOf<T, B>, StepError>;
type Option<T> = std::option::Option<workflows_runtime::Stop<T>>;
type StepResult<E> = std::result::Result<(), E>;

#[workflow]
struct Aliases;

#[workflow]
impl Aliases {
    #[step]
    async fn begin(&self, _: Start<()>) -> Result<A> {
        Ok(OneOf::B(B))
    }

    #[step]
    async fn end(&self, _: A) -> Option<u32> {
        None
    }

    #[step]
    async fn plain(&self, _: B, _: &Context<Self>) -> Stop {
        workflows_runtime::Stop(3)
    }

    #[step]
    async fn fails(&self, _: B) -> StepResult<StepError> {
        Ok(())
    }
}

fn main() {}

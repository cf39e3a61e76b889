use workflows_runtime::prelude::*;

#[event]
struct A;
#[event]
struct B;

type Out = StepResult<OneOf<A, Vec<B>>>;
type Done = StepResult<Stop<String>>;
type Maybe = Option<Stop<String>>;
type Two = (A, B);
type Wrapped<T> = Result<Option<T>, std::io::Error>;
type Chosen<T> = OneOf<T, A>;
type Nothing = ();

#[workflow]
struct Aliases;

#[workflow]
impl Aliases {
    #[step]
    async fn begin(&self, _: Start<()>) -> Out {
        Ok(A.emit())
    }

    #[step]
    async fn two(&self, _: Start<()>) -> Two {
        (A, B)
    }

    #[step]
    async fn wrapped(&self, _: Start<()>) -> Wrapped<B> {
        Ok(None)
    }

    #[step]
    async fn chosen(&self, _: Start<()>) -> Chosen<B> {
        B.emit()
    }

    #[step]
    async fn stop(&self, _: A) -> Done {
        Ok(Stop(String::new()))
    }

    #[step]
    async fn maybe(&self, _: B) -> Maybe {
        None
    }

    #[step]
    async fn wrapped_stop(&self, _: B) -> Wrapped<Stop<String>> {
        Ok(None)
    }

    #[step]
    async fn nothing(&self, _: B) -> Nothing {}

    #[step]
    async fn plain(&self, _: B) -> Stop<String> {
        Stop(String::new())
    }
}

fn main() {}

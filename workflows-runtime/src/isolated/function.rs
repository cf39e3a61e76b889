//! Functions in processes of their own.

use super::serve::{block_on, caught};
use crate::{
    error::StepError,
    executor::{IsolateError, Isolated, Isolation, Origin, isolate},
    process::{self, Frame, IsolatedValue, Target, TargetKind, ValueCodec, serves},
};
use core::{
    any::type_name,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The future of a `#[blocking(.., isolated)]` function.
#[doc(hidden)]
#[must_use = "nothing happens until it is awaited"]
pub struct IsolatedCall<A, K, T, C>(Stage<A, K, T, C>);

enum Stage<A, K, T, C> {
    /// Not polled yet. `None` only while it is moved out.
    New(Option<New<A, K, T, C>>),
    Running(Running<T>),
}

struct New<A, K, T, C> {
    isolation: Isolation,
    arguments: A,
    codecs: K,
    result: ValueCodec<T>,
    code: C,
}

type Running<T> = Pin<Box<dyn Future<Output = Result<T, IsolateError>> + Send>>;

// Nothing in it is pinned.
impl<A, K, T, C> Unpin for IsolatedCall<A, K, T, C> {}

/// Writes arguments, one after the other. Implemented for tuples of [`ValueCodec`].
#[doc(hidden)]
pub trait WriteAll<A> {
    #[doc(hidden)]
    fn write_all(&self, arguments: &A, to: &mut Vec<u8>) -> Result<(), String>;
}

/// Creates the future of a function.
// Without bounds that the types of a user may miss: `isolated_value` reports them at the types.
#[doc(hidden)]
pub const fn call<A, K: WriteAll<A>, T, C: FnOnce(A) -> T>(
    isolation: Isolation,
    arguments: A,
    codecs: K,
    result: ValueCodec<T>,
    code: C,
) -> IsolatedCall<A, K, T, C> {
    IsolatedCall(Stage::New(Some(New { isolation, arguments, codecs, result, code })))
}

impl<A, K, T, C> Future for IsolatedCall<A, K, T, C>
where
    A: Send + 'static,
    K: WriteAll<A> + Send + 'static,
    T: Send + 'static,
    C: FnOnce(A) -> T + 'static,
{
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        loop {
            match &mut self.0 {
                Stage::New(new) => {
                    let Some(New { isolation, arguments, codecs, result, code }) = new.take() else {
                        return Poll::Pending;
                    };
                    if serves() {
                        return Poll::Ready(code(arguments));
                    }
                    self.0 = Stage::Running(Box::pin(run::<_, _, _, C>(isolation, arguments, codecs, result)));
                }
                Stage::Running(running) => match running.as_mut().poll(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Ok(value)) => return Poll::Ready(value),
                    Poll::Ready(Err(error)) => fail(error),
                },
            }
        }
    }
}

async fn run<A, K: WriteAll<A>, T, C: 'static>(
    isolation: Isolation,
    arguments: A,
    codecs: K,
    result: ValueCodec<T>,
) -> Result<T, IsolateError> {
    let (name, identity) = identity::<C>();
    let target = Target { kind: TargetKind::Function, name, identity };
    let function = name.rsplit("::").next().unwrap_or(name);
    let help = format!(".function({function})");
    let write = move |to: &mut Vec<u8>| codecs.write_all(&arguments, to);
    let mut no_items = |_: &[u8]| Err("a function publishes nothing".to_owned());
    let isolated = Isolated { isolation, target, name: function, help };
    isolate(Origin::current(), isolated, write, || {}, &mut no_items, |bytes| result.read(bytes)).await
}

/// Panics like the code, or with the error. A run reports either as the error of the step.
fn fail(error: IsolateError) -> ! {
    if let IsolateError::Panicked(message) = error {
        // Not `panic!`: the hook of the other process has reported it.
        resume_unwind(Box::new(message));
    }
    let error = StepError::from(error);
    // The hook prints the text where no run can report the error.
    if Origin::current().is_none() {
        drop(catch_unwind(AssertUnwindSafe(|| panic!("{error}"))));
    }
    resume_unwind(Box::new(error))
}

/// The path of a function, and a number that separates functions of one path. Derived from the closure with its body.
fn identity<C: 'static>() -> (&'static str, u64) {
    let name = type_name::<C>();
    (name.strip_suffix("::{{closure}}").unwrap_or(name), process::identity_of::<C>())
}

/// The future of an isolated function.
#[doc(hidden)]
pub trait IsolatedFuture {
    fn identity() -> (&'static str, u64);
}

impl<A, K, T, C: 'static> IsolatedFuture for IsolatedCall<A, K, T, C>
where
    Self: Future,
{
    fn identity() -> (&'static str, u64) {
        identity::<C>()
    }
}

/// A function with `#[blocking(.., isolated)]` and arguments of these types.
#[diagnostic::on_unimplemented(
    message = "W052: this is not an isolated function",
    label = "not an isolated function",
    note = "put `#[blocking(cpu, isolated)]` on the function, and register it by its name, as in `.function(score)`"
)]
pub trait IsolatedFunction<Arguments>: Send + 'static {
    #[doc(hidden)]
    fn identity(&self) -> (&'static str, u64);
    #[doc(hidden)]
    fn execute(&self, arguments: &[u8]) -> Frame;
}

/// The argument of a parameter.
macro_rules! get {
    ($arguments:ident, A) => {
        &$arguments.0
    };
    ($arguments:ident, B) => {
        &$arguments.1
    };
    ($arguments:ident, C) => {
        &$arguments.2
    };
    ($arguments:ident, D) => {
        &$arguments.3
    };
    ($arguments:ident, E) => {
        &$arguments.4
    };
    ($arguments:ident, G) => {
        &$arguments.5
    };
    ($arguments:ident, H) => {
        &$arguments.6
    };
    ($arguments:ident, I) => {
        &$arguments.7
    };
    ($arguments:ident, J) => {
        &$arguments.8
    };
    ($arguments:ident, K) => {
        &$arguments.9
    };
    ($arguments:ident, L) => {
        &$arguments.10
    };
    ($arguments:ident, M) => {
        &$arguments.11
    };
}

/// Implements it for functions with these parameters.
macro_rules! function {
    ($($parameter:ident)*) => {
        impl<$($parameter),*> WriteAll<($($parameter,)*)> for ($(ValueCodec<$parameter>,)*) {
            #[allow(non_snake_case, unused_variables, reason = "names of types, and no arguments")]
            fn write_all(&self, arguments: &($($parameter,)*), to: &mut Vec<u8>) -> Result<(), String> {
                let ($($parameter,)*) = self;
                $($parameter.write(get!(arguments, $parameter), to)?;)*
                Ok(())
            }
        }

        #[diagnostic::do_not_recommend]
        impl<F, R, $($parameter),*> IsolatedFunction<($($parameter,)*)> for F
        where
            F: Fn($($parameter),*) -> R + Send + 'static,
            R: Future + IsolatedFuture,
            R::Output: IsolatedValue,
            $($parameter: IsolatedValue,)*
        {
            fn identity(&self) -> (&'static str, u64) {
                R::identity()
            }

            fn execute(&self, arguments: &[u8]) -> Frame {
                #[allow(unused_mut, unused_variables, reason = "a function without parameters")]
                let mut rest = arguments;
                $(
                    #[allow(non_snake_case, reason = "the names of their types")]
                    let $parameter = match process::read_next(&mut rest) {
                        Ok(argument) => argument,
                        Err(problem) => return Frame::unreadable(&problem),
                    };
                )*
                caught(|| returned(&block_on(self($($parameter),*))))
            }
        }
    };
}

function!();
function!(A);
function!(A B);
function!(A B C);
function!(A B C D);
function!(A B C D E);
function!(A B C D E G);
function!(A B C D E G H);
function!(A B C D E G H I);
function!(A B C D E G H I J);
function!(A B C D E G H I J K);
function!(A B C D E G H I J K L);
function!(A B C D E G H I J K L M);

fn returned(value: &impl IsolatedValue) -> Frame {
    let mut frame = Frame::returned();
    match process::write(value, frame.payload()) {
        Ok(()) => frame,
        Err(problem) => Frame::unwritable(&problem),
    }
}

impl<A, K, T, C> fmt::Debug for IsolatedCall<A, K, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IsolatedCall").finish_non_exhaustive()
    }
}

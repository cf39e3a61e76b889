//! `#[blocking]` statements: what leaves them, and the value that they have otherwise.

use crate::event::Never;
use core::{
    cell::Cell,
    ops::ControlFlow,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// The value of a `#[blocking]` statement, set unless the statement is left by `return` or `?`.
#[allow(missing_debug_implementations)]
pub struct Passed<T>(Cell<Option<T>>);

impl<T> Default for Passed<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Passed<T> {
    /// Creates one without a value.
    pub const fn new() -> Self {
        Self(Cell::new(None))
    }

    /// Sets the value at the end of the statement.
    pub fn set(&self, value: T) {
        self.0.set(Some(value));
    }
}

/// Runs a `#[blocking]` statement: `Break` if its code returns early, `Continue` if it sets a value.
///
/// The statement is an async block, because `return` and `?` leave that wherever they are, also in the
/// expansion of a macro. It does not await anything before it sets the value.
///
/// # Panics
///
/// If the code awaits, in the expansion of a macro.
pub fn leave<T, R>(passed: &Passed<T>, statement: impl Future<Output = R>) -> ControlFlow<R, T> {
    match pin!(statement).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => ControlFlow::Break(result),
        Poll::Pending => ControlFlow::Continue(passed.0.take().expect("a `#[blocking]` statement cannot await")),
    }
}

/// Ends a `#[blocking]` statement that does not return early, in a function that returns `R`.
pub fn stay<R>() -> core::future::Pending<R> {
    core::future::pending()
}

/// What `?` does with a value inside a `#[blocking]` statement.
pub trait Branch {
    /// The value to continue with.
    type Output;
    /// The value to return early.
    type Residual;
    /// Whether to continue or to return.
    fn branch(self) -> ControlFlow<Self::Residual, Self::Output>;
}

impl<T, E> Branch for Result<T, E> {
    type Output = T;
    type Residual = Result<Never, E>;

    fn branch(self) -> ControlFlow<Self::Residual, T> {
        match self {
            Ok(value) => ControlFlow::Continue(value),
            Err(error) => ControlFlow::Break(Err(error)),
        }
    }
}

impl<T> Branch for Option<T> {
    type Output = T;
    type Residual = Option<Never>;

    fn branch(self) -> ControlFlow<Self::Residual, T> {
        self.map_or(ControlFlow::Break(None), ControlFlow::Continue)
    }
}

impl<B, C> Branch for ControlFlow<B, C> {
    type Output = C;
    type Residual = ControlFlow<B, Never>;

    fn branch(self) -> ControlFlow<Self::Residual, C> {
        match self {
            Self::Continue(value) => ControlFlow::Continue(value),
            Self::Break(value) => ControlFlow::Break(ControlFlow::Break(value)),
        }
    }
}

/// A type that an async step may return early from a `?`.
#[diagnostic::on_unimplemented(
    message = "W038: `?` in a `#[blocking]` statement returns from the step, whose `{Self}` cannot hold the error",
    label = "does not convert to `{Self}`",
    note = "let the step return a `StepResult<..>`, or handle the error in the statement"
)]
pub trait FromResidual<R> {
    /// The early return.
    fn from_residual(residual: R) -> Self;
}

impl<T, E, F: From<E>> FromResidual<Result<Never, E>> for Result<T, F> {
    fn from_residual(residual: Result<Never, E>) -> Self {
        match residual {
            Err(error) => Err(error.into()),
        }
    }
}

impl<B, C> FromResidual<ControlFlow<B, Never>> for ControlFlow<B, C> {
    fn from_residual(residual: ControlFlow<B, Never>) -> Self {
        match residual {
            ControlFlow::Break(value) => Self::Break(value),
        }
    }
}

impl<T> FromResidual<Option<Never>> for Option<T> {
    fn from_residual(_: Option<Never>) -> Self {
        None
    }
}

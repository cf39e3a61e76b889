//! `Inner`: the error inside a `StepError`, and the conversions into one.

use super::step::{Shared, StepError};
use core::{
    any::{Any, type_name},
    fmt,
};
use std::{borrow::Cow, error::Error, sync::Arc};

/// The shared part of the clones of a [`StepError`].
pub(super) struct Inner {
    error: Box<dyn Error + Send + Sync>,
    /// `None` for a text and for a box, which have no error type of their own.
    pub(super) type_name: Option<Cow<'static, str>>,
}

impl Inner {
    pub(super) fn new(error: Box<dyn Error + Send + Sync>, type_name: Option<Cow<'static, str>>) -> Self {
        Self { error, type_name }
    }

    /// Borrows the error that the user's code created. A report wraps it in a type of its own crate.
    pub(super) fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        #[cfg(feature = "anyhow")]
        if let Some(Report(report)) = self.error.downcast_ref::<Report<anyhow::Error>>() {
            return report.as_ref();
        }
        #[cfg(feature = "eyre")]
        if let Some(Report(report)) = self.error.downcast_ref::<Report<eyre::Report>>() {
            return report.as_ref();
        }
        &*self.error
    }

    /// Returns the error if it is an `E`. A report also returns an `E` among its contexts, or behind them.
    pub(super) fn downcast_ref<E: Error + Send + Sync + 'static>(&self) -> Option<&E> {
        #[cfg(feature = "anyhow")]
        if let Some(Report(report)) = self.error.downcast_ref::<Report<anyhow::Error>>()
            && let Some(error) = report.downcast_ref()
        {
            return Some(error);
        }
        #[cfg(feature = "eyre")]
        if let Some(Report(report)) = self.error.downcast_ref::<Report<eyre::Report>>()
            && let Some(error) = report.downcast_ref()
        {
            return Some(error);
        }
        downcast(self.as_error())
    }

    /// Returns the report `R`, if this is one.
    #[cfg(any(feature = "anyhow", feature = "eyre"))]
    pub(super) fn into_report<R>(self) -> Result<R, Self>
    where
        Report<R>: Error + 'static,
    {
        let Self { error, type_name } = self;
        match error.downcast::<Report<R>>() {
            Ok(report) => Ok(report.0),
            Err(error) => Err(Self { error, type_name }),
        }
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.error, f)
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

/// Returns the error if it is an `E`, a `Box<E>` or an `Arc<E>`: both implement [`Error`] themselves.
pub(super) fn downcast<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    if let Some(shared) = error.downcast_ref::<Arc<dyn Error + Send + Sync>>() {
        return downcast(&**shared);
    }
    if let Some(boxed) = error.downcast_ref::<Box<E>>() {
        return Some(boxed);
    }
    if let Some(shared) = error.downcast_ref::<Arc<E>>() {
        return Some(shared);
    }
    error.downcast_ref()
}

/// Converts a value into an error.
///
/// Every type that converts into a boxed error is accepted, because that bound alone covers error types, texts,
/// boxes and reports: coherence permits no second `impl` for types that do not implement [`Error`].
pub(super) fn convert<E: Into<Box<dyn Error + Send + Sync>> + 'static>(error: E) -> StepError {
    let mut error = Some(error);
    if let Some(known) = convert_known(&mut error) {
        return known;
    }
    let Some(error) = error else { unreachable!("taken, but not converted") };
    StepError::new(Inner::new(error.into(), Some(public_name::<E>())))
}

/// Takes a value of a type that needs more than a conversion into a box. `value` is an `Option` of it.
fn convert_known(value: &mut dyn Any) -> Option<StepError> {
    if let Some(Shared(error)) = take(value) {
        return Some(error);
    }
    if let Some(text) = take::<&str>(value) {
        return Some(StepError::msg(text));
    }
    if let Some(text) = take::<String>(value) {
        return Some(StepError::msg(text));
    }
    if let Some(text) = take::<Cow<'static, str>>(value) {
        return Some(StepError::msg(text));
    }
    if let Some(boxed) = take(value) {
        return Some(from_boxed(boxed));
    }
    #[cfg(feature = "anyhow")]
    if let Some(report) = take::<anyhow::Error>(value) {
        return Some(from_report(report, anyhow::Error::downcast));
    }
    #[cfg(feature = "eyre")]
    if let Some(report) = take::<eyre::Report>(value) {
        return Some(from_report(report, eyre::Report::downcast));
    }
    None
}

fn take<T: 'static>(value: &mut dyn Any) -> Option<T> {
    value.downcast_mut::<Option<T>>()?.take()
}

pub(super) fn from_boxed(error: Box<dyn Error + Send + Sync>) -> StepError {
    match error.downcast::<Shared>() {
        Ok(shared) => shared.0,
        Err(error) => StepError::new(Inner::new(error, None)),
    }
}

/// The name of a type, without the private modules of this crate.
fn public_name<E>() -> Cow<'static, str> {
    let name = type_name::<E>();
    match name.strip_prefix(concat!(env!("CARGO_CRATE_NAME"), "::")) {
        Some(path) if !path.contains('<') => {
            let (_, last) = path.rsplit_once("::").unwrap_or(("", path));
            format!(concat!(env!("CARGO_CRATE_NAME"), "::{}"), last).into()
        }
        _ => name.into(),
    }
}

/// A report of `anyhow` or `eyre`. It does not implement [`Error`] itself.
#[cfg(any(feature = "anyhow", feature = "eyre"))]
pub(super) struct Report<R>(R);

#[cfg(any(feature = "anyhow", feature = "eyre"))]
fn from_report<R: AsRef<dyn Error>>(mut report: R, downcast: fn(R) -> Result<Shared, R>) -> StepError
where
    Report<R>: Error + Send + Sync + 'static,
{
    // Only if it is the outermost error: a downcast drops the contexts.
    if report.as_ref().is::<Shared>() {
        match downcast(report) {
            Ok(Shared(error)) => return error,
            Err(other) => report = other,
        }
    }
    StepError::new(Inner::new(Box::new(Report(report)), Some(public_name::<R>())))
}

#[cfg(any(feature = "anyhow", feature = "eyre"))]
impl<R: fmt::Debug> fmt::Debug for Report<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(any(feature = "anyhow", feature = "eyre"))]
impl<R: fmt::Display> fmt::Display for Report<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(any(feature = "anyhow", feature = "eyre"))]
impl<R: AsRef<dyn Error> + fmt::Debug + fmt::Display> Error for Report<R> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.as_ref().source()
    }
}

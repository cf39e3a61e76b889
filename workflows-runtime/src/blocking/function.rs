//! Checks of function calls, which compare the callee with a known function by type.

use super::{Fine, Given, never};
use core::{marker::PhantomData, ops::Deref};

/// Compares `callee` with the known function, which has this verdict.
///
/// Each function has its own type. `compare` resolves to the method of [`Is`] if both types are equal. If they
/// differ, method lookup dereferences to [`Compared`] and resolves to its method.
pub fn same<Verdict, Callee, Known>(_: &Callee, _: Known) -> Is<Verdict, Callee, Known> {
    Is(PhantomData)
}

/// A comparison of two function types.
#[derive(Debug)]
pub struct Is<V, A, B>(PhantomData<(V, A, B)>);

/// The target of method lookup for functions that differ.
#[derive(Debug)]
pub struct Compared<V, A, B>(PhantomData<(V, A, B)>);

impl<V, T> Is<V, T, T> {
    /// The functions are the same.
    pub fn compare(&self) -> Same<V> {
        Same(PhantomData)
    }
}

impl<V, A, B> Deref for Is<V, A, B> {
    type Target = Compared<V, A, B>;

    fn deref(&self) -> &Self::Target {
        &Compared(PhantomData)
    }
}

impl<V, A, B> Compared<V, A, B> {
    /// The functions differ.
    pub fn compare(&self) -> Differs<B> {
        Differs(PhantomData)
    }
}

/// The callee is the known function, with the callee's type arguments. Dereferences to the verdict.
#[derive(Debug)]
pub struct Same<V>(PhantomData<V>);

/// The callee is another function. The type arguments of the known function are not inferred yet.
#[derive(Debug)]
pub struct Differs<B>(PhantomData<B>);

impl<V> Same<V> {
    /// Returns the same. The example is not needed.
    #[must_use]
    pub fn or_else<B>(&self, _: B) -> Self {
        Self(PhantomData)
    }

    /// Returns the verdict of a function that blocks only for some arguments.
    pub fn given<A: Given<V>>(&self, _: A) -> A::Verdict {
        never()
    }
}

impl<V> Deref for Same<V> {
    type Target = V;

    fn deref(&self) -> &V {
        never()
    }
}

impl<B> Differs<B> {
    /// Infers the type arguments of the known function from the example, so type inference succeeds.
    pub fn or_else(&self, _: B) -> Fine {
        Fine
    }
}

impl<V> Given<V> for Same<super::DoesIo> {
    type Verdict = V;
}

/// Carries a verdict, or a part of one, to a later part of the statement.
#[derive(Debug)]
pub struct Answer<T>(PhantomData<fn() -> T>);

impl<T> Answer<T> {
    /// Creates an answer that is not known yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// Gives the answer.
    pub fn is(&self, _: T) {}

    /// Gives a value whose type is the answer.
    pub fn is_of(&self, _: &T) {}

    /// Returns the answer.
    pub fn get(&self) -> T {
        never()
    }
}

impl<T> Default for Answer<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the verdict of a method that blocks only for some arguments.
pub fn given<V, A: Given<V>>(_: V, _: A) -> A::Verdict {
    never()
}

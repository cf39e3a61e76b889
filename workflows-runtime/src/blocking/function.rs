//! Functions, by their identity.

use super::{Fine, Given, never};
use core::{marker::PhantomData, ops::Deref};

/// Asks whether `callee` is `known`, of which this is the verdict.
///
/// Each function has a type of its own, and the method of [`Is`] that needs two equal types comes
/// first. Where they differ, method lookup goes on to the one that doesn't.
pub fn same<Verdict, Callee, Known>(_: &Callee, _: Known) -> Is<Verdict, Callee, Known> {
    Is(PhantomData)
}

/// The question.
#[derive(Debug)]
pub struct Is<V, A, B>(PhantomData<(V, A, B)>);

/// Where it ends up if they are not the same.
#[derive(Debug)]
pub struct Compared<V, A, B>(PhantomData<(V, A, B)>);

impl<V, T> Is<V, T, T> {
    /// They are the same.
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
    /// They are not.
    pub fn compare(&self) -> Differs<B> {
        Differs(PhantomData)
    }
}

/// The callee is the known function, with the callee's type arguments.
#[derive(Debug)]
pub struct Same<V>(PhantomData<V>);

/// It is not, and the known function's type arguments are still free.
#[derive(Debug)]
pub struct Differs<B>(PhantomData<B>);

impl<V> Same<V> {
    /// The example is not needed.
    pub fn or_else<B>(&self, _: B) -> V {
        never()
    }

    /// The same for a function that depends on its arguments.
    pub fn or_else_given<B, A: Given<V>>(&self, _: B, _: A) -> A::Verdict {
        never()
    }
}

impl<B> Differs<B> {
    /// Takes the type arguments of the example.
    pub fn or_else(&self, _: B) -> Fine {
        Fine
    }

    /// The same, whatever its arguments do.
    pub fn or_else_given<A>(&self, _: B, _: A) -> Fine {
        Fine
    }
}

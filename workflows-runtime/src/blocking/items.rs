//! Checks of iterators, and of calls that take the items of an argument.

use super::{DoesIo, Fallback, Refuses, known};
use core::{iter, marker::PhantomData};

/// Implemented by iterators that block when they are advanced.
pub trait BlockingIter {}

impl<I: BlockingIter> BlockingIter for &mut I {}
impl<I: BlockingIter> BlockingIter for Box<I> {}

/// Implemented by iterators that take items from two others, and by adapters over them.
pub trait Parts {
    /// The one that it begins with.
    type First;
    /// The other one.
    type Second;
}

/// Implements the traits for the adapters of std: `one` takes items from one iterator, `two` from two.
macro_rules! adapters {
    (@parts one [$($generics:tt)*] $ty:ty) => {
        impl<I: Parts + Iterator, $($generics)*> Parts for $ty {
            type First = I::First;
            type Second = I::Second;
        }
    };
    (@parts two $generics:tt $ty:ty) => {};
    ($($kind:ident $generics:tt $ty:ty $(where [$($bounds:tt)*])?;)*) => {
        $(
            adapters!(@parts $kind $generics $ty);
            adapters!(@blocks $generics $ty; $($($bounds)*)?);
        )*
    };
    (@blocks [$($generics:tt)*] $ty:ty; $($bounds:tt)*) => {
        impl<I: BlockingIter + Iterator, $($generics)*> BlockingIter for $ty where $($bounds)* {}
        impl<I: BlockingIter + Iterator, $($generics)*> Refuses<$ty> for known::method::for_ where $($bounds)* {
            type Verdict = known::iter_for_<$ty>;
        }
        impl<I: BlockingIter + Iterator, $($generics)*> Refuses<$ty> for known::method::next where $($bounds)* {
            type Verdict = known::iter_next<$ty>;
        }
        // The error is about the iterator that blocks.
        impl<I: Iterator, $($generics)*> Refuses<$ty> for known::method::items
        where
            known::method::items: Refuses<I>,
            $($bounds)*
        {
            type Verdict = <known::method::items as Refuses<I>>::Verdict;
        }
    };
}

adapters! {
    one [F] iter::Map<I, F>;
    one [F] iter::Filter<I, F>;
    one [F] iter::FilterMap<I, F>;
    one [F] iter::TakeWhile<I, F>;
    one [F] iter::SkipWhile<I, F>;
    one [F] iter::MapWhile<I, F>;
    one [F] iter::Inspect<I, F>;
    one [S, F] iter::Scan<I, S, F>;
    one [] iter::Take<I>;
    one [] iter::Skip<I>;
    one [] iter::StepBy<I>;
    one [] iter::Enumerate<I>;
    one [] iter::Peekable<I>;
    one [] iter::Cloned<I>;
    one [] iter::Copied<I>;
    one [] iter::Fuse<I>;
    two [J] iter::Chain<I, J>;
    two [J] iter::Zip<I, J>;
    two [U: IntoIterator, F] iter::FlatMap<I, U, F>;
    two [] iter::Flatten<I> where [I::Item: IntoIterator];
}

macro_rules! parts {
    ($([$($generics:tt)*] $ty:ty => $first:ty, $second:ty;)*) => {
        $(
            impl<$($generics)*> Parts for $ty {
                type First = $first;
                type Second = $second;
            }
        )*
    };
}

parts! {
    [I, J] iter::Chain<I, J> => I, J;
    [I, J] iter::Zip<I, J> => I, J;
    [I, U: IntoIterator, F] iter::FlatMap<I, U, F> => I, U::IntoIter;
    [I: Iterator<Item: IntoIterator>] iter::Flatten<I> => I, <I::Item as IntoIterator>::IntoIter;
    [I: Parts] &mut I => I::First, I::Second;
    [I: Parts] Box<I> => I::First, I::Second;
}

impl<I> Refuses<&mut I> for known::method::items
where
    Self: Refuses<I>,
{
    type Verdict = <Self as Refuses<I>>::Verdict;
}

/// The method marker for types that take the items of a `P` in `Extend::extend`.
#[derive(Debug)]
pub struct Extending<P>(PhantomData<P>);

/// The method marker for iterators, which take the items of a `P` in methods such as `eq`.
#[derive(Debug)]
pub struct Comparing<P>(PhantomData<P>);

impl<P> Fallback for Extending<P> {}
impl<P> Fallback for Comparing<P> {}

impl<T: Extend<P::Item> + ?Sized, P: IntoIterator> Refuses<T> for Extending<P> {
    type Verdict = DoesIo;
}

impl<T: Iterator + ?Sized, P: IntoIterator> Refuses<T> for Comparing<P> {
    type Verdict = DoesIo;
}

/// Names the marker for an argument of `extend`.
pub const fn extending<P>(_: &P) -> PhantomData<Extending<P>> {
    PhantomData
}

/// Names the marker for an argument of `eq` and similar methods.
pub const fn comparing<P>(_: &P) -> PhantomData<Comparing<P>> {
    PhantomData
}

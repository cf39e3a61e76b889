//! Compile-time checks for blocking calls in async code.
//!
//! The macros insert these checks into the bodies of async steps, in code that never runs. A check infers a
//! *verdict*: a type whose method `is_allowed_here` requires a trait. For a blocking call no type implements
//! that trait, and the `on_unimplemented` message of the trait is the error. The calls are listed in the table
//! of `workflows-macros`.

mod borrow;
mod function;
mod items;
pub mod known;
mod receiver;

pub use self::{
    borrow::{Borrowed, Elsewhere, Inside, NotBorrowed, borrowed},
    function::{Answer, Compared, Differs, Is, Same, given, same},
    items::{BlockingIter, Comparing, Extending, Parts, comparing, extending},
    receiver::{
        Asked, Deref0, Deref1, Deref2, Deref3, Deref4, Deref5, Fallback, Near0, Near1, Near2, Near3, Near4, Part0,
        Part1, Part2, Part3, Pointer, Unknown, pointed_at,
    },
};
pub use tokio;

use std::{
    io::{BufReader, BufWriter, Chain, LineWriter, Take},
    marker::PhantomData,
};

/// Implemented by the markers of methods, for each type whose method of this name blocks.
pub trait Refuses<T: ?Sized> {
    /// The verdict, which rejects the call.
    type Verdict;
}

/// Implemented by types whose reads, writes and seeks perform blocking I/O.
pub trait BlockingIo {}

impl<T: BlockingIo + ?Sized> BlockingIo for &T {}
impl<T: BlockingIo + ?Sized> BlockingIo for &mut T {}
impl<T: BlockingIo + ?Sized> BlockingIo for Box<T> {}
impl<T: BlockingIo + ?Sized> BlockingIo for std::sync::Arc<T> {}
impl<T: BlockingIo + ?Sized> BlockingIo for BufReader<T> {}
impl<T: BlockingIo + ?Sized + std::io::Write> BlockingIo for BufWriter<T> {}
impl<T: BlockingIo + ?Sized + std::io::Write> BlockingIo for LineWriter<T> {}
impl<T: BlockingIo> BlockingIo for Take<T> {}
impl<T: BlockingIo, U> BlockingIo for Chain<T, U> {}

/// The method marker for functions that block if an argument performs I/O.
#[derive(Debug)]
pub struct AnyIo;

/// The method marker for functions that block if an argument is the name of a host, which has to be resolved.
#[derive(Debug)]
pub struct AnyAddress;

impl Fallback for AnyIo {}
impl Fallback for AnyAddress {}

/// The verdict for an argument that performs I/O, or has to be resolved.
#[derive(Debug)]
pub struct DoesIo;

macro_rules! names_of_hosts {
    ($($ty:ty),*) => {
        $(impl Refuses<$ty> for AnyAddress {
            type Verdict = DoesIo;
        })*
    };
}

names_of_hosts!(str, String, (&str, u16), (String, u16));

impl<T: BlockingIo + ?Sized> Refuses<T> for AnyIo {
    type Verdict = DoesIo;
}

/// The verdict for everything else.
#[derive(Debug)]
pub struct Fine;

impl Fine {
    /// Accepts the call.
    pub fn is_allowed_here(&self) {}

    /// Returns the verdict of a function that does not block.
    #[must_use]
    pub fn given<A>(&self, _: A) -> Self {
        Self
    }

    /// Returns the verdict for two values: that of the first one that is refused.
    pub fn __or<T>(&self, other: T) -> T {
        other
    }
}

impl DoesIo {
    /// Returns the verdict for two values: that of the first one that is refused.
    #[must_use]
    pub fn __or<T>(&self, _: T) -> Self {
        Self
    }
}

/// Combines the verdict of a function with that of its arguments.
pub trait Given<Verdict> {
    /// The combined verdict.
    type Verdict;
}

impl<V> Given<V> for Fine {
    type Verdict = Fine;
}

impl<V> Given<V> for DoesIo {
    type Verdict = V;
}

/// What [`unreached`] returns.
#[derive(Debug)]
pub struct End<T>(PhantomData<T>);

impl<T> Clone for End<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for End<T> {}

/// Leaves the type of the end to be inferred.
pub const fn some_end<T>() -> End<T> {
    End(PhantomData)
}

/// Diverges if [`end`] follows. The code between is type-checked but never runs.
pub fn unreached<T>(_: End<T>) -> T {
    unreachable!("probes are in code that never runs")
}

/// Ends the code that [`unreached`] begins.
pub fn end(_: End<<fn() -> ! as Returns>::Output>) {}

/// Names the type `!`.
pub trait Returns {
    /// What the function returns.
    type Output;
}

impl<T> Returns for fn() -> T {
    type Output = T;
}

/// Creates a value of any type in code that never runs.
fn never<T>() -> T {
    unreachable!("the code of a check never runs")
}

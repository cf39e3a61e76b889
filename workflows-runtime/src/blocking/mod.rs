//! How the type system decides whether a call blocks.
//!
//! The macros write these questions into the bodies of async steps, where they are never asked at
//! run time. A verdict has a method that demands a trait; where the call blocks, nothing implements
//! the trait, and its message is the error. The calls come from the table of `workflows-macros`.

mod function;
pub mod known;
mod receiver;

pub use self::{
    function::{Compared, Differs, Is, Same, same},
    receiver::{Asked, Look0, Look1, Look2, Look3, Look4, Look5, Unknown},
};
pub use tokio;

use std::io::{BufReader, BufWriter, Chain, LineWriter, Take};

/// A method of this name, of this type, blocks.
pub trait Blocks<Method> {
    /// What refuses the call.
    type Verdict;
}

/// Reading, writing and seeking wait for something outside of the program.
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

/// For functions that block if an argument does I/O.
#[derive(Debug)]
pub struct AnyIo;

/// The verdict about an argument that does I/O.
#[derive(Debug)]
pub struct DoesIo;

impl<T: BlockingIo + ?Sized> Blocks<AnyIo> for T {
    type Verdict = DoesIo;
}

/// The verdict about everything else.
#[derive(Debug)]
pub struct Fine;

impl Fine {
    /// It is.
    pub fn is_allowed_here(&self) {}

    /// Of two arguments, the one that does I/O.
    pub fn or<T>(&self, other: T) -> T {
        other
    }
}

impl DoesIo {
    /// Of two arguments, the one that does I/O.
    #[must_use]
    pub fn or<T>(&self, _: T) -> Self {
        Self
    }
}

/// A verdict about a function, given one about its arguments.
pub trait Given<Verdict> {
    /// What remains of it.
    type Verdict;
}

impl<V> Given<V> for Fine {
    type Verdict = Fine;
}

impl<V> Given<V> for DoesIo {
    type Verdict = V;
}

/// What comes behind it is checked for its types only.
pub fn unreached() -> ! {
    unreachable!("nothing comes to where questions are")
}

/// What is here is never run: only its types matter.
fn never<T>() -> T {
    unreachable!("verdicts are types")
}

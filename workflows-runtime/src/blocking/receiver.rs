//! Checks of method calls, by the type of the receiver.
//!
//! The method may belong to the receiver's type or to one that it dereferences to. Autoderef finds it: `Deref0`
//! has a `verdict` if the type itself blocks, and dereferences to `Deref1` otherwise, which has one if the
//! target of the type blocks, and so on. After five dereferences, [`Unknown`] accepts the call. An iterator has
//! [`Parts`] as well, each of which may block.

use super::{Fine, Parts, Refuses, never};
use core::{marker::PhantomData, ops::Deref};

/// Returns the value behind a pointer in code that never runs, because no reference to a field of a packed struct is
/// allowed.
pub fn pointed_at<'a, T: ?Sized>(_: *const T) -> &'a T {
    never()
}

/// Starts a check of a method call. Implemented for every type.
pub trait Asked {
    /// Returns the check for the type itself, without a dereference.
    // No method of a user has this name.
    fn __asked<Method>(&self) -> Deref0<Method, Self> {
        Deref0(PhantomData, PhantomData)
    }

    /// The same, but dereferences only pointers of std and tokio: other types may have a method of this name.
    fn __asked_near<Method>(&self) -> Near0<Method, Self> {
        Near0(PhantomData, PhantomData)
    }

    /// The same for a marker that is the type of an argument.
    fn __asked_as<Method>(&self, _: PhantomData<Method>) -> Deref0<Method, Self> {
        Deref0(PhantomData, PhantomData)
    }

    /// The same for the parts of an iterator.
    fn __asked_parts<Method>(&self) -> Part0<Method, Self> {
        Part0(PhantomData, PhantomData)
    }
}

impl<T: ?Sized> Asked for T {}

type Target<T> = <T as Deref>::Target;

/// Declares the check for each number of dereferences. Each dereferences to the next one.
macro_rules! checks {
    ($($name:ident => $next:ident,)*) => {
        $(
            /// The check for one number of dereferences of `T`.
            #[derive(Debug)]
            pub struct $name<M, T: ?Sized>(PhantomData<M>, PhantomData<T>);

            impl<M, T: ?Sized> Deref for $name<M, T> {
                type Target = $next<M, T>;

                fn deref(&self) -> &Self::Target {
                    never()
                }
            }
        )*
    };
}

checks! {
    Deref0 => Deref1,
    Deref1 => Deref2,
    Deref2 => Deref3,
    Deref3 => Deref4,
    Deref4 => Deref5,
    Deref5 => Unknown,
    Near0 => Near1,
    Near1 => Near2,
    Near2 => Near3,
    Near3 => Near4,
    Near4 => Unknown,
    Part0 => Part1,
    Part1 => Part2,
    Part2 => Part3,
    Part3 => Unknown,
}

/// The end of the lookup: no type on the way is known to block.
#[derive(Debug)]
pub struct Unknown<M, T: ?Sized>(PhantomData<M>, PhantomData<T>);

/// Implemented by the marker that inference picks if no type on the way is known to block. The markers of a crate have
/// a parameter, which only a blocking type determines.
pub trait Fallback {}

impl<M: Fallback, T: ?Sized> Unknown<M, T> {
    /// Accepts the call.
    pub fn verdict(&self) -> Fine {
        Fine
    }
}

/// Implements the verdict of each check. The number of bounds is the number of dereferences.
macro_rules! verdicts {
    ($through:ident; $($name:ident: $($from:ty),* => $found:ty;)*) => {
        $(
            impl<M, T: ?Sized> $name<M, T>
            where
                $($from: $through,)*
                M: Refuses<$found>,
            {
                /// Returns the verdict of the type that `T` dereferences to.
                pub fn verdict(&self) -> <M as Refuses<$found>>::Verdict {
                    never()
                }
            }
        )*
    };
}

verdicts! {
    Deref;
    Deref0: => T;
    Deref1: T => Target<T>;
    Deref2: T, Target<T> => Target<Target<T>>;
    Deref3: T, Target<T>, Target<Target<T>> => Target<Target<Target<T>>>;
    Deref4: T, Target<T>, Target<Target<T>>, Target<Target<Target<T>>> => Target<Target<Target<Target<T>>>>;
    Deref5: T, Target<T>, Target<Target<T>>, Target<Target<Target<T>>>, Target<Target<Target<Target<T>>>>
        => Target<Target<Target<Target<Target<T>>>>>;
}

verdicts! {
    Pointer;
    Near0: => T;
    Near1: T => Target<T>;
    Near2: T, Target<T> => Target<Target<T>>;
    Near3: T, Target<T>, Target<Target<T>> => Target<Target<Target<T>>>;
    Near4: T, Target<T>, Target<Target<T>>, Target<Target<Target<T>>> => Target<Target<Target<Target<T>>>>;
}

type First<T> = <T as Parts>::First;
type Second<T> = <T as Parts>::Second;

verdicts! {
    Parts;
    Part0: T => Second<T>;
    Part1: T, First<T> => Second<First<T>>;
    Part2: T, Second<T> => Second<Second<T>>;
    Part3: T, First<T>, First<First<T>> => Second<First<First<T>>>;
}

/// The types of std and tokio that dereference. None of them has methods with the names of blocking calls.
pub trait Pointer: Deref {}

macro_rules! pointers {
    ($([$($generics:tt)*] $ty:ty;)*) => {
        $(impl<$($generics)*> Pointer for $ty {})*
    };
}

pointers! {
    [T: ?Sized] &T;
    [T: ?Sized] &mut T;
    [T: ?Sized] Box<T>;
    [T: ?Sized] std::rc::Rc<T>;
    [T: ?Sized] std::sync::Arc<T>;
    [T: ?Sized] std::cell::Ref<'_, T>;
    [T: ?Sized] std::cell::RefMut<'_, T>;
    [T: ?Sized] std::sync::MutexGuard<'_, T>;
    [T: ?Sized] std::sync::RwLockReadGuard<'_, T>;
    [T: ?Sized] std::sync::RwLockWriteGuard<'_, T>;
    [T: ?Sized] tokio::sync::MutexGuard<'_, T>;
    [T: ?Sized] tokio::sync::OwnedMutexGuard<T>;
    [T: ?Sized] tokio::sync::RwLockReadGuard<'_, T>;
    [T: ?Sized] tokio::sync::RwLockWriteGuard<'_, T>;
    [P: Deref] std::pin::Pin<P>;
    [T, F: FnOnce() -> T] std::sync::LazyLock<T, F>;
    [T: ?Sized] std::mem::ManuallyDrop<T>;
    [T] std::panic::AssertUnwindSafe<T>;
    [T] Vec<T>;
    [] String;
    [] std::path::PathBuf;
    [] std::ffi::OsString;
}

//! Checks of method calls, by the type of the receiver.
//!
//! The method may belong to the receiver's type or to one that it dereferences to. Autoderef finds it: `Deref0`
//! has a `verdict` if the type itself blocks, and dereferences to `Deref1` otherwise, which has one if the
//! target of the type blocks, and so on. After five dereferences, [`Unknown`] accepts the call.

use super::{Blocks, Fine, never};
use core::{marker::PhantomData, ops::Deref};

/// Starts a check of a method call. Implemented for every type.
pub trait Asked {
    /// Returns the check for the type itself, without a dereference.
    fn asked<Method>(&self) -> Deref0<Method, Self> {
        Deref0(PhantomData, PhantomData)
    }
}

impl<T: ?Sized> Asked for T {}

impl<M, T: Blocks<M> + ?Sized> Deref0<M, T> {
    /// Returns the verdict of the type itself.
    pub fn verdict(&self) -> T::Verdict {
        never()
    }
}

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
}

/// The end of the lookup: no type on the way is known to block.
#[derive(Debug)]
pub struct Unknown<M, T: ?Sized>(PhantomData<M>, PhantomData<T>);

impl<M, T: ?Sized> Unknown<M, T> {
    /// Accepts the call.
    pub fn verdict(&self) -> Fine {
        Fine
    }
}

/// Implements the verdict of each check. The number of `Deref` bounds is the number of dereferences.
macro_rules! verdicts {
    ($($name:ident: $($from:ty),* => $found:ty;)*) => {
        $(
            impl<M, T: Deref + ?Sized> $name<M, T>
            where
                $($from: Deref,)*
                $found: Blocks<M>,
            {
                /// Returns the verdict of the type that `T` dereferences to.
                pub fn verdict(&self) -> <$found as Blocks<M>>::Verdict {
                    never()
                }
            }
        )*
    };
}

verdicts! {
    Deref1: => Target<T>;
    Deref2: Target<T> => Target<Target<T>>;
    Deref3: Target<T>, Target<Target<T>> => Target<Target<Target<T>>>;
    Deref4: Target<T>, Target<Target<T>>, Target<Target<Target<T>>> => Target<Target<Target<Target<T>>>>;
    Deref5: Target<T>, Target<Target<T>>, Target<Target<Target<T>>>, Target<Target<Target<Target<T>>>>
        => Target<Target<Target<Target<Target<T>>>>>;
}

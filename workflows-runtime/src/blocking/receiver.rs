//! Methods, by the type of the receiver.

use super::{Blocks, Fine, never};
use core::{marker::PhantomData, ops::Deref};

/// Every value can be asked about a method of its type, or of what that dereferences to.
pub trait Asked {
    /// The first step of the ladder.
    fn asked<Method>(&self) -> Look0<Method, Self> {
        Look0(PhantomData, PhantomData)
    }
}

impl<T: ?Sized> Asked for T {}

impl<M, T: Blocks<M> + ?Sized> Look0<M, T> {
    /// The type itself blocks.
    pub fn verdict(&self) -> T::Verdict {
        never()
    }
}

type Target<T> = <T as Deref>::Target;

/// A step of the ladder: at each, method lookup finds the verdict or dereferences to the next.
macro_rules! steps {
    ($($name:ident => $next:ident,)*) => {
        $(
            /// So many dereferences away.
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

steps! {
    Look0 => Look1,
    Look1 => Look2,
    Look2 => Look3,
    Look3 => Look4,
    Look4 => Look5,
    Look5 => Unknown,
}

/// Nothing on the way is known to block.
#[derive(Debug)]
pub struct Unknown<M, T: ?Sized>(PhantomData<M>, PhantomData<T>);

impl<M, T: ?Sized> Unknown<M, T> {
    /// It doesn't.
    pub fn verdict(&self) -> Fine {
        Fine
    }
}

/// What `$name` finds, as many dereferences away as there are `Deref` bounds.
macro_rules! finds {
    ($($name:ident: $($from:ty),* => $found:ty;)*) => {
        $(
            impl<M, T: Deref + ?Sized> $name<M, T>
            where
                $($from: Deref,)*
                $found: Blocks<M>,
            {
                /// What it dereferences to blocks.
                pub fn verdict(&self) -> <$found as Blocks<M>>::Verdict {
                    never()
                }
            }
        )*
    };
}

finds! {
    Look1: => Target<T>;
    Look2: Target<T> => Target<Target<T>>;
    Look3: Target<T>, Target<Target<T>> => Target<Target<Target<T>>>;
    Look4: Target<T>, Target<Target<T>>, Target<Target<Target<T>>> => Target<Target<Target<Target<T>>>>;
    Look5: Target<T>, Target<Target<T>>, Target<Target<Target<T>>>, Target<Target<Target<Target<T>>>>
        => Target<Target<Target<Target<Target<T>>>>>;
}

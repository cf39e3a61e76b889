//! `OneOf`: a value of one of several types, without declaring an enum.

use crate::{
    event::Never,
    sealed::{SEAL, Seal, Sealed},
};
use serde::{Deserialize, Serialize};

/// One of up to twelve types.
///
/// As an output, the step emits one of the members; as an input, the step takes any of them. Create it
/// with [`.emit()`](IntoOneOf::emit), which selects the member by its type, and `match` on it. Unused
/// members are [`Never`] and need no arm.
///
/// ```
/// use workflows_runtime::prelude::*;
///
/// #[event] struct Good { score: u8 }
/// #[event] struct Bad { why: String }
///
/// fn judge(score: u8) -> OneOf<Good, Bad> {
///     if score > 5 {
///         return Good { score }.emit();
///     }
///     Bad { why: format!("only {score}") }.emit()
/// }
///
/// let text = match judge(3) {
///     OneOf::A(good) => good.score.to_string(),
///     OneOf::B(bad) => bad.why,
/// };
/// assert_eq!(text, "only 3");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the variants are the members, in order")]
pub enum OneOf<
    A,
    B = Never,
    C = Never,
    D = Never,
    E = Never,
    F = Never,
    G = Never,
    H = Never,
    I = Never,
    J = Never,
    K = Never,
    L = Never,
> {
    A(A),
    B(B),
    C(C),
    D(D),
    E(E),
    F(F),
    G(G),
    H(H),
    I(I),
    J(J),
    K(K),
    L(L),
}

#[diagnostic::do_not_recommend]
impl<A, B, C, D, E, F, G, H, I, J, K, L> Sealed for OneOf<A, B, C, D, E, F, G, H, I, J, K, L> {}

/// A type that can hold a `T`: `T` itself, or a [`OneOf`] with the member `T`.
///
/// The compiler infers `Index`, the position of the member. This trait is sealed.
///
/// ```
/// use workflows_runtime::{Holds, OneOf, prelude::*};
///
/// fn wrap<O: Holds<u8, Index>, Index>(value: u8) -> O {
///     value.emit()
/// }
/// assert_eq!(wrap::<OneOf<String, u8>, _>(1), OneOf::B(1));
/// ```
#[diagnostic::on_unimplemented(
    message = "W042: `{T}` is not one of the events that this step declares",
    label = "`{T}` is not among `{Self}`",
    note = "add `{T}` to the `OneOf` in the step's return type",
    note = "to return an `Option` or a `Result`, write `Some(event.emit())` or `Ok(event.emit())`"
)]
pub trait Holds<T, Index> {
    #[doc(hidden)]
    fn hold(value: T, seal: Seal) -> Self;
    /// The value, if it is of this type.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    fn held(&self, seal: Seal) -> Option<&T>;
}

/// The index of the value in its own type. See [`Holds`].
#[derive(Debug)]
pub struct Whole;

/// The index of the member with this number. See [`Holds`].
#[derive(Debug)]
pub struct Member<const AT: usize>;

#[diagnostic::do_not_recommend]
impl<T> Holds<T, Whole> for T {
    fn hold(value: T, _: Seal) -> Self {
        value
    }

    #[cfg(feature = "testing")]
    fn held(&self, _: Seal) -> Option<&T> {
        Some(self)
    }
}

macro_rules! members {
    ($($member:ident $at:literal),*) => { $(
        #[diagnostic::do_not_recommend]
        impl<A, B, C, D, E, F, G, H, I, J, K, L> Holds<$member, Member<$at>>
            for OneOf<A, B, C, D, E, F, G, H, I, J, K, L>
        {
            fn hold(value: $member, _: Seal) -> Self {
                Self::$member(value)
            }

            #[cfg(feature = "testing")]
            fn held(&self, _: Seal) -> Option<&$member> {
                match self {
                    Self::$member(value) => Some(value),
                    _ => None,
                }
            }
        }
    )* };
}

members!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

/// Converts a value into a [`OneOf`]. Implemented for every type.
pub trait IntoOneOf: Sized {
    /// Converts this value into the [`OneOf`] that the step declares.
    ///
    /// A value of a type that the `OneOf` does not list does not compile.
    ///
    /// ```
    /// use workflows_runtime::prelude::*;
    ///
    /// let size: OneOf<String, u64> = 42_u64.emit();
    /// assert_eq!(size, OneOf::B(42));
    /// ```
    // The compiler names the first parameter where the value is not returned.
    #[must_use = "`.emit()` only converts the value: the step must return it"]
    fn emit<Returned: Holds<Self, Index>, Index>(self) -> Returned {
        Returned::hold(self, SEAL)
    }
}

impl<T> IntoOneOf for T {}

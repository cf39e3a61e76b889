//! `OneOf`: a value of one of several types, without an enum of one's own.

use crate::Never;
use serde::{Deserialize, Serialize};

/// One of up to twelve types.
///
/// As an output it says that a step emits one of its members; as an input, that the step takes
/// each of them. Build it with [`.emit()`](IntoOneOf::emit), which finds the member by its type;
/// take it apart with `match`. Members that are not used are [`Never`], and need no arm.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// `Self` can hold a `T`, at the place `At`, which the compiler finds.
#[diagnostic::on_unimplemented(
    message = "W042: `{T}` is not one of the events that this step declares",
    label = "`{T}` is not among `{Self}`",
    note = "add `{T}` to the `OneOf` in the step's return type",
    note = "to return an `Option` or a `Result`, write `Some(event.emit())` or `Ok(event.emit())`"
)]
pub trait Holds<T, At> {
    /// Puts the value in.
    fn hold(value: T) -> Self;
}

/// Where in a type a value is held: everywhere (`Whole`), or as a member of a [`OneOf`].
#[derive(Debug)]
pub struct Whole;

/// The place of the member with this number.
#[derive(Debug)]
pub struct Member<const AT: usize>;

#[diagnostic::do_not_recommend]
impl<T> Holds<T, Whole> for T {
    fn hold(value: T) -> Self {
        value
    }
}

macro_rules! members {
    ($($member:ident $at:literal),*) => { $(
        #[diagnostic::do_not_recommend]
        impl<A, B, C, D, E, F, G, H, I, J, K, L> Holds<$member, Member<$at>>
            for OneOf<A, B, C, D, E, F, G, H, I, J, K, L>
        {
            fn hold(value: $member) -> Self {
                Self::$member(value)
            }
        }
    )* };
}

members!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

/// Turns a value into the [`OneOf`] that is expected; in the prelude, for every type.
pub trait IntoOneOf: Sized {
    /// Emits this value as one of the types that the step declares.
    ///
    /// A type that the expected [`OneOf`] does not list is a compile error.
    fn emit<O: Holds<Self, At>, At>(self) -> O {
        O::hold(self)
    }
}

impl<T> IntoOneOf for T {}

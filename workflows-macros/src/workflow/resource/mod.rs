//! `#[resource]` factories, and the parameters that are injected.

mod factory;
mod parameter;

pub(crate) use self::{
    factory::{borrowed_names, factory, misplaced, on_a_step},
    parameter::{Mark, lints, marks, without},
};

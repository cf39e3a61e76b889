//! `#[blocking(..)]` and the refusal of code that blocks without saying so.

mod function;
mod kind;
mod seen;
mod statement;

pub(crate) use self::{function::expand, kind::Kind, statement::lower};

//! `#[blocking(..)]` and the refusal of code that blocks without saying so.

mod arguments;
mod attribute;
mod call;
pub(crate) mod check;
mod function;
mod generate;
mod kind;
mod known;
mod local;
mod names;
mod nonblocking;
mod place;
mod probe;
mod seen;
mod statement;
mod table;

pub(crate) use self::{
    function::expand, generate::builtin, kind::Kind, local::expand as known_blocking,
    nonblocking::expand as nonblocking, statement::lower,
};

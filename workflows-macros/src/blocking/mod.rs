//! `#[blocking(..)]`, and the check that async code does not block.

mod attribute;
mod call;
mod captures;
mod catalog;
mod function;
mod instrument;
mod kind;
mod known_blocking;
mod macro_args;
mod names;
mod nonblocking;
mod place_expr;
mod probe;
mod statement;

pub(crate) use self::{
    catalog::builtin, function::expand, instrument::instrument, kind::Kind, known_blocking::expand as known_blocking,
    nonblocking::expand as nonblocking, statement::lower,
};

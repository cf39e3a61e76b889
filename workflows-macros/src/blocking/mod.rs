//! `#[blocking(..)]`, and the check that async code does not block.

mod attribute;
mod awaits;
mod call;
mod captures;
mod catalog;
mod function;
mod instrument;
mod kind;
pub(crate) mod known_blocking;
mod macro_args;
mod macro_grammar;
mod names;
mod nonblocking;
mod place_expr;
mod probe;
mod statement;

pub(crate) use self::{
    awaits::refuse_awaits,
    catalog::{Row, builtin},
    function::expand,
    instrument::BlockingCheck,
    kind::Kind,
    nonblocking::expand as nonblocking,
    statement::lower,
};

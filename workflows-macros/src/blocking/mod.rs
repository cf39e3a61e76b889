//! `#[blocking(..)]`, and the check that async code does not block.

mod arguments;
mod attribute;
pub(crate) mod awaits;
mod call;
mod captures;
pub(crate) mod catalog;
mod closures;
mod frame;
mod free_names;
pub(crate) mod function;
mod hop;
pub(crate) mod instrument;
pub(crate) mod kind;
pub(crate) mod known_blocking;
mod later_use;
mod macro_args;
mod macro_grammar;
mod names;
pub(crate) mod nonblocking;
mod own_functions;
mod place_expr;
mod probe;
mod scope;
pub(crate) mod statement;
mod written;

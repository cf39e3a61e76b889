//! The catalog of blocking calls.

pub(crate) mod function;
pub(crate) mod generate;
mod generic;
pub(crate) mod index;
pub(crate) mod origin;
mod page;
pub(crate) mod parse;
pub(crate) mod question;
pub(crate) mod rows;
mod streams;

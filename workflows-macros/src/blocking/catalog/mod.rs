//! The catalog of blocking calls.

pub(crate) mod generate;
pub(crate) mod index;
mod page;
pub(crate) mod parse;
mod streams;

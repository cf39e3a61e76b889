//! The catalog of blocking calls.

pub(crate) mod generate;
pub(crate) mod index;
pub(crate) mod parse;

//! The catalog of calls that are known to block.

mod generate;
mod index;
mod parse;

pub(crate) use self::{
    generate::items,
    index::{BASE, Function, Known, RowOrigin},
    parse::{CATALOG, Form, Row, Section},
};

pub(crate) use self::generate::builtin;

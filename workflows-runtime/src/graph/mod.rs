//! The graph of a workflow as data: built from the signatures in `const`, checked by [`check`], read by the
//! engine.

mod analysis;
mod build;
mod check;
mod fingerprint;
mod handlers;
mod index;
mod key;
mod message;
mod shape;
mod table;
mod validity;

#[cfg(test)]
pub(crate) use self::table::Catches;
pub use self::{
    build::{Graph, count_batch_sources, count_edges},
    key::EventKey,
    table::{EventInput, Step, Table},
};
pub(crate) use self::{
    fingerprint::Fingerprint,
    key::InputKey,
    shape::{Port, PortKind, Shape},
    table::NONE,
};

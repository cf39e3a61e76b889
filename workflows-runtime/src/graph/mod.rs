//! The graph of a workflow as data: assembled from the signatures in `const`, checked by
//! [`check`], walked by the engine.

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

pub use self::{
    build::{Graph, count_edges, count_openers},
    key::{EventKey, LeafKey, Same, same},
    shape::{Port, Shape},
    table::{Catches, Leaf, Step, Table},
};
pub(crate) use self::{fingerprint::Fingerprint, shape::PortKind, table::NONE};

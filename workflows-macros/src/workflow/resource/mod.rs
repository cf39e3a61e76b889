//! `#[resource]` factories, and the parameters that are injected.

pub(crate) mod factory;
pub(crate) mod parameter;

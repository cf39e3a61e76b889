//! Serves the runs of a workflow over HTTP: start an order, stream its events, answer its prompts, list all orders.
//! The guide explains it, on its page `web_service`.
//! Run it: `cargo run -p web`, then `curl -N localhost:3000/orders/<id>/events`.

pub mod order;
pub mod service;

#[cfg(doctest)]
#[doc = include_str!("../../../workflows-runtime/docs/web_service.md")]
pub struct Guide;

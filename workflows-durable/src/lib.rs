#![doc = include_str!("../README.md")]

mod active;
mod committer;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod host;
mod leases;
mod memory;
mod owner;
mod retention;
mod run;
mod status;
pub mod store;
mod stream;

pub use self::{
    error::{HostError, ItemError, MessageError, ResultError},
    host::{Health, Host, HostBuilder, NewRun, Recovered},
    memory::MemoryStore,
    run::{DurableRun, Send},
    store::{Filter, RunInfo, RunStatus, Store, StoreError},
    stream::{ItemStream, StreamItem},
};

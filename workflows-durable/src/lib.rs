#![doc = include_str!("../README.md")]

mod active;
mod committer;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod host;
mod leases;
mod memory;
mod migration;
mod owner;
mod parking;
mod post;
mod retention;
mod run;
mod status;
pub mod store;
mod stream;

pub use self::{
    error::{HostError, ItemError, MessageError, ResultError},
    host::{Health, Host, HostBuilder, NewRun, Recovered},
    memory::MemoryStore,
    migration::{Migrated, Migration, MigrationOutcome},
    run::{DurableRun, Send},
    store::{Filter, OwnerId, RunInfo, RunStatus, Store, StoreError},
    stream::{ItemStream, StreamItem},
};
pub use workflows_runtime::durable::Commit;

#![doc = include_str!("../README.md")]

mod active;
mod builder;
mod child;
mod children;
mod committer;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod host;
mod hosted;
mod leases;
mod memory;
mod migration;
mod new_run;
mod owner;
mod parking;
mod post;
mod recorder;
mod retention;
mod run;
mod run_info;
mod status;
pub mod store;
mod stream;
mod wrapper;

pub use self::{
    builder::HostBuilder,
    error::{HostError, ItemError, MessageError, ResultError},
    host::{Health, Host, Recovered},
    memory::MemoryStore,
    migration::{Migrated, Migration, MigrationOutcome},
    new_run::NewRun,
    run::{DurableRun, Send},
    store::{Filter, OwnerId, RunInfo, RunStatus, Store, StoreError},
    stream::{ItemStream, ResumedStep, StreamItem},
};
pub use workflows_runtime::durable::Commit;

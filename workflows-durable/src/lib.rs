#![doc = include_str!("../README.md")]

mod active;
mod builder;
mod child;
mod children;
mod committer;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod family;
mod host;
mod hosted;
mod id;
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
mod step_attempt;
pub mod store;
mod stream;
mod wrapper;

pub use self::{
    builder::HostBuilder,
    error::{HostError, ItemError, MessageError, ResultError},
    host::{Health, Host, Recovered},
    id::InvalidId,
    memory::MemoryStore,
    migration::{Migrated, Migration, MigrationOutcome},
    new_run::NewRun,
    run::{DurableRun, Send},
    step_attempt::StepAttempt,
    store::{Filter, OwnerId, RunInfo, RunStatus, Store, StoreError},
    stream::{ItemStream, StreamItem},
};
pub use workflows_runtime::durable::Commit;

//! Cancellation: of runs, and how the context of a step reports it.

mod context;
mod run;

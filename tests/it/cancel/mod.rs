//! Cancellation: of runs, and how the context of a step reports it.

mod attempt;
mod context;
mod run;

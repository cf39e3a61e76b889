//! The driver: how the executions of a run share its task.

mod fairness;
mod pace;

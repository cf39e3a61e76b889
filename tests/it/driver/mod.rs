//! The driver: how the executions of a run share its task.

mod budget;
mod fairness;
mod pace;
mod stack;

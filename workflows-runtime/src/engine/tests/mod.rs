//! The engine, tested by simulation.

mod simulation;

//! Steps: what they take, and what they emit.

mod detached;
mod input;
mod output;

//! Steps: what they take, and what they emit.

mod configure;
mod detached;
mod input;
mod output;

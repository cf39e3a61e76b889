//! Steps: what they take, and what they emit.

mod input;
mod output;

//! Batches: `Vec` outputs open them, `Vec` inputs gather them.

mod gather;
mod nesting;

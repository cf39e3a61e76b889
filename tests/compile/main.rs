//! Tests that call the compiler: accepted programs, refused programs, and the messages.
//!
//! The expansions in `tests/expand` are checked by the unit tests of `workflows-macros`.

mod nonblocking;
mod standalone;
mod ui;

//! Tests that call the compiler: what it accepts, what it refuses, and with which message.
//!
//! The expansions in `tests/expand` are checked by the unit tests of `workflows-macros`.

mod nonblocking;
mod standalone;
mod ui;

//! Functions that block below another function, and functions that do not.
//!
//! `//~` and `root: caller, .., leaf` marks the line of a blocking call: the check reports it for the function `root`, with a
//! chain through these callers. Nothing else is reported.

#![allow(dead_code)]

mod blocks;
mod fine;

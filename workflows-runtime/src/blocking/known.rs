//! What is known to block, from the table.

// A name here is a path of the table, and is read in an error.
#![allow(non_camel_case_types, missing_debug_implementations, missing_docs)]

workflows_macros::__known_blocking!();

//! The functions and types that are known to block, generated from the table of `workflows-macros`.

// The names are paths of the table and appear in error messages.
#![allow(non_camel_case_types, missing_debug_implementations, missing_docs)]

workflows_macros::__known_blocking!();

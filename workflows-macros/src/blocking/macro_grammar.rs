//! Macros with a known grammar: those whose arguments the check can parse.

use syn::Macro;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// Expressions, optionally named, optionally with a `%` or `?` in front.
    List,
    /// A list whose first expression becomes part of the panic message.
    Assertion,
    /// A list of expressions that are printed as written.
    Printed,
    /// A list whose first expression is written to.
    Write,
    /// A list of futures, which the macro awaits.
    Join,
    Select,
    /// `[value; length]` or a list.
    Vector,
    /// An expression, a comma and a pattern.
    Matches,
    /// Statements.
    Body,
    /// JSON objects and arrays that contain expressions.
    Json,
}

const STD: &[&str] = &["std", "core", "alloc"];
const LOG: &[&str] = &["log", "tracing"];
const TRACING: &[&str] = &["tracing"];
const FUTURES: &[&str] = &["tokio", "futures", "futures_util", "futures_lite"];

/// The grammar of a macro by its name, and the crates that declare it.
pub(crate) fn named(invocation: &Macro) -> Option<(Grammar, &'static [&'static str])> {
    let name = invocation.path.segments.last()?.ident.to_string();
    Some(match name.as_str() {
        "println" | "print" | "eprintln" | "eprint" | "format" | "format_args" | "panic" | "todo" | "unreachable"
        | "unimplemented" | "assert_eq" | "assert_ne" | "debug_assert_eq" | "debug_assert_ne" => (Grammar::List, STD),
        "dbg" => (Grammar::Printed, STD),
        "trace" | "debug" | "info" | "warn" | "error" => (Grammar::List, LOG),
        "event" | "span" | "trace_span" | "debug_span" | "info_span" | "warn_span" | "error_span" => {
            (Grammar::List, TRACING)
        }
        "log" => (Grammar::List, &["log"]),
        "anyhow" => (Grammar::List, &["anyhow"]),
        "bail" => (Grammar::List, &["anyhow", "eyre", "color_eyre"]),
        "ensure" => (Grammar::Assertion, &["anyhow", "eyre", "color_eyre"]),
        "pin" => (Grammar::List, &["std", "core", "tokio", "futures", "futures_util", "pin_utils"]),
        "ready" => (Grammar::List, &["std", "core", "futures", "futures_util"]),
        "assert" | "debug_assert" => (Grammar::Assertion, STD),
        "write" | "writeln" => (Grammar::Write, STD),
        "join" | "try_join" => (Grammar::Join, FUTURES),
        "select" | "select_biased" => (Grammar::Select, FUTURES),
        "vec" => (Grammar::Vector, STD),
        "json" => (Grammar::Json, &["serde_json"]),
        "stream" | "try_stream" => (Grammar::Body, &["async_stream"]),
        "matches" | "assert_matches" | "debug_assert_matches" => (Grammar::Matches, STD),
        _ => return None,
    })
}

/// Whether the name is that of a known macro.
pub(crate) fn is_known(invocation: &Macro) -> bool {
    named(invocation).is_some()
}

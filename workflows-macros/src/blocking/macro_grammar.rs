//! Macros with a known grammar: those whose arguments the check can parse.

use syn::Macro;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// Expressions, optionally named, optionally with a `%` or `?` in front.
    List,
    /// A list whose first expression becomes part of the panic message.
    Assertion,
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

pub(crate) fn grammar(invocation: &Macro) -> Option<Grammar> {
    let name = invocation.path.segments.last()?.ident.to_string();
    Some(match name.as_str() {
        "println" | "print" | "eprintln" | "eprint" | "format" | "format_args" | "panic" | "todo" | "unreachable"
        | "unimplemented" | "dbg" | "assert_eq" | "assert_ne" | "debug_assert_eq" | "debug_assert_ne" | "trace"
        | "debug" | "info" | "warn" | "error" | "event" | "span" | "log" | "trace_span" | "debug_span"
        | "info_span" | "warn_span" | "error_span" | "anyhow" | "bail" | "pin" | "ready" => Grammar::List,
        "assert" | "debug_assert" | "ensure" => Grammar::Assertion,
        "write" | "writeln" => Grammar::Write,
        "join" | "try_join" => Grammar::Join,
        "select" | "select_biased" => Grammar::Select,
        "vec" => Grammar::Vector,
        "json" => Grammar::Json,
        "stream" | "try_stream" => Grammar::Body,
        "matches" | "assert_matches" | "debug_assert_matches" => Grammar::Matches,
        _ => return None,
    })
}

pub(crate) fn is_known(invocation: &Macro) -> bool {
    grammar(invocation).is_some()
}

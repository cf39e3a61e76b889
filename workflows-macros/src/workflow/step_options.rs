//! `#[step(..)]` and `#[catch_error(..)]`.

use super::model::{Catches, Count, Limit, Options};
use crate::{
    errors::{Errors, refusal},
    options::{self, Entry},
    spelling,
};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Expr, Ident, Meta};

const OF_A_STEP: &[&str] = &["workers", "timeout", "queue_timeout", "retry", "unchecked", "allow_blocking"];
const OF_A_HANDLER: &[&str] =
    &["steps", "max_recoveries", "timeout", "queue_timeout", "retry", "unchecked", "allow_blocking"];

pub(crate) fn parse(attribute: &Attribute, errors: &mut Errors) -> Options {
    let catches = attribute.path().segments.last().is_some_and(|last| last.ident == "catch_error");
    let (name, allowed, example) = if catches {
        ("catch_error", OF_A_HANDLER, "#[catch_error(steps(fetch, parse))]")
    } else {
        ("step", OF_A_STEP, "#[step(workers = 8)]")
    };
    let list = match &attribute.meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => list.tokens.clone(),
        Meta::NameValue(value) => {
            let problem = format!("the options of `#[{name}]` belong in parentheses");
            errors.refuse(value, "W018", &problem, &format!("write `{example}`"));
            TokenStream::new()
        }
    };
    let mut step = Options::default();
    let mut refused = Errors::default();
    let mut handler =
        Catches { attribute: attribute.path().clone(), steps: None, max_recoveries: Count::Literal(1), refused: false };
    for entry in options::entries(list, name, allowed, &mut refused) {
        let result = match entry.key.to_string().as_str() {
            "workers" => count(&entry, "W019").map(|workers| step.workers = Some(workers)),
            "timeout" => limit(&entry).map(|timeout| step.timeout = Some(timeout)),
            "queue_timeout" => limit(&entry).map(|timeout| step.queue_timeout = Some((entry.key.clone(), timeout))),
            "retry" => retry(&entry).map(|policy| step.retry = Some(policy)),
            "allow_blocking" => entry.alone().map(|()| step.allow_blocking = true),
            "steps" => steps(&entry).map(|steps| handler.steps = Some((entry.key.clone(), steps))),
            "max_recoveries" => count(&entry, "W018").map(|count| handler.max_recoveries = count),
            _ => unchecked(&mut step, &entry),
        };
        refused.keep(result);
    }
    if catches {
        // One worker, so a handler sees failures in order.
        step.workers = Some(Count::Literal(1));
        // The handled steps are not known, so no further error is reported about it.
        handler.refused = !refused.is_empty();
        step.unchecked_reachable |= handler.refused;
        step.catches = Some(handler);
    }
    errors.append(refused);
    step
}

/// A number, or a constant.
pub(crate) fn count(entry: &Entry, code: &str) -> syn::Result<Count> {
    match entry.constant() {
        Some(constant) => Ok(Count::Constant(constant)),
        None => entry.count(code).map(Count::Literal),
    }
}

/// A duration in quotes, or a constant.
pub(crate) fn limit(entry: &Entry) -> syn::Result<Limit> {
    match entry.constant() {
        Some(constant) => Ok(Limit::Constant(constant)),
        None => entry.duration().map(Limit::Literal),
    }
}

/// A policy: any expression without `self`.
fn retry(entry: &Entry) -> syn::Result<Expr> {
    let policy: Expr = entry.parse("a retry policy", "retry = Retry::fixed(Duration::from_secs(1)).max_attempts(3)")?;
    match this(policy.to_token_stream()) {
        None => Ok(policy),
        Some(this) => Err(refusal(
            this,
            "W018",
            "`self` is not available in `retry`",
            "use a constant or a function, such as `Self::POLICY`",
        )),
    }
}

/// The first `self` in an expression.
fn this(tokens: TokenStream) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == "self" => Some(ident),
        TokenTree::Group(group) => this(group.stream()),
        _ => None,
    })
}

fn steps(entry: &Entry) -> syn::Result<Vec<Ident>> {
    let names = entry.value.clone().map(options::idents);
    names.and_then(Result::ok).ok_or_else(|| {
        let place = entry.value.clone().filter(|value| !value.is_empty());
        let place = place.unwrap_or_else(|| entry.key.to_token_stream());
        refusal(place, "W018", "`steps` takes the names of steps", "write it like `steps(fetch, parse)`")
    })
}

fn unchecked(step: &mut Options, entry: &Entry) -> syn::Result<()> {
    let help = "write `unchecked(reachable)`, `unchecked(dead_end)` or both";
    let list = entry.value.clone().unwrap_or_default();
    let checks = options::idents(list).unwrap_or_default();
    if checks.is_empty() {
        return Err(refusal(&entry.key, "W018", "`unchecked` takes the names of the checks to disable", help));
    }
    for check in checks {
        match check.to_string().as_str() {
            "reachable" => step.unchecked_reachable = true,
            "dead_end" => step.unchecked_dead_end = true,
            other => {
                let near = spelling::closest(other, ["reachable", "dead_end"]);
                let help = near.map_or_else(|| help.to_owned(), |near| format!("did you mean `{near}`? {help}"));
                return Err(refusal(&check, "W018", &format!("`unchecked` has no check `{other}`"), &help));
            }
        }
    }
    Ok(())
}

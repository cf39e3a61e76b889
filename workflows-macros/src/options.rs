//! The `key = value` lists of our attributes.

use crate::{
    errors::{Errors, refusal},
    runtime, spelling,
};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Expr, Ident, LitInt, LitStr,
    parse::{ParseStream, Parser, discouraged::Speculative},
};

/// The attributes on items, which have the option `crate`.
const HAVE_A_PATH: &[&str] = &["event", "workflow", "nonblocking"];

/// One option as written: `key`, `key = value` or `key(value)`.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: Option<TokenStream>,
}

/// Parses a list of options; each must be one of `allowed` and appear once.
pub(crate) fn entries(list: TokenStream, attribute: &str, allowed: &[&str], errors: &mut Errors) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    // The path of the runtime is an option of its own, which the whole expansion respects.
    let list = if HAVE_A_PATH.contains(&attribute) { runtime::without_path(list) } else { list };
    for part in parts(list) {
        let Some(entry) = errors.keep(entry(&part, attribute, allowed)) else { continue };
        if entries.iter().any(|known| known.key == entry.key) {
            let problem = format!("duplicate option `{}` in `#[{attribute}]`", entry.key);
            errors.refuse(&entry.key, "W018", &problem, "remove one of them");
            continue;
        }
        entries.push(entry);
    }
    entries
}

/// The parts of a comma-separated list.
pub(crate) fn parts(list: TokenStream) -> Vec<TokenStream> {
    let parser = |input: ParseStream<'_>| {
        let mut parts = Vec::new();
        while !input.is_empty() {
            parts.push(part(input)?);
        }
        Ok(parts)
    };
    let mut parts: Vec<TokenStream> = parser.parse2(list).unwrap_or_default();
    parts.retain(|part| !part.is_empty());
    parts
}

/// One option, without the comma after it.
fn part(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    if let Some(policy) = policy(input) {
        return Ok(policy);
    }
    let mut part = TokenStream::new();
    // A comma inside `<..>` belongs to a type.
    let mut angles = 0;
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        if let TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                '<' => angles += 1,
                '>' => angles -= 1,
                ',' if angles <= 0 => break,
                _ => {}
            }
        }
        part.extend([token]);
    }
    Ok(part)
}

/// The options whose value is an expression, which may contain `<` as an operator.
const EXPRESSIONS: &[&str] = &["retry", "workers", "timeout", "queue_timeout", "max_runs", "max_recoveries"];

/// An option whose value is an expression.
fn policy(input: ParseStream<'_>) -> Option<TokenStream> {
    let ahead = input.fork();
    let key: Ident = ahead.parse().ok().filter(|key| EXPRESSIONS.iter().any(|name| key == name))?;
    let (equals, value): (syn::Token![=], Expr) = (ahead.parse().ok()?, ahead.parse().ok()?);
    if !ahead.is_empty() {
        ahead.parse::<syn::Token![,]>().ok()?;
    }
    input.advance_to(&ahead);
    Some(quote!(#key #equals #value))
}

fn entry(part: &TokenStream, attribute: &str, allowed: &[&str]) -> syn::Result<Entry> {
    let mut tokens = part.clone().into_iter();
    let list = spelling::list(allowed.iter().copied());
    let Some(TokenTree::Ident(key)) = tokens.next() else {
        let problem = format!("`#[{attribute}]` expects the name of an option");
        return Err(refusal(part, "W018", &problem, &format!("the options are: {list}")));
    };
    if !allowed.iter().any(|name| key == name) {
        let problem = format!("`#[{attribute}]` has no option `{key}`");
        let help = match spelling::closest(&key.to_string(), allowed.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? the options are: {list}"),
            None if allowed.is_empty() => format!("remove it: `#[{attribute}]` has no options"),
            None => format!("the options are: {list}"),
        };
        return Err(refusal(&key, "W018", &problem, &help));
    }
    let value = match tokens.next() {
        None => None,
        Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => Some(tokens.collect()),
        Some(TokenTree::Group(group)) => Some(group.stream()),
        Some(_) => {
            let problem = format!("expected `=` after `{key}`");
            return Err(refusal(part, "W018", &problem, &format!("write `{key} = ..`")));
        }
    };
    Ok(Entry { key, value })
}

impl Entry {
    fn malformed(&self, problem: &str, example: &str) -> syn::Error {
        let help = format!("write it like `{example}`");
        match &self.value {
            Some(value) if !value.is_empty() => refusal(value, "W018", problem, &help),
            _ => refusal(&self.key, "W018", problem, &help),
        }
    }

    /// A value of any syntax, such as a type or an expression.
    pub(crate) fn parse<T: syn::parse::Parse>(&self, what: &str, example: &str) -> syn::Result<T> {
        let value = self.value.clone().unwrap_or_default();
        syn::parse2(value).map_err(|_| self.malformed(&format!("`{}` takes {what}", self.key), example))
    }

    /// Requires that there is no value.
    pub(crate) fn alone(&self) -> syn::Result<()> {
        match self.value {
            None => Ok(()),
            Some(_) => Err(self.malformed(&format!("`{}` takes no value", self.key), &self.key.to_string())),
        }
    }

    /// A whole number of at least 1.
    pub(crate) fn count(&self, code: &str) -> syn::Result<u32> {
        let example = format!("{} = 8", self.key);
        let number: LitInt = self.parse("a whole number", &example)?;
        let count: u32 = number
            .base10_parse()
            .map_err(|_| self.malformed(&format!("`{}` takes a whole number", self.key), &example))?;
        if count == 0 {
            let problem = format!("`{}` is 0", self.key);
            return Err(refusal(number, code, &problem, "write a number of at least 1, or remove the option"));
        }
        Ok(count)
    }

    /// A constant other than a literal, such as `MAX` or `Self::MAX`.
    pub(crate) fn constant(&self) -> Option<Expr> {
        let expr: Expr = syn::parse2(self.value.clone()?).ok()?;
        let is_literal = match ungrouped(&expr) {
            Expr::Lit(_) => true,
            Expr::Unary(unary) => matches!(ungrouped(&unary.expr), Expr::Lit(_)),
            _ => false,
        };
        if is_literal { None } else { Some(expr) }
    }

    /// A duration such as `"30s"`, in nanoseconds.
    pub(crate) fn duration(&self) -> syn::Result<u64> {
        let example = format!("{} = \"30s\"", self.key);
        let text: LitStr = self.parse("a duration in quotes", &example)?;
        nanoseconds(&text.value()).ok_or_else(|| {
            let problem = format!("`{}` is not a duration", text.value());
            refusal(
                &text,
                "W018",
                &problem,
                "write a number above 0 and a unit: \"250ms\", \"30s\", \"5m\", \"2h\" or \"1d\"",
            )
        })
    }
}

/// The expression without the invisible groups around an argument of `macro_rules!`, such as `$limit:literal`.
fn ungrouped(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => ungrouped(&group.expr),
        expr => expr,
    }
}

fn nanoseconds(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let unit = match unit.trim() {
        "us" | "µs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" | "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        "w" => 604_800_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit).filter(|n| *n > 0)
}

/// The identifiers of a comma-separated list.
pub(crate) fn idents(list: TokenStream) -> syn::Result<Vec<Ident>> {
    let parser = syn::punctuated::Punctuated::<Ident, syn::Token![,]>::parse_terminated;
    Ok(parser.parse2(list.to_token_stream())?.into_iter().collect())
}

//! `#[step]`, `#[resource]` and `#[catch_error]` where `#[workflow]` has not removed them: W025.

use crate::{errors, source};
use proc_macro2::{Span, TokenStream};

pub(crate) fn expand(attribute: &str, item: TokenStream) -> TokenStream {
    let call = Span::call_site();
    if source::is_in_macro_rules(call) {
        let problem = format!("`#[{attribute}]` is written by a macro, which runs after `#[workflow]`");
        let help = "write the signature in the `impl` itself; a macro may write its body, or the whole `impl` together \
                    with `#[workflow]`";
        return errors::misplaced(&problem, help, item);
    }
    if let Some(name) = other_name(attribute, call) {
        let problem =
            format!("`#[{name}]` is `#[{attribute}]` under another name, by which `#[workflow]` does not know it");
        return errors::misplaced(&problem, &format!("write `#[{attribute}]`"), item);
    }
    let problem = format!("`#[{attribute}]` can only be used on methods of an `impl` with `#[workflow]`");
    errors::misplaced(&problem, "put `#[workflow]` on the `impl`, or remove the attribute", item)
}

/// The name that the source gives to the attribute at `at`, if it is another one.
fn other_name(attribute: &str, at: Span) -> Option<String> {
    if !proc_macro::is_available() {
        return None;
    }
    let text = at.unwrap().source_text()?;
    let path = text.strip_prefix("#[")?.split(['(', ']', '=']).next()?;
    let name = path.rsplit("::").next()?.trim();
    let is_a_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_a_name && !name.is_empty() && name != attribute).then(|| name.to_owned())
}

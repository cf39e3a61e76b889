//! `isolated` in `#[blocking(..)]`: the code is executed in another process.

use crate::{
    errors::{Errors, refusal},
    options::{self, Entry},
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{LitStr, spanned::Spanned};

/// The options in `isolated(..)`, and the pool.
#[derive(Clone)]
pub(crate) struct Isolation {
    /// The position of the option.
    pub(crate) at: Ident,
    pub(crate) pool: Option<String>,
    timeout: Option<TokenStream>,
    memory: Option<TokenStream>,
    recycle_after: Option<TokenStream>,
}

const OPTIONS: &[&str] = &["timeout", "memory", "recycle_after"];

impl Isolation {
    pub(super) fn parse(entry: &Entry, errors: &mut Errors) -> Self {
        let mut isolation =
            Self { at: entry.key.clone(), pool: None, timeout: None, memory: None, recycle_after: None };
        if !cfg!(feature = "isolated") {
            let help = "write `workflows-runtime = { version = \"..\", features = [\"isolated\"] }` in `Cargo.toml`";
            errors.refuse(&entry.key, "W053", "`isolated` needs the feature `isolated` of `workflows-runtime`", help);
        }
        let list = entry.value.clone().unwrap_or_default();
        for option in options::entries(list, "blocking(.., isolated(..))", OPTIONS, errors) {
            let parsed = match option.key.to_string().as_str() {
                "timeout" => duration(&option).map(|timeout| isolation.timeout = Some(timeout)),
                "memory" => memory(&option).map(|bytes| isolation.memory = Some(bytes)),
                _ => calls(&option).map(|calls| isolation.recycle_after = Some(calls)),
            };
            errors.keep(parsed);
        }
        isolation
    }
}

fn duration(entry: &Entry) -> syn::Result<TokenStream> {
    let p = quote!(::workflows_runtime::__private);
    if let Some(constant) = entry.constant() {
        return Ok(quote_spanned!(constant.span()=> #p::isolated::time_limit(#constant)));
    }
    let nanoseconds = entry.duration()?;
    Ok(quote!(#p::Duration::from_nanos(#nanoseconds)))
}

fn calls(entry: &Entry) -> syn::Result<TokenStream> {
    if let Some(constant) = entry.constant() {
        return Ok(quote_spanned!(constant.span()=> ::workflows_runtime::__private::isolated::calls(#constant)));
    }
    entry.count("W018").map(ToTokens::into_token_stream)
}

/// A size such as `"1GiB"`, or a constant number of bytes.
fn memory(entry: &Entry) -> syn::Result<TokenStream> {
    if let Some(constant) = entry.constant() {
        return Ok(constant.into_token_stream());
    }
    let text: LitStr = entry.parse("a size in quotes", "memory = \"1GiB\"")?;
    if let Some(bytes) = bytes(&text.value()) {
        return Ok(quote!(#bytes));
    }
    let problem = format!("`{}` is not a size", text.value());
    let help = "write a number above 0 and a unit: \"64MiB\", \"1GiB\" or \"500MB\"";
    Err(refusal(&text, "W018", &problem, help))
}

fn bytes(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let unit = match unit.trim() {
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit).filter(|bytes| *bytes > 0)
}

impl ToTokens for Isolation {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let p = quote!(::workflows_runtime::__private);
        let optional = |value: Option<&dyn ToTokens>| {
            if let Some(value) = value { quote!(#p::Option::Some(#value)) } else { quote!(#p::Option::None) }
        };
        let pool = optional(self.pool.as_ref().map(|pool| pool as &dyn ToTokens));
        let timeout = optional(self.timeout.as_ref().map(|timeout| timeout as &dyn ToTokens));
        let memory = optional(self.memory.as_ref().map(|memory| memory as &dyn ToTokens));
        let recycle_after = optional(self.recycle_after.as_ref().map(|calls| calls as &dyn ToTokens));
        tokens.extend(quote! {
            const {
                #p::isolated::Isolation {
                    pool: #pool,
                    timeout: #timeout,
                    memory: #memory,
                    recycle_after: #recycle_after,
                }
            }
        });
    }
}

//! `#[nonblocking]` on functions that steps call.

use super::instrument::instrument;
use crate::errors::refusal;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ItemFn;

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let refuse = |at: &dyn ToTokens, problem: &str, help: &str| {
        let error = refusal(at.to_token_stream(), "W025", problem, help).to_compile_error();
        quote!(#error #item)
    };
    if !options.is_empty() {
        return refuse(&options, "`#[nonblocking]` takes no options", "remove them");
    }
    let Ok(mut function) = syn::parse2::<ItemFn>(item.clone()) else {
        let problem = "`#[nonblocking]` means nothing here: it checks the body of a function";
        return refuse(&item, problem, "move it to a function or method that has a body");
    };
    if let Some(token) = &function.sig.constness {
        let problem = "`#[nonblocking]` means nothing on a `const fn`, which cannot block";
        return refuse(token, problem, "remove one of them");
    }
    instrument(&mut function.block, &function.sig);
    function.to_token_stream()
}

//! `#[event]`: derives the traits of an event.

mod derived;
mod fields;
mod stand_in;
mod traits;

use self::{
    derived::{Derived, Missing},
    fields::Checked,
    stand_in::stand_in,
};
use crate::{
    attr::docs, declaration::BrokenDeclaration, derive::serde_crate, errors::Errors, lints, options, runtime, types,
};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, DeriveInput, GenericParam, Ident, ext::IdentExt};

pub(crate) fn expand(list: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let has_path = runtime::path(&list).is_some();
    options::entries(list, "event", &[], &mut errors);
    let Ok(mut event) = syn::parse2::<DeriveInput>(item.clone()) else {
        if let Some(declaration) = BrokenDeclaration::of(&item) {
            return expand_broken(&declaration, errors);
        }
        errors.refuse(
            &item,
            "W025",
            "`#[event]` can only be used on a struct or an enum",
            "move it to the declaration of the type",
        );
        let errors = errors.into_tokens();
        return quote!(#errors #item);
    };
    if let syn::Data::Union(_) = event.data {
        refuse_union(&event, &mut errors);
        let errors = errors.into_tokens();
        return quote!(#errors #item);
    }
    check(&event, &mut errors);
    let derived = Derived::of(&event.attrs);
    if let Some((field, reference)) = fields::borrowed(&event, &derived)
        && errors.is_empty()
    {
        let text = types::text(reference);
        let problem = format!("field `{field}` of event `{}` is a `{text}`, but a run owns its events", event.ident);
        errors.refuse(reference, "W049", &problem, &format!("write `{}`", types::owned(reference)));
        let refused = BrokenDeclaration {
            name: event.ident.clone(),
            attributes: event.attrs.clone(),
            tokens: event.to_token_stream(),
        };
        return expand_broken(&refused, errors);
    }
    if errors.is_empty()
        && let Some(checked) = Checked::of(&event, &derived)
    {
        return expand_checked(&checked, &derived, has_path);
    }
    let rest = derived.others();
    let serde = derived.serde(&event.attrs);
    if has_path && serde.is_none() {
        // For the derives of the prelude, which the user wrote above.
        let path = serde_crate(&event.attrs);
        let attribute = path.map(|path| -> Attribute { syn::parse_quote!(#path) });
        event.attrs.extend(attribute);
    }
    let implementation = if errors.is_empty() {
        implementation(&event.ident, &lints::allowed(&event.attrs), None, &docs(&event.attrs))
    } else {
        TokenStream::new()
    };
    let errors = errors.into_tokens();
    quote! {
        #errors
        #rest
        #serde
        #event
        #implementation
    }
}

/// An event with checks of its fields.
fn expand_checked(checked: &Checked<'_>, derived: &Derived, has_path: bool) -> TokenStream {
    let event = checked.event;
    let remaining = checked.derives(derived);
    // Without a derive, the attribute would be unknown.
    let is_derived = !checked.required.has("Serialize") && !checked.required.has("Deserialize");
    let serde = if has_path && derived.has_serde() {
        serde_crate(&event.attrs)
    } else if is_derived {
        derived.serde(&event.attrs)
    } else {
        None
    };
    let allowed = lints::allowed(&event.attrs);
    let checks = checked.items();
    let traits = checked.traits();
    let implementation = implementation(&event.ident, &TokenStream::new(), Some(checked), &docs(&event.attrs));
    quote! {
        #remaining
        #serde
        #event
        #allowed
        const _: () = {
            use ::workflows_runtime::__private::{self as __p, Fallback as _};
            #checks
            #traits
            #implementation
        };
    }
}

/// An event with a syntax error, which rustc reports. It has all traits, so nothing else is reported about it.
fn expand_broken(event: &BrokenDeclaration, errors: Errors) -> TokenStream {
    let BrokenDeclaration { name, attributes, tokens } = event;
    let errors = errors.into_tokens();
    let implementation = implementation(name, &lints::allowed(attributes), None, "");
    let mut stand_ins = TokenStream::new();
    for Missing { name: derive, condition } in Derived::of(attributes).missing() {
        let condition = condition.map(|condition| quote!(#[cfg(#condition)]));
        let stand_in = stand_in(name, derive);
        stand_ins.extend(quote!(#condition #stand_in));
    }
    quote! {
        #errors
        #tokens
        #stand_ins
        #implementation
    }
}

fn refuse_union(event: &DeriveInput, errors: &mut Errors) {
    let syn::Data::Union(union) = &event.data else { return };
    errors.refuse(
        union.union_token,
        "W025",
        &format!("event `{}` is a union, but an event must be `Clone` and serializable", event.ident),
        "make it a struct or an enum",
    );
}

/// W015: an event is one type with one name.
fn check(event: &DeriveInput, errors: &mut Errors) {
    let name = &event.ident;
    let parameters = &event.generics.params;
    if parameters.is_empty() {
        return;
    }
    if parameters.iter().all(|parameter| matches!(parameter, GenericParam::Lifetime(_))) {
        let problem = format!("event `{name}` borrows (`{}`), but a run owns its events", types::text(parameters));
        errors.refuse(parameters, "W015", &problem, "own the data, such as `String` for `&'a str`");
    } else {
        let problem = format!("event `{name}` is generic, but an event is one type with one name");
        errors.refuse(parameters, "W015", &problem, "declare one event for each concrete type, or an enum");
    }
}

fn implementation(name: &Ident, allowed: &TokenStream, checked: Option<&Checked<'_>>, docs: &str) -> TokenStream {
    let text = name.unraw().to_string();
    let docs = (!docs.is_empty()).then(|| quote!(.documented(#docs)));
    let bound = checked.and_then(Checked::bound);
    let is_sound = checked.map(|checked| {
        let accepted = checked.accepted();
        quote!(const IS_SOUND: ::core::primitive::bool = #accepted;)
    });
    quote! {
        #[automatically_derived]
        #allowed
        impl ::workflows_runtime::__private::Sealed for #name {}

        #[automatically_derived]
        #allowed
        impl ::workflows_runtime::Event for #name #bound {
            const NAME: &'static str = #text;
        }

        #[automatically_derived]
        #allowed
        impl ::workflows_runtime::__private::Keyed for #name {
            const KEY: ::workflows_runtime::__private::EventKey = ::workflows_runtime::__private::EventKey::new(
                #text,
                ::core::module_path!(),
                ::core::line!(),
                ::core::column!(),
            )
            #docs;
            #is_sound
        }
    }
}

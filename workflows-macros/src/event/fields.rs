//! The checks of an event's fields: one for each type, at the type.
//!
//! Every implementation of an event names the types of its fields by aliases that depend on these checks. If a check
//! fails, the alias is an error, and the compiler reports nothing about code that uses it: a field with a wrong type
//! is one error, and not one for each trait.

use super::derived::Derived;
use crate::{
    assertion::assert_at,
    attr::is,
    place::{ends, item_at},
    std_names::is_std,
    this::without_self,
    types,
};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    Attribute, Data, DeriveInput, Field, Fields, GenericArgument, PathArguments, Type, ext::IdentExt, parse_quote,
};

/// The traits that are implemented for the event, and so required of its fields.
pub(super) struct Required(Vec<&'static str>);

/// An event of which at least one field is checked.
pub(super) struct Checked<'a> {
    pub(super) event: &'a DeriveInput,
    pub(super) required: Required,
    /// The number of each field's check, in order.
    numbers: Vec<Option<usize>>,
    checks: TokenStream,
}

impl<'a> Checked<'a> {
    /// Returns `None` if no field needs a check, or if it is not known what is required of them.
    pub(super) fn of(event: &'a DeriveInput, derived: &Derived) -> Option<Self> {
        if !event.generics.params.is_empty() || derived.is_conditional() {
            return None;
        }
        let has_serde = has_attribute(event, &["serde"]);
        let required = ["Clone", "Debug", "Serialize", "Deserialize"].into_iter().filter(|name| match *name {
            // What is `Copy` is cloned as a whole.
            "Clone" => !derived.always("Clone") && !derived.always("Copy"),
            "Debug" => !derived.always("Debug"),
            name => !has_serde && !derived.always(name),
        });
        let required = Required(required.collect());
        if has_attribute(event, &["cfg", "cfg_attr"]) {
            return None;
        }
        let mut checked = Self { event, required, numbers: Vec::new(), checks: TokenStream::new() };
        let mut count = 0;
        for (name, field) in fields(event) {
            if is_plain(field.ty.to_token_stream()) {
                checked.numbers.push(None);
                continue;
            }
            let check = checked.check(count, &field.ty, &name);
            checked.checks.extend(check);
            checked.numbers.push(Some(count));
            count += 1;
        }
        if count == 0 { None } else { Some(checked) }
    }

    /// The alias of a field's type, and its check, whose trait has the message.
    fn check(&self, number: usize, ty: &Type, name: &str) -> TokenStream {
        let event = &self.event.ident;
        let ty = &without_self(ty, &parse_quote!(#event));
        let alias = format_ident!("__Field{number}");
        let is_accepted = format_ident!("__IS_FIELD{number}");
        let checked_alias = format_ident!("__Checked{number}");
        let required = self.required.constants(&alias);
        let rejected = quote!(__p::Rejected<__p::Checked<#alias, { #required }>>);
        let of = Ident::new(&camel_case(&format!("{}_{name}", event.unraw())), Span::call_site());
        let trait_ = self.trait_of(&of, name);
        let assertion = assert_at(ty, rejected, of.to_token_stream());
        let end = ends(ty).1;
        let value = quote_spanned!(end=> { #trait_ let () = #assertion; true });
        let item = item_at(ty, quote!(type #alias =), &ty.to_token_stream());
        let check = item_at(ty, quote!(const #is_accepted: ::core::primitive::bool =), &value);
        quote! {
            #item
            #check
            type #checked_alias = __p::Type<__p::Checked<#alias, { #is_accepted }>>;
        }
    }

    /// The trait that is required of the type of a field. It is implemented by no type but the placeholder for one
    /// that is accepted, so its text is the error.
    fn trait_of(&self, trait_: &Ident, field: &str) -> TokenStream {
        let event = self.event.ident.unraw();
        let message = format!(
            "W049: field `{field}` of event `{event}` cannot have the type `{{Self}}`: events are cloned, serialized and \
             moved between threads"
        );
        let label = format!("must implement {}, and own its data", self.required.list());
        let derive = "for a type of this crate, add `#[derive(Clone, Debug, Serialize, Deserialize)]`; for one of another \
                      crate, enable its feature `serde`, or use a type of your own with its data";
        let shared = "use `Arc` in place of `Rc`, and `Mutex` in place of `RefCell` or `Cell`";
        quote! {
            #[diagnostic::on_unimplemented(message = #message, label = #label, note = #derive, note = #shared)]
            trait #trait_ {
                const IS: () = ();
            }

            #[diagnostic::do_not_recommend]
            impl #trait_ for __p::Placeholder {}
        }
    }

    /// The type of the field with this number, for code that is not checked if the type is refused.
    pub(super) fn field(&self, number: usize, ty: &Type) -> TokenStream {
        match self.numbers[number] {
            Some(check) => format_ident!("__Checked{check}").into_token_stream(),
            None => ty.to_token_stream(),
        }
    }

    /// The checks, as items.
    pub(super) fn items(&self) -> TokenStream {
        let event = &self.event.ident;
        let checks = &self.checks;
        quote!(type __This = #event; #checks)
    }

    /// The bound of the event's implementation, which is an error if a field is refused.
    ///
    /// A field that names the event itself may need the implementation: its check would depend on itself.
    pub(super) fn bound(&self) -> Option<TokenStream> {
        let names_event = |ty: &Type| {
            types::contains(ty, &self.event.ident) || types::contains(ty, &Ident::new("Self", Span::call_site()))
        };
        if fields(self.event).into_iter().any(|(_, field)| names_event(&field.ty)) {
            return None;
        }
        let accepted = self.accepted();
        let all = quote!(__p::Type<__p::Checked<__This, { #accepted }>>);
        Some(quote!(where #all: ::core::marker::Send + ::core::marker::Sync))
    }

    /// Whether all fields are accepted.
    pub(super) fn accepted(&self) -> TokenStream {
        let accepted = (0..self.numbers.iter().flatten().count()).map(|check| format_ident!("__IS_FIELD{check}"));
        quote!(#(#accepted)&&*)
    }
}

impl Required {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    /// Whether a type has the traits.
    fn constants(&self, ty: &Ident) -> TokenStream {
        let mut all = quote!(__p::Implements::<#ty>::__SHAREABLE);
        for name in &self.0 {
            let name = format_ident!("__{}", name.to_uppercase());
            all.extend(quote!(&& __p::Implements::<#ty>::#name));
        }
        all
    }

    /// The traits, for a message.
    fn list(&self) -> String {
        let names: Vec<_> = self.0.iter().chain(&["Send"]).map(|name| format!("`{name}`")).collect();
        format!("{} and `Sync`", names.join(", "))
    }
}

/// The name of a trait: rustc prints it, and may forbid others.
fn camel_case(name: &str) -> String {
    let mut converted = String::new();
    for part in name.split(['_', '.']) {
        let mut letters = part.chars();
        converted.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        converted.push_str(letters.as_str());
    }
    converted
}

/// The first field with a reference, which cannot be deserialized, and its name.
pub(super) fn borrowed<'a>(event: &'a DeriveInput, derived: &Derived) -> Option<(String, &'a Type)> {
    if derived.always("Deserialize") || has_attribute(event, &["serde"]) {
        return None;
    }
    fields(event).into_iter().find_map(|(name, field)| Some((name, reference(&field.ty)?)))
}

/// The reference in a type of std.
fn reference(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(_) => Some(ty),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(reference),
        Type::Array(array) => reference(&array.elem),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            let is_plain = is_std(&last.ident);
            arguments.args.iter().filter(|_| is_plain).find_map(|argument| match argument {
                GenericArgument::Type(ty) => reference(ty),
                _ => None,
            })
        }
        _ => None,
    }
}

/// The fields of an event with their names, such as `text`, `0` or `Variant.text`.
fn fields(event: &DeriveInput) -> Vec<(String, &Field)> {
    let mut all = Vec::new();
    match &event.data {
        Data::Struct(data) => named(&data.fields, "", &mut all),
        Data::Enum(data) => {
            for variant in &data.variants {
                named(&variant.fields, &format!("{}.", variant.ident.unraw()), &mut all);
            }
        }
        Data::Union(_) => {}
    }
    all
}

fn named<'a>(fields: &'a Fields, prefix: &str, all: &mut Vec<(String, &'a Field)>) {
    for (at, field) in fields.iter().enumerate() {
        let name = field.ident.as_ref().map_or_else(|| at.to_string(), |name| name.unraw().to_string());
        all.push((format!("{prefix}{name}"), field));
    }
}

fn is_plain(ty: TokenStream) -> bool {
    ty.into_iter().all(|token| match token {
        TokenTree::Ident(name) => is_std(&name),
        TokenTree::Punct(punct) => matches!(punct.as_char(), ':' | '<' | '>' | ',' | ';'),
        TokenTree::Group(group) => is_plain(group.stream()),
        TokenTree::Literal(_) => true,
    })
}

/// Whether the event, a variant or a field has one of these attributes.
fn has_attribute(event: &DeriveInput, names: &[&str]) -> bool {
    let is_one = |attribute: &Attribute| names.iter().any(|name| is(attribute, name));
    let of_variants = match &event.data {
        Data::Enum(data) => data.variants.iter().any(|variant| variant.attrs.iter().any(is_one)),
        _ => false,
    };
    of_variants
        || event.attrs.iter().any(is_one)
        || fields(event).into_iter().any(|(_, field)| field.attrs.iter().any(is_one))
}

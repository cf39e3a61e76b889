//! Aliases for the types of the signatures.

use crate::{
    place::{ends, item_at},
    types,
    workflow::{generics::is_result, parameters::Parameters},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
};
use syn::Type;

/// The aliases that the expansion uses so far.
///
/// A type with a parameter of the workflow, which only resources and configs may have, gets none.
///
/// `__T0`, `__T1`, .. are the types as written. Each has further aliases for the roles that it has, such as
/// `__T0In`: the type together with whether a step may take it.
pub(crate) struct Aliases<'a> {
    parameters: &'a Parameters,
    /// The number of each type, by the type as written.
    types: RefCell<HashMap<String, usize>>,
    /// The names of the further aliases.
    roles: RefCell<HashSet<String>>,
    type_items: RefCell<TokenStream>,
    role_items: RefCell<TokenStream>,
    numbers: Cell<usize>,
}

impl<'a> Aliases<'a> {
    pub(crate) fn new(parameters: &'a Parameters) -> Self {
        Self {
            parameters,
            types: RefCell::default(),
            roles: RefCell::default(),
            type_items: RefCell::default(),
            role_items: RefCell::default(),
            numbers: Cell::default(),
        }
    }

    /// The type as written.
    pub(crate) fn name(&self, ty: &Type) -> TokenStream {
        if self.has_parameter(ty) { ty.to_token_stream() } else { self.alias(ty).into_token_stream() }
    }

    /// Whether a type names a parameter of the workflow. A constant cannot depend on such a type.
    pub(crate) fn has_parameter(&self, ty: &Type) -> bool {
        self.parameters.named_in(ty).is_some()
    }

    fn alias(&self, ty: &Type) -> Ident {
        let mut types = self.types.borrow_mut();
        let next = types.len();
        let number = *types.entry(types::type_text(ty)).or_insert(next);
        let name = format_ident!("__T{number}");
        if number == next {
            self.type_items.borrow_mut().extend(item_at(ty, quote!(type #name =), &ty.to_token_stream()));
        }
        name
    }

    /// A type that a step takes.
    pub(crate) fn input(&self, ty: &Type) -> TokenStream {
        self.checked("In", ty, "__INPUT")
    }

    /// A type that a step returns.
    pub(crate) fn output(&self, ty: &Type) -> TokenStream {
        self.checked("Out", ty, "__OUTPUT")
    }

    /// A type inside `Start`, `Stop`, `InputRequired` or `HumanResponse`.
    pub(crate) fn payload(&self, ty: &Type) -> TokenStream {
        self.checked("Payload", ty, "__PAYLOAD")
    }

    /// A member of a context's list.
    pub(crate) fn listed(&self, ty: &Type) -> TokenStream {
        self.checked("Listed", ty, "__LISTED")
    }

    /// An error with which a step fails.
    pub(crate) fn failure(&self, ty: &Type) -> TokenStream {
        self.checked("Failure", ty, "__FAILURE")
    }

    /// A type that is read from a file.
    pub(crate) fn config(&self, ty: &Type) -> TokenStream {
        self.checked("Config", ty, "__CONFIG")
    }

    /// The type of a config that is taken by value.
    pub(crate) fn cloned(&self, ty: &Type) -> TokenStream {
        self.checked("Cloned", ty, "__CLONE")
    }

    /// The type of a context.
    pub(crate) fn context(&self, ty: &Type) -> TokenStream {
        let ty = self.alias(ty);
        self.role(&ty, "Context", &quote!(__p::Checked<#ty, { __p::Implements::<(#ty, __This)>::__CONTEXT }>))
    }

    /// The list of a context: what its step sends, asks and waits for.
    pub(crate) fn list(&self, context: &Type) -> TokenStream {
        let checked = self.context(context);
        let list = quote!(<__p::Accepted<#checked> as __p::StepContext<__This>>::Sends);
        self.role(&self.alias(context), "List", &quote!(__p::Checked<#list, { __p::Implements::<#list>::__LIST }>))
    }

    /// The return type of a factory.
    pub(crate) fn factory(&self, output: &Type) -> TokenStream {
        if self.has_parameter(output) {
            let is_result = is_result(output);
            return quote!(__p::FactoryOutput<#output, #is_result>);
        }
        let ty = self.alias(output);
        self.role(&ty, "Factory", &quote!(__p::FactoryOutput<#ty, { __p::Implements::<#ty>::__FALLIBLE }>))
    }

    /// The type that a factory builds, if it can be shared and the factory's failure is an error.
    pub(crate) fn value(&self, output: &Type) -> TokenStream {
        let factory = self.factory(output);
        if self.has_parameter(output) {
            return quote!(__p::Checked<__p::Value<#factory>, true>);
        }
        let shareable = quote!(__p::Implements::<__p::Value<#factory>>::__SHAREABLE);
        let failure = quote!(__p::Implements::<__p::Failure<#factory>>::__FAILURE);
        let checked = quote!(__p::Checked<__p::Value<#factory>, { #shareable && #failure }>);
        self.role(&self.alias(output), "Value", &checked)
    }

    /// A type that is accepted if `Implements` has the constant.
    fn checked(&self, role: &str, ty: &Type, constant: &str) -> TokenStream {
        if self.has_parameter(ty) {
            return quote!(__p::Checked<#ty, true>);
        }
        let ty = self.alias(ty);
        let constant = Ident::new(constant, Span::call_site());
        self.role(&ty, role, &quote!(__p::Checked<#ty, { __p::Implements::<#ty>::#constant }>))
    }

    fn role(&self, ty: &Ident, role: &str, checked: &TokenStream) -> TokenStream {
        let name = format_ident!("{ty}{role}");
        if self.roles.borrow_mut().insert(name.to_string()) {
            self.role_items.borrow_mut().extend(quote!(type #name = #checked;));
        }
        name.into_token_stream()
    }

    /// A number for the name of a constant.
    pub(crate) fn next_number(&self) -> usize {
        self.numbers.replace(self.numbers.get() + 1)
    }

    /// Adds an item that aliases depend on.
    pub(crate) fn add(&self, item: TokenStream) {
        self.role_items.borrow_mut().extend(item);
    }

    /// The aliases as items. `this` is the workflow's type in the graph.
    pub(crate) fn items(&self, this: &Type, events: &[TokenStream]) -> TokenStream {
        let this = if self.parameters.is_empty() {
            this_items(this, events)
        } else {
            // A constant cannot name a parameter.
            item_at(this, quote!(type __This =), &this.to_token_stream())
        };
        let types = self.type_items.take();
        let roles = self.role_items.take();
        quote!(#this #types #roles)
    }
}

/// `__This`: the workflow, if its struct is declared as one and can be shared. Else the constant is an error, which
/// the compiler reports once, and accepts everything that depends on the type.
///
/// `__Callee`: the same for calls of its steps, which also need that the fields of their events are accepted. What an
/// implementation requires cannot depend on the events, which may themselves depend on the workflow.
fn this_items(this: &Type, events: &[TokenStream]) -> TokenStream {
    let (first, last) = ends(this);
    let p = Ident::new("__p", last);
    // The error is placed at the type because its expression begins there.
    let open = quote_spanned!(first=> <);
    let is_declared = quote_spanned!(last=> #open #this as #p::Declared>::IS_SHAREABLE);
    let declared = item_at(this, quote!(const __IS_DECLARED: ::core::primitive::bool =), &is_declared);
    let checked = quote_spanned!(last=> __p::Type<__p::Checked<#this, { __IS_DECLARED }>>);
    let this = item_at(this, quote!(type __This =), &checked);
    if events.is_empty() {
        return quote!(#declared #this);
    }
    quote! {
        #declared
        #this
        const __IS_SOUND: ::core::primitive::bool = #(__p::Implements::<#events>::__SOUND)&&*;
        type __Callee = __p::Type<__p::Checked<__This, { __IS_SOUND }>>;
    }
}

//! The fields of a workflow, which threads share: W045.

use crate::{
    assertion::{assert_impl, named_assertion},
    attr::is,
    place::item_at,
    source::file,
    this::without_self,
    visit::Visit,
};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use std::collections::{HashMap, HashSet};
use syn::{Attribute, Field, Generics, ItemEnum, ItemStruct, ItemType, Meta, Type, WherePredicate, parse_quote};

/// The checks of the fields of a workflow, each at the field's type.
///
/// The implementation of `Settings` is conditional on a type that depends on the checks. If one of them is an error,
/// so is that type, and the compiler does not report again, for the whole workflow, that it is not `Sync`.
pub(crate) struct Fields {
    pub(crate) checks: TokenStream,
    pub(crate) are_shareable: TokenStream,
    pub(crate) bound: Option<WherePredicate>,
}

impl Fields {
    pub(crate) fn none() -> Self {
        Self { checks: TokenStream::new(), are_shareable: TokenStream::new(), bound: None }
    }

    pub(crate) fn of<'a>(fields: impl Iterator<Item = &'a Field>, workflow: &Ident, generics: &Generics) -> Self {
        // A constant cannot name a parameter: a bound of the implementations requires the same.
        if !generics.params.is_empty() {
            return Self::none();
        }
        let mut checks = TokenStream::new();
        let mut names = Vec::new();
        let declared = Declarations::of_file(workflow);
        let fields: Vec<_> = fields.collect();
        if fields.iter().any(|field| declared.refers_to_workflow(&field.ty)) {
            return Self::none();
        }
        for (number, field) in fields.into_iter().filter(|field| declared.may_be_unshareable(&field.ty)).enumerate() {
            let ty = &without_self(&field.ty, &parse_quote!(#workflow));
            let alias = format_ident!("__Field{number}");
            let name = format_ident!("__IS_FIELD{number}");
            let checked = quote!(__p::Checked<#alias, { __p::Implements::<#alias>::__SHAREABLE }>);
            let assertion = assert_impl(ty, quote!(__p::Rejected<#checked>), &quote!(WorkflowField<#workflow>));
            let alias = item_at(ty, quote!(type #alias =), &ty.to_token_stream());
            let check = named_assertion(ty, &name, &assertion);
            let conditions: Vec<_> = field.attrs.iter().filter_map(condition).collect();
            if conditions.is_empty() {
                checks.extend(quote!(#alias #check));
            } else {
                let all = quote!(all(#(#conditions),*));
                checks.extend(quote! {
                    #[cfg(#all)]
                    #alias
                    #[cfg(#all)]
                    #check
                    #[cfg(not(#all))]
                    const #name: ::core::primitive::bool = true;
                });
            }
            names.push(name);
        }
        if names.is_empty() {
            return Self::none();
        }
        checks.extend(quote! {
            const __IS_SHAREABLE: ::core::primitive::bool = #(#names)&&*;
            type __This = __p::Type<__p::Checked<#workflow, { __IS_SHAREABLE }>>;
        });
        let bound = parse_quote!(__This: ::core::marker::Send + ::core::marker::Sync);
        let are_shareable = quote!(
            const IS_SHAREABLE: ::core::primitive::bool = __IS_SHAREABLE;
        );
        Self { checks, are_shareable, bound: Some(bound) }
    }
}

/// The structs, enums and aliases of a source file, and the names in their types.
///
/// The text of a type says whether it may be one of std that cannot be shared, or one of the same file that holds such a
/// one. Only these fields have a check of their own, and none has if a field refers to the workflow, as through a stored
/// [`Context`]: whether such a field is `Sync` depends on whether the workflow is one. A field of another type that cannot
/// be shared is reported by the implementations.
#[derive(Default)]
struct Declarations {
    workflow: String,
    fields: HashMap<String, Names>,
}

/// The names in the text of types.
#[derive(Default)]
struct Names {
    all: HashSet<String>,
    has_pointer: bool,
    /// A `dyn` without `Send` and `Sync`.
    has_object: bool,
}

impl Declarations {
    /// Those of the file that declares the workflow, without the workflow itself.
    fn of_file(workflow: &Ident) -> Self {
        let text = file(workflow.span()).unwrap_or_default();
        Self::in_text(&text, workflow)
    }

    fn in_text(text: &str, workflow: &Ident) -> Self {
        let mut declared = Self { workflow: workflow.to_string(), ..Self::default() };
        if UNSHAREABLE.iter().any(|name| text.contains(name))
            && let Ok(file) = syn::parse_file(text)
        {
            declared.visit_file(&file);
        }
        declared.fields.remove(&workflow.to_string());
        declared
    }

    fn may_be_unshareable(&self, ty: &Type) -> bool {
        let mut names = Names::of(ty);
        self.add_fields(&mut names);
        // A type of the file hides one of std.
        let has = |name: &str| names.all.contains(name) && !self.fields.contains_key(name);
        let is_cell =
            ["Rc", "Cell", "RefCell", "UnsafeCell", "OnceCell", "LazyCell", "MutexGuard"].into_iter().any(has);
        is_cell || names.has_object || names.has_pointer
    }

    /// Whether the text of a type names the workflow, or a type of this crate that may be of it.
    fn refers_to_workflow(&self, ty: &Type) -> bool {
        let mut names = Names::of(ty);
        self.add_fields(&mut names);
        let has = |name: &str| names.all.contains(name);
        ["Context", "RunHandle", "EventStream", "Self", &self.workflow].into_iter().any(has)
    }

    /// Adds the names in the fields of types that are named already, and so on.
    fn add_fields(&self, names: &mut Names) {
        let mut due: Vec<String> = names.all.iter().cloned().collect();
        while let Some(name) = due.pop() {
            let Some(fields) = self.fields.get(&name) else { continue };
            names.has_pointer |= fields.has_pointer;
            names.has_object |= fields.has_object;
            for name in &fields.all {
                if names.all.insert(name.clone()) {
                    due.push(name.clone());
                }
            }
        }
    }
}

/// What the text of a file contains if one of its types cannot be shared.
const UNSHAREABLE: &[&str] = &["Rc", "Cell", "MutexGuard", "dyn ", "*const", "*mut"];

impl<'a> Visit<'a> for Declarations {
    fn visit_item_struct(&mut self, item: &'a ItemStruct) {
        self.add(&item.ident, item.fields.iter());
    }

    fn visit_item_enum(&mut self, item: &'a ItemEnum) {
        self.add(&item.ident, item.variants.iter().flat_map(|variant| &variant.fields));
    }

    fn visit_item_type(&mut self, item: &'a ItemType) {
        self.add_type(&item.ident, &item.ty);
    }
}

impl Declarations {
    /// Types of one name in several modules count as one: this only decides which fields are checked.
    fn add<'a>(&mut self, name: &Ident, fields: impl Iterator<Item = &'a Field>) {
        for field in fields {
            self.add_type(name, &field.ty);
        }
    }

    fn add_type(&mut self, name: &Ident, ty: &Type) {
        let names = self.fields.entry(name.to_string()).or_default();
        let Names { all, has_pointer, has_object } = Names::of(ty);
        names.all.extend(all);
        names.has_pointer |= has_pointer;
        names.has_object |= has_object;
    }
}

impl Names {
    fn of(ty: &Type) -> Self {
        let mut names = Self::default();
        names.add(ty.to_token_stream());
        let has = |name: &str| names.all.contains(name);
        names.has_object = has("dyn") && !(has("Send") && has("Sync"));
        names
    }

    fn add(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(name) => drop(self.all.insert(name.to_string())),
                TokenTree::Punct(punct) => self.has_pointer |= punct.as_char() == '*',
                TokenTree::Group(group) => self.add(group.stream()),
                TokenTree::Literal(_) => {}
            }
        }
    }
}

/// The condition in `#[cfg(..)]`.
fn condition(attribute: &Attribute) -> Option<&TokenStream> {
    match &attribute.meta {
        Meta::List(list) if is(attribute, "cfg") => Some(&list.tokens),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Declarations;
    use syn::parse_quote;

    #[test]
    fn field_is_checked_if_a_type_of_the_file_holds_one_of_std() {
        let text = "struct Flow { inner: Inner } struct Inner(Vec<Deep>); enum Deep { A, B { n: Rc<u8> } }
            type Log = RefCell<u8>; struct Loop { next: Option<Box<Loop>> } struct OnceCell(u8);
            struct Sound { of: Box<dyn Fn() + Send + Sync> } struct Unsound { of: Box<dyn Fn()>, s: Sound }";
        let declared = Declarations::in_text(text, &parse_quote!(Flow));
        let checked = |ty| declared.may_be_unshareable(&ty);
        assert!(checked(parse_quote!(Inner)));
        assert!(checked(parse_quote!(Arc<Deep>)));
        assert!(checked(parse_quote!(Log)));
        assert!(checked(parse_quote!(*const u8)));
        assert!(checked(parse_quote!(Box<dyn Fn()>)));
        assert!(checked(parse_quote!(Unsound)));
        assert!(!checked(parse_quote!(Sound)));
        assert!(!checked(parse_quote!(Loop)));
        assert!(!checked(parse_quote!(OnceCell)));
        assert!(!checked(parse_quote!(String)));
    }

    #[test]
    fn field_that_refers_to_its_workflow_is_found() {
        let text =
            "struct Flow { held: Held } struct Held { of: Cell<u8>, run: Runs } type Runs = Vec<RunHandle<Flow>>;
            struct Other(Cell<u8>);";
        let declared = Declarations::in_text(text, &parse_quote!(Flow));
        let refers = |ty| declared.refers_to_workflow(&ty);
        assert!(refers(parse_quote!(Arc<Held>)));
        assert!(refers(parse_quote!(Weak<Flow>)));
        assert!(refers(parse_quote!(Option<Context<Self>>)));
        assert!(!refers(parse_quote!(Other)));
    }
}

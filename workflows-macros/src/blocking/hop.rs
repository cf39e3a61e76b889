//! The code that replaces a `#[blocking(..)]` statement.

use super::{
    argument_probe,
    attribute::{is_blocking, leftmost_mut, of_mut},
    captures::Captures,
    given_values::GivenValue,
    kind::Kind,
    probe,
};
use crate::visit_mut::{self, VisitMut};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Expr, Stmt, Type, parse_quote, parse_quote_spanned, spanned::Spanned};

/// A part of an async body that moves to another thread.
pub(crate) struct Hop<'a> {
    pub(crate) kind: &'a Kind,
    pub(crate) expr: &'a Expr,
    pub(crate) captures: &'a Captures,
    /// The values that the part is given instead of variables.
    pub(crate) given: Vec<GivenValue>,
    /// The variables that move back.
    pub(crate) returned: Vec<Returned>,
    /// What the type system must confirm of these.
    pub(crate) checks: TokenStream,
    /// The type of the value, where the code declares it.
    pub(crate) ty: Option<&'a Type>,
    /// The type that `return` returns, if it is known.
    pub(crate) returns: Option<&'a Type>,
}

/// A variable that moves back to the step.
pub(crate) struct Returned {
    pub(crate) name: Ident,
    /// The mention in the part: where the compiler reports that it is borrowed.
    pub(crate) mention: Ident,
    /// A later mention: where the compiler reports that the part consumes the variable.
    pub(crate) later: Ident,
    pub(crate) mutable: bool,
    pub(crate) uninitialized: bool,
}

impl Hop<'_> {
    pub(crate) fn into_expr(self) -> Expr {
        // All tokens have the user's span, so type errors point at the user's code.
        let span = self.expr.span();
        let private = quote_spanned!(span=> ::workflows_runtime::__private);
        let kind = self.kind;
        // A single trailing `?` stays outside, where its target type can be inferred.
        let (part, question) = match self.expr {
            Expr::Try(inner) if self.captures.leaves == 1 && !self.captures.has_macro => {
                (&*inner.expr, Some(inner.question_token))
            }
            other => (other, None),
        };
        let context = self.captures.context.as_ref();
        let cloned = context.map(|name| quote!(let #name = ::core::clone::Clone::clone(#name);));
        let given = self.given.iter().map(|GivenValue { name, place }| quote!(let #name = #place;));
        let checks = &self.checks;
        let before = quote!(#checks #cloned #(#given)*);
        let begin = self.begin();
        // The type of a value that `?` returns is another one.
        let ty = self.ty.filter(|_| question.is_none());
        let value = self.value(part, ty, span);
        let leaves = question.is_none() && (self.captures.leaves > 0 || self.captures.has_macro);
        let call = if leaves {
            let returns = self.returns.map_or_else(|| quote!(_), |ty| quote!(#ty));
            // With the span of the value, one that is not `Sized` is one error.
            let passed = Ident::new("__passed", span);
            let mut value: Expr = parse_quote!(#value);
            Questions.visit_expr_mut(&mut value);
            let offloaded = quote_spanned! {span=>
                #private::offload(#kind, move || {
                    #begin
                    let #passed = #private::Passed::new();
                    #private::leave(&#passed, async { #passed.set(#value); #private::stay::<#returns>().await })
                }).await
            };
            let arms = quote_spanned! {span=>
                #private::ControlFlow::Continue(value) => value,
                #private::ControlFlow::Break(result) => return result,
            };
            // Not a `match` that the user has written, behind which clippy would report the semicolon.
            quote_spanned!(Span::mixed_site().located_at(span)=> match #offloaded { #arms })
        } else {
            match part {
                Expr::Block(block)
                    if begin.is_empty() && self.returned.is_empty() && ty.is_none() && block.label.is_none() =>
                {
                    quote_spanned!(span=> #private::offload(#kind, move || #block).await)
                }
                _ => quote_spanned!(span=> #private::offload(#kind, move || { #begin #value }).await),
            }
        };
        let call = self.assigned(&call, question.as_ref(), span);
        if before.is_empty() { parse_quote!(#call) } else { parse_quote!({ #before #call }) }
    }

    /// What precedes the part on the other thread.
    fn begin(&self) -> TokenStream {
        let context = self.captures.context.as_ref().map(|name| quote!(let #name = &#name;));
        // Mutable only for the lowering: the part itself must not change these.
        let constant: Vec<&Ident> =
            self.returned.iter().filter(|it| !it.mutable && !it.uninitialized).map(|it| &it.name).collect();
        let constant = (!constant.is_empty()).then(|| {
            let allow = shadowing();
            quote!(#allow let (#(#constant,)*) = (#(#constant,)*);)
        });
        // The value may be overwritten on some paths only. Without this, it counts as never read.
        let mutable: Vec<&Ident> =
            self.returned.iter().filter(|it| it.mutable && !it.uninitialized).map(|it| &it.name).collect();
        let mutable = (!mutable.is_empty()).then(|| quote!(let _ = (#(&#mutable,)*);));
        quote!(#context #constant #mutable)
    }

    /// The value of the part, with the variables that move back.
    fn value(&self, part: &Expr, ty: Option<&Type>, span: Span) -> TokenStream {
        let value = hygienic("value");
        let ty = ty.map(|ty| quote!(: #ty));
        if self.returned.is_empty() {
            // The type makes the compiler coerce values, such as those of the branches of an `if`.
            return if ty.is_some() {
                quote_spanned!(span=> { let #value #ty = #part; #value })
            } else {
                quote!(#part)
            };
        }
        let names = self.returned.iter().map(|it| &it.later);
        let unset = self.returned.iter().filter(|it| it.uninitialized).map(|it| {
            let name = &it.name;
            let mutable = it.mutable.then(|| quote!(mut));
            let allow = shadowing();
            quote!(#allow let #mutable #name;)
        });
        // Not a `let` that the user has written, which must not declare a variable of type `()`.
        let ours = Span::mixed_site().located_at(span);
        let declare = quote_spanned!(ours=> let);
        let end = quote_spanned!(ours=> ;);
        quote_spanned!(span=> { #(#unset)* #declare #value #ty = #part #end (#value, (#(#names,)*)) })
    }

    /// Assigns what moves back.
    fn assigned(&self, call: &TokenStream, question: Option<&syn::Token![?]>, span: Span) -> TokenStream {
        if self.returned.is_empty() {
            return quote!(#call #question);
        }
        let value = hygienic("value");
        let names: Vec<_> = self.returned.iter().map(|it| &it.mention).collect();
        let returned: Vec<_> = (0..names.len()).map(|number| hygienic(&format!("returned_{number}"))).collect();
        quote_spanned! {span=>
            {
                let (#value, (#(#returned,)*)) = #call;
                #(#names = #returned;)*
                let _ = (#(&#names,)*);
                #value #question
            }
        }
    }
}

/// A name that the user's code cannot mention.
fn hygienic(name: &str) -> Ident {
    format_ident!("{name}", span = Span::mixed_site())
}

/// Declares a variable again, so the lowering can assign to it.
pub(crate) fn declared_again(name: &Ident) -> Stmt {
    let allow = shadowing();
    // With the user's span, errors of the borrow checker mention the name.
    parse_quote_spanned!(name.span()=> #allow let mut #name = #name;)
}

/// The variable has the user's name, so clippy takes it for one of the user's. With another span clippy does not, but then
/// errors of the borrow checker name no variable, and point at the attribute.
fn shadowing() -> TokenStream {
    quote!(#[allow(clippy::shadow_reuse, clippy::shadow_same, clippy::shadow_unrelated)])
}

/// Sets the other attributes of an offloaded statement, such as `#[cfg(..)]` and `#[allow(..)]`.
pub(crate) fn set_attributes(expr: &mut Expr, attributes: Vec<syn::Attribute>) {
    if attributes.is_empty() {
        return;
    }
    if let Some(own) = of_mut(leftmost_mut(expr)) {
        own.splice(0..0, attributes);
    }
}

/// A part that is not offloaded because of an error.
pub(crate) fn without_attributes(expr: &Expr) -> Expr {
    struct Remove;
    impl VisitMut for Remove {
        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            if let Some(attributes) = of_mut(expr) {
                attributes.retain(|attribute| !is_blocking(std::slice::from_ref(attribute)));
            }
            visit_mut::visit_expr_mut(self, expr);
        }
        fn visit_local_mut(&mut self, local: &mut syn::Local) {
            local.attrs.retain(|attribute| !is_blocking(std::slice::from_ref(attribute)));
            visit_mut::visit_local_mut(self, local);
        }
        fn visit_stmt_macro_mut(&mut self, invocation: &mut syn::StmtMacro) {
            invocation.attrs.retain(|attribute| !is_blocking(std::slice::from_ref(attribute)));
        }
    }
    let mut expr = expr.clone();
    Remove.visit_expr_mut(&mut expr);
    expr
}

/// A part that is refused because of a borrow. Only its types are checked: the compiler would report the borrow again.
/// The `references` count as used.
pub(crate) fn unchecked(expr: &Expr, references: &[&Ident]) -> Expr {
    let part = without_attributes(expr);
    let at = expr.span();
    let span = Span::mixed_site().located_at(at);
    let answer = Ident::new("value", span);
    let declared = argument_probe::answer(&answer, at);
    let never = probe::never(&quote_spanned!(span=> #answer.is(#part);), false, at);
    parse_quote_spanned!(span=> { #declared #(let _ = #references;)* #never #answer.get() })
}

/// Replaces every `?` that leaves the part: the error of one that does not convert is ours (W038).
struct Questions;

impl VisitMut for Questions {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if matches!(expr, Expr::Closure(_) | Expr::Async(_)) {
            return;
        }
        visit_mut::visit_expr_mut(self, expr);
        let Expr::Try(question) = expr else { return };
        // In the macro's hygiene: clippy has no advice about this `match`.
        let span = Span::mixed_site().located_at(question.span());
        let private = quote_spanned!(span=> ::workflows_runtime::__private);
        let inner = &question.expr;
        *expr = parse_quote_spanned! {span=>
            match #private::Branch::branch(#inner) {
                #private::ControlFlow::Continue(value) => value,
                #private::ControlFlow::Break(residual) => {
                    return #private::FromResidual::from_residual(residual)
                }
            }
        };
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

//! Parses an `impl` with syntax errors, to expand the rest of it as usual.
//!
//! rustc reports a syntax error itself, and then still expands the attribute; a language server expands
//! half-typed code all the time. If the attribute refused such an `impl`, one missing expression in a body would
//! be followed by an error about every method and the workflow itself. So a body with an error is emitted as
//! written: rustc finds the same error again, and reports it once. A method with an error in its signature is left
//! out, and its name remains in the model.

use super::{
    model::{Factory, Options, Parameter, Step, Workflow},
    parse,
    resource::parameter,
};
use crate::{attr::take, declaration::without_attribute, errors::Errors, options, types, unfinished};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{
    Attribute, Expr, FnArg, ImplItem, ItemImpl, Path, ReturnType, Signature, Stmt, Type,
    parse::{ParseStream, Parser, discouraged::Speculative},
    parse_quote,
    token::Brace,
};

/// Parses an `impl`, of which single methods may have syntax errors.
///
/// A body with an error becomes one [`Expr::Verbatim`], and a method whose signature has one
/// becomes an [`ImplItem::Verbatim`].
pub(crate) fn item_impl(tokens: TokenStream) -> syn::Result<ItemImpl> {
    let error = match syn::parse2::<ItemImpl>(tokens.clone()) {
        Ok(item) => return Ok(item),
        Err(error) => error,
    };
    let tokens = unfinished::complete_items(tokens.clone()).unwrap_or(tokens);
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let Some(TokenTree::Group(body)) = tokens.pop() else { return Err(error) };
    if body.delimiter() != Delimiter::Brace {
        return Err(error);
    }
    let header: TokenStream = tokens.into_iter().collect();
    let mut item: ItemImpl = syn::parse2(quote!(#header {}))?;
    item.brace_token = brace(&body);
    let parser = |input: ParseStream<'_>| {
        let attributes = Attribute::parse_inner(input)?;
        Ok((attributes, items(input)?))
    };
    let (attributes, items) = parser.parse2(body.stream())?;
    item.attrs.extend(attributes);
    item.items = items;
    Ok(item)
}

fn items(input: ParseStream<'_>) -> syn::Result<Vec<ImplItem>> {
    let mut items = Vec::new();
    while !input.is_empty() {
        let ahead = input.fork();
        if let Ok(item) = ahead.parse() {
            input.advance_to(&ahead);
            items.push(item);
        } else {
            items.push(broken(input)?);
        }
    }
    Ok(items)
}

/// One item that contains a syntax error. It ends at its body, or at a `;`.
fn broken(input: ParseStream<'_>) -> syn::Result<ImplItem> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        let is_end = match &token {
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
                if let Some(method) = unfinished::with_body(&tokens, body) {
                    return Ok(ImplItem::Fn(method));
                }
                true
            }
            TokenTree::Punct(punct) => punct.as_char() == ';',
            _ => false,
        };
        tokens.extend([token]);
        if is_end {
            break;
        }
    }
    Ok(ImplItem::Verbatim(tokens))
}

fn brace(group: &Group) -> Brace {
    Brace { span: group.delim_span() }
}

/// What an `impl` has left out because of syntax errors.
#[derive(Default)]
pub(crate) struct Broken {
    items: Vec<TokenStream>,
    /// Something of ours was left out. If rustc has accepted it all the same, because `syn` is older, the
    /// workflow must not be built without it.
    is_incomplete: bool,
}

impl Broken {
    /// Removes items with a syntax error outside a body, and our attributes inside such a body.
    pub(crate) fn take(item: &mut ItemImpl) -> Self {
        let mut broken = Self::default();
        item.items.retain_mut(|item| match item {
            ImplItem::Verbatim(tokens) => {
                broken.items.push(tokens.clone());
                false
            }
            ImplItem::Fn(method) => {
                // Statements of such a body are not lowered.
                if let [Stmt::Expr(Expr::Verbatim(body), None)] = &mut method.block.stmts[..]
                    && let Some(kept) = without_attribute(body.clone(), "blocking")
                {
                    broken.is_incomplete = true;
                    *body = kept;
                }
                true
            }
            _ => true,
        });
        broken
    }

    /// Adds the steps and resources among the items to the model. They are refused: a type that is unknown is one
    /// about which the graph reports nothing.
    pub(crate) fn refuse(self, workflow: &mut Workflow) {
        workflow.is_incomplete |= self.is_incomplete;
        for tokens in self.items {
            let mut attributes = Attribute::parse_outer.parse2(attributes(&tokens)).unwrap_or_default();
            let Some(method) = Method::of(tokens) else { continue };
            if take(&mut attributes, "step").is_some() || take(&mut attributes, "catch_error").is_some() {
                workflow.is_incomplete = true;
                workflow.steps.push(method.step(&workflow.this));
            } else if take(&mut attributes, "resource").is_some() {
                workflow.is_incomplete = true;
                workflow.factories.push(method.factory());
            }
        }
    }
}

impl Workflow {
    /// W025: macros that write steps, which cannot be known here.
    pub(crate) fn refuse_invocations(&mut self, invocations: &[Path], errors: &mut Errors) {
        for path in invocations {
            let problem = format!("`{}!` writes a step, but it runs after `#[workflow]`", types::text(path));
            let help = "write the signature in the `impl` itself; the macro may write its body, or the whole `impl` \
                        together with `#[workflow]`";
            errors.refuse(path, "W025", &problem, help);
            self.add_unknown_step("__written_by_a_macro");
        }
    }

    /// Adds a step that may take and emit anything, after an error: the graph reports nothing that it may explain.
    pub(crate) fn add_unknown_step(&mut self, name: &str) {
        let name = Ident::new(name, Span::call_site());
        let unknown = Method { name, inputs: Vec::new(), is_open: true, output: None };
        self.is_incomplete = true;
        self.steps.push(unknown.step(&self.this));
    }
}

/// The attributes at the begin of an item.
fn attributes(tokens: &TokenStream) -> TokenStream {
    let is_attribute = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => punct.as_char() == '#',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket,
        _ => false,
    };
    tokens.clone().into_iter().take_while(is_attribute).collect()
}

/// A method with an error in its signature, as far as it can be read.
struct Method {
    name: Ident,
    /// The parameters that could be parsed.
    inputs: Vec<FnArg>,
    /// One of the parameters could not.
    is_open: bool,
    output: Option<Type>,
}

impl Method {
    fn of(tokens: TokenStream) -> Option<Self> {
        let mut tokens = tokens.into_iter().skip_while(|token| token.to_string() != "fn").skip(1);
        let Some(TokenTree::Ident(name)) = tokens.next() else { return None };
        let mut method = Self { name, inputs: Vec::new(), is_open: false, output: None };
        let Some(TokenTree::Group(inputs)) = tokens.next() else {
            method.is_open = true;
            return Some(method);
        };
        for input in options::parts(inputs.stream()) {
            match syn::parse2(input) {
                Ok(input) => method.inputs.push(input),
                Err(_) => method.is_open = true,
            }
        }
        let is_body =
            |token: &TokenTree| matches!(token, TokenTree::Group(body) if body.delimiter() == Delimiter::Brace);
        let output: TokenStream = tokens.take_while(|token| !is_body(token)).collect();
        method.output = match syn::parse2(output) {
            Ok(ReturnType::Type(_, ty)) => Some(*ty),
            Ok(ReturnType::Default) => Some(parse_quote!(())),
            Err(_) => None,
        };
        Some(method)
    }

    fn step(self, this: &Type) -> Step {
        let mut signature = self.signature();
        let marks = parameter::marks(&mut signature, this, &mut Errors::default());
        let mut parameters = parse::parameters(&signature, marks, this);
        if self.is_open {
            parameters.push(Parameter::Port(parse_quote!(__p::Placeholder)));
        }
        let output = match &self.output {
            Some(ty) => types::known(ty, this),
            None => parse_quote!(__p::Placeholder),
        };
        Step {
            name: self.name,
            docs: String::new(),
            text: String::new(),
            is_async: true,
            blocking: None,
            publishes_isolated: None,
            parameters,
            returned: output.clone(),
            output,
            options: Options::default(),
            signature: parse_quote!(fn step(&self)),
            refused: true,
        }
    }

    fn factory(self) -> Factory {
        Factory {
            name: self.name,
            docs: String::new(),
            has_kind: false,
            blocking: None,
            cached: true,
            parameters: Vec::new(),
            signature: parse_quote!(async fn factory(&self) -> ()),
            output: parse_quote!(__p::Placeholder),
            refused: true,
        }
    }

    fn signature(&self) -> Signature {
        let name = &self.name;
        let inputs = &self.inputs;
        parse_quote!(fn #name(#(#inputs),*))
    }
}

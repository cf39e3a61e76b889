//! Where closures run. Only closures that are known to run on the thread of the body are checked.

use super::{catalog::index::Known, macro_grammar, value_expr};
use crate::visit::{self, Visit};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{HashMap, HashSet};
use syn::{Block, Expr, ExprCall, ExprMethodCall, ExprPath, FnArg, Pat, Signature, Type};

/// A function of the file that takes a closure.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct OwnFunction {
    pub(crate) name: String,
    /// The type of a method.
    pub(crate) of: Option<String>,
    pub(crate) is_async: bool,
    pub(crate) runs: Runs,
}

/// Where a function runs its closure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runs {
    /// On the thread that calls it: the body calls the closure.
    Inline,
    /// Perhaps elsewhere: the closure may be sent or stored.
    Elsewhere,
}

/// A call that takes closures.
pub(crate) enum Callee<'a> {
    Path(&'a ExprPath),
    Method(&'a ExprMethodCall),
}

/// The closures that a call runs on the thread of the body.
pub(crate) struct Inline {
    /// All of them.
    all: bool,
    /// Those with one of these numbers of parameters.
    parameters: Vec<usize>,
    /// Whether the call is known to run closures on another thread.
    pub(crate) is_offload: bool,
}

impl Inline {
    /// No closure.
    pub(crate) const NONE: Self = Self { all: false, parameters: Vec::new(), is_offload: false };

    /// Whether the call runs a closure with so many parameters.
    pub(crate) fn runs(&self, parameters: usize) -> bool {
        self.all || self.parameters.contains(&parameters)
    }

    /// Whether the call runs functions that are passed by name.
    pub(crate) fn runs_functions(&self) -> bool {
        self.all || !self.parameters.is_empty()
    }
}

/// What decides where the closures of a body run.
pub(crate) struct Places<'a> {
    pub(crate) known: &'a Known,
    pub(crate) own: &'a [OwnFunction],
    /// The types of the parameters.
    types: HashMap<String, String>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(signature: &Signature, known: &'a Known, own: &'a [OwnFunction]) -> Self {
        let mut types = HashMap::new();
        for input in &signature.inputs {
            if let FnArg::Typed(input) = input
                && let (Pat::Ident(name), Some(ty)) = (&*input.pat, name_of(&input.ty))
            {
                types.insert(name.ident.to_string(), ty);
            }
        }
        Self { known, own, types }
    }

    /// Returns which closures the call runs inline.
    pub(crate) fn inline(&self, callee: &Callee<'_>, is_awaited: bool) -> Inline {
        let last = match callee {
            Callee::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            Callee::Method(call) => Some(call.method.to_string()),
        };
        let name = last.unwrap_or_default();
        let is_offload = self.known.offload.contains(&name);
        let mut inline = Inline { is_offload, ..Inline::NONE };
        let own: Vec<_> = self.own.iter().filter(|own| own.name == name).collect();
        if own.iter().any(|own| own.runs == Runs::Elsewhere) {
            return inline;
        }
        if let [own] = &own[..]
            && self.is(own, callee)
        {
            inline.all = !(own.is_async && is_offload);
            inline.is_offload &= !inline.all;
            return inline;
        }
        let listed = match callee {
            Callee::Path(_) => &self.known.inline_functions,
            Callee::Method(_) if is_awaited => &self.known.inline_awaited,
            Callee::Method(_) => &self.known.inline,
        };
        inline.parameters = listed.get(&name).cloned().unwrap_or_default();
        inline
    }

    /// Whether the callee certainly is this function of the file.
    fn is(&self, own: &OwnFunction, callee: &Callee<'_>) -> bool {
        match (callee, &own.of) {
            (Callee::Path(path), None) => path.path.get_ident().is_some(),
            (Callee::Method(call), Some(of)) => match &*call.receiver {
                Expr::Path(path) => path
                    .path
                    .get_ident()
                    .is_some_and(|name| name == "self" || self.types.get(&name.to_string()) == Some(of)),
                _ => false,
            },
            _ => false,
        }
    }
}

/// Names that a body calls on its own thread.
pub(crate) struct Called<'a> {
    places: Places<'a>,
    /// Names of closures whose bodies are part of this one.
    inline: HashSet<String>,
    found: HashSet<String>,
    /// How many patterns bind a name.
    bindings: HashMap<String, usize>,
}

impl<'a> Called<'a> {
    /// Finds the names that `block` calls: directly, in closures that run inline, and in closures that it calls.
    pub(crate) fn by(
        block: &Block,
        signature: &Signature,
        known: &'a Known,
        own: &'a [OwnFunction],
    ) -> HashSet<String> {
        let places = Places::new(signature, known, own);
        let mut called = Self { places, inline: HashSet::new(), found: HashSet::new(), bindings: HashMap::new() };
        loop {
            called.bindings.clear();
            called.visit_block(block);
            if called.found.is_subset(&called.inline) {
                break;
            }
            called.inline.clone_from(&called.found);
        }
        let bindings = called.bindings;
        // Of two bindings of a name, the wrong one may be meant.
        called.found.into_iter().filter(|name| bindings.get(name).is_none_or(|count| *count < 2)).collect()
    }

    fn arguments<'e>(&mut self, inline: &Inline, arguments: impl Iterator<Item = &'e Expr>) {
        for argument in arguments {
            match value_expr::wrapped(argument) {
                Expr::Closure(closure) => {
                    if inline.runs(closure.inputs.len()) {
                        self.visit_expr(&closure.body);
                    }
                }
                Expr::Path(path) => {
                    if inline.runs_functions()
                        && let Some(name) = path.path.get_ident()
                    {
                        self.found.insert(name.to_string());
                    }
                }
                other => self.visit_expr(other),
            }
        }
    }
}

impl<'ast> Visit<'ast> for Called<'_> {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        *self.bindings.entry(pattern.ident.to_string()).or_default() += 1;
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let inline = match &*call.func {
            Expr::Path(path) => {
                if let Some(name) = path.path.get_ident() {
                    self.found.insert(name.to_string());
                }
                self.places.inline(&Callee::Path(path), false)
            }
            Expr::Index(index) => {
                if let Expr::Path(path) = &*index.expr {
                    self.found.extend(path.path.get_ident().map(ToString::to_string));
                }
                Inline::NONE
            }
            other => {
                self.called(other);
                Inline::NONE
            }
        };
        self.arguments(&inline, call.args.iter());
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.visit_expr(&call.receiver);
        let inline = self.places.inline(&Callee::Method(call), false);
        self.arguments(&inline, call.args.iter());
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        self.visit_pat(&local.pat);
        let Some(init) = &local.init else { return };
        let pattern = if let Pat::Type(typed) = &local.pat { &*typed.pat } else { &local.pat };
        match (pattern, value_expr::wrapped(&init.expr)) {
            (Pat::Ident(name), Expr::Closure(closure)) => {
                if self.inline.contains(&name.ident.to_string()) {
                    self.visit_expr(&closure.body);
                }
            }
            _ => self.visit_expr(&init.expr),
        }
        if let Some((_, diverge)) = &init.diverge {
            self.visit_expr(diverge);
        }
    }

    // It runs elsewhere, or later.
    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        if closure.asyncness.is_some() {
            self.visit_expr(&closure.body);
        }
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        if macro_grammar::is_known(invocation) {
            called_in(invocation.tokens.clone(), &mut self.found);
        }
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

impl<'ast> Called<'_> {
    /// Visits the callee of a call.
    fn called(&mut self, callee: &'ast Expr) {
        match value_expr::wrapped(callee) {
            Expr::Closure(closure) => self.visit_expr(&closure.body),
            other => self.visit_expr(other),
        }
    }
}

/// Names in front of parentheses.
fn called_in(tokens: TokenStream, into: &mut HashSet<String>) {
    let mut last = None;
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            if group.delimiter() == Delimiter::Parenthesis {
                into.extend(last.take());
            }
            called_in(group.stream(), into);
        }
        last = match token {
            TokenTree::Ident(ident) => Some(ident.to_string()),
            _ => None,
        };
    }
}

/// The last name of a type, without references.
pub(crate) fn name_of(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        Type::Reference(reference) => name_of(&reference.elem),
        Type::Paren(inner) => name_of(&inner.elem),
        Type::Group(inner) => name_of(&inner.elem),
        _ => None,
    }
}

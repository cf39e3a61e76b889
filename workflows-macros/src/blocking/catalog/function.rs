//! Functions that are recognized by their identity.

use super::{
    origin::{RowOrigin, absolute, any_address, any_io},
    parse::Such,
    question::Question,
};
use crate::visit_mut::VisitMut;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Expr, ExprPath, PathArguments, Type};

/// A function that is recognized by its identity.
#[derive(Clone)]
pub(crate) struct Function {
    pub(super) path: String,
    pub(super) example: String,
    /// The name of its verdict, and the verdict's type argument.
    pub(super) id: String,
    pub(super) of: String,
    pub(super) origin: RowOrigin,
    /// If this is not 0, it blocks only if one of its first arguments is such that it does.
    pub(crate) given: usize,
    pub(crate) such: Such,
    pub(crate) is_unix: bool,
    pub(crate) is_old: bool,
}

// Tokens are created for the calls of a body only, not for the whole catalog.
impl Function {
    /// The path with inferred type arguments.
    pub(crate) fn path(&self) -> ExprPath {
        let Expr::Path(path) = self.parse(&self.path) else { panic!("`{}` is not a path", self.path) };
        path
    }

    /// The path with example type arguments, for positions where inference has no other source.
    pub(crate) fn example(&self) -> TokenStream {
        match self.parse(&self.example) {
            Expr::Call(call) => {
                let (function, arguments) = (call.func, call.args);
                quote!({ let function = #function; let _ = function(#arguments); function })
            }
            path => quote!(#path),
        }
    }

    /// Whether each type argument of the example is a reader or a writer.
    pub(crate) fn example_arguments(&self) -> Vec<bool> {
        let Expr::Path(path) = self.parse(&self.example) else { return Vec::new() };
        let Some(last) = path.path.segments.last() else { return Vec::new() };
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return Vec::new() };
        arguments.args.iter().map(|argument| argument.to_token_stream().to_string().contains("io ::")).collect()
    }

    pub(crate) fn verdict(&self) -> TokenStream {
        if self.such == Such::Items {
            // The verdict is that of the argument.
            let base = self.origin.base();
            return quote!(#base::DoesIo);
        }
        let mut of: Type = syn::parse_str(&self.of).expect("a type");
        absolute(self.origin).visit_type_mut(&mut of);
        let rows = self.origin.rows();
        let id = format_ident!("{}", self.id);
        quote!(#rows::#id::<#of>)
    }

    fn parse(&self, expr: &str) -> Expr {
        let mut expr: Expr = syn::parse_str(expr).unwrap_or_else(|_| panic!("`{expr}` is not a path"));
        absolute(self.origin).visit_expr_mut(&mut expr);
        expr
    }

    /// The questions about the arguments for which it blocks.
    pub(crate) fn given_questions(&self, has_streams: bool) -> Vec<Question> {
        match self.such {
            Such::Io => any_io(has_streams).into_iter().map(Into::into).collect(),
            Such::Address => vec![any_address().into()],
            Such::Items => Question::of_items(has_streams),
        }
    }

    /// Whether its result is usually the iterator of a `for` loop.
    pub(crate) fn makes_iterator(&self) -> bool {
        self.path.ends_with("::read_dir")
    }

    /// Whether the function takes closures.
    pub(crate) fn takes_closures(&self) -> bool {
        self.example.contains("fn(")
    }

    /// Whether `path` may name the function. That of a type is not imported by itself, and its type is no module.
    pub(crate) fn may_be(&self, path: &ExprPath) -> bool {
        let own = self.path.rsplit("::").nth(1).unwrap_or_default();
        if !own.starts_with(char::is_uppercase) || path.qself.is_some() {
            return true;
        }
        let Some(ty) = path.path.segments.iter().rev().nth(1) else { return false };
        ty.ident.to_string().starts_with(char::is_uppercase)
    }

    /// Whether `path` names the function: with the same last two segments, or through an import.
    pub(crate) fn is_written_as(&self, path: &ExprPath, imports: &[String]) -> bool {
        let end = |path: &ExprPath| {
            path.path.segments.iter().rev().take(2).map(|segment| segment.ident.to_string()).collect::<Vec<_>>()
        };
        let own = end(&self.path());
        let written = end(path);
        let imported = || {
            let words =
                |import: &String| import.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect();
            let all: Vec<Vec<String>> = imports.iter().map(words).collect();
            all.iter().any(|words| own.iter().all(|word| words.contains(word)))
        };
        own == written || (written.len() == 1 && imported())
    }
}

/// A type of the catalog as the prefix of a path, with its type parameters replaced by `argument`.
pub(super) fn filled(ty: &str, argument: &str) -> String {
    let Some((name, arguments)) = ty.split_once('<') else { return ty.to_owned() };
    let arguments = arguments.trim_end_matches('>').split(", ");
    let arguments: Vec<&str> = arguments.map(|given| if given.starts_with('\'') { given } else { argument }).collect();
    format!("{name}::<{}>", arguments.join(", "))
}

//! Looking into types as the user wrote them. What stands behind an alias is left to the
//! compiler.

use proc_macro2::{Delimiter, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, PathArguments, PathSegment, Type, parse_quote, visit::Visit, visit_mut::VisitMut};

/// The last segment of a type's path, such as `Start<Question>` of `workflows::Start<Question>`.
fn segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        Type::Group(group) => segment(&group.elem),
        Type::Paren(paren) => segment(&paren.elem),
        _ => None,
    }
}

/// The type arguments of `name<..>`, if `ty` is one.
pub(crate) fn arguments<'a>(ty: &'a Type, name: &str) -> Option<Vec<&'a Type>> {
    let segment = segment(ty).filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some(types.collect())
}

/// The first type argument of `name<..>`.
pub(crate) fn argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    arguments(ty, name)?.first().copied()
}

/// The types that a parameter takes, as far as they stand in the signature.
pub(crate) fn taken(ty: &Type) -> Vec<&Type> {
    match ty {
        Type::Array(array) => return taken(&array.elem),
        Type::Group(group) => return taken(&group.elem),
        Type::Paren(paren) => return taken(&paren.elem),
        _ => {}
    }
    if let Some(inner) = argument(ty, "Vec").or_else(|| argument(ty, "First")) {
        return taken(inner);
    }
    if let Some(members) = arguments(ty, "OneOf") {
        return members.into_iter().flat_map(taken).collect();
    }
    vec![ty]
}

/// Whether a parameter is seen to collect several events.
pub(crate) fn collects(ty: &Type) -> bool {
    match ty {
        Type::Array(_) => true,
        Type::Group(group) => collects(&group.elem),
        Type::Paren(paren) => collects(&paren.elem),
        _ => argument(ty, "Vec").or_else(|| argument(ty, "First")).is_some(),
    }
}

/// The types that an output emits, as far as they stand in the signature.
pub(crate) fn emitted(ty: &Type) -> Vec<&Type> {
    match ty {
        Type::Tuple(tuple) => return tuple.elems.iter().flat_map(emitted).collect(),
        Type::Group(group) => return emitted(&group.elem),
        Type::Paren(paren) => return emitted(&paren.elem),
        _ => {}
    }
    let wrapped = ["Vec", "Option", "Result", "StepResult"].iter().find_map(|name| argument(ty, name));
    if let Some(inner) = wrapped {
        return emitted(inner);
    }
    if let Some(members) = arguments(ty, "OneOf") {
        return members.into_iter().flat_map(emitted).collect();
    }
    vec![ty]
}

/// The members of a context's list, as far as they stand in the signature.
pub(crate) fn listed(context: &Type) -> Vec<&Type> {
    fn members(list: &Type) -> Vec<&Type> {
        match list {
            Type::Tuple(tuple) => tuple.elems.iter().collect(),
            Type::Group(group) => members(&group.elem),
            Type::Paren(paren) => members(&paren.elem),
            _ => Vec::new(),
        }
    }
    list(context).map(members).unwrap_or_default()
}

/// What stands inside a prompt or an answer in a list.
pub(crate) fn outside(ty: &Type) -> Option<&Type> {
    argument(ty, "InputRequired").or_else(|| argument(ty, "HumanResponse"))
}

/// A context's list, if it stands in the signature.
pub(crate) fn list(context: &Type) -> Option<&Type> {
    arguments(context, "Context")?.get(1).copied()
}

/// A type on which something depends, and what is asked of it.
pub(crate) enum Target<'a> {
    /// A step takes it.
    Input(&'a Type),
    /// A step returns it.
    Output(&'a Type),
    /// It stands inside `Start`, `Stop`, `InputRequired` or `HumanResponse`.
    Payload(&'a Type),
    /// A step fails with it.
    Failure(&'a Type),
}

impl<'a> Target<'a> {
    /// The type, the constant that tells whether it is right, and the trait that it must implement.
    pub(crate) fn parts(&self) -> (&'a Type, Ident, Ident) {
        let (ty, constant, of) = match self {
            Self::Input(ty @ Type::Tuple(_)) => (ty, "__INPUT", "NotATuple"),
            Self::Input(ty) if argument(ty, "Context").is_some() => (ty, "__INPUT", "NotAContext"),
            Self::Input(ty) if argument(ty, "InputRequired").is_some() => (ty, "__INPUT", "NotAPrompt"),
            Self::Input(ty) => (ty, "__INPUT", "StepInput"),
            Self::Output(ty) if argument(ty, "Start").is_some() => (ty, "__OUTPUT", "NotAStart"),
            Self::Output(ty) => (ty, "__OUTPUT", "StepOutput"),
            Self::Payload(ty) => (ty, "__PAYLOAD", "Carried"),
            Self::Failure(ty) => (ty, "__FAILURE", "Failing"),
        };
        (ty, Ident::new(constant, Span::call_site()), Ident::new(of, Span::call_site()))
    }
}

/// What is asked of the types of a parameter, as far as they stand in the signature.
pub(crate) fn takes(ty: &Type) -> Vec<Target<'_>> {
    let target = |ty| {
        let inside = ["Start", "Stop", "HumanResponse"].iter().find_map(|name| argument(ty, name));
        inside.map_or(Target::Input(ty), Target::Payload)
    };
    taken(ty).into_iter().map(target).collect()
}

/// What is asked of the types of an output, as far as they stand in the signature.
pub(crate) fn gives(ty: &Type) -> Vec<Target<'_>> {
    let target = |ty| {
        let inside = ["Stop", "InputRequired"].iter().find_map(|name| argument(ty, name));
        inside.map_or(Target::Output(ty), Target::Payload)
    };
    let failure = ["Result", "StepResult"].iter().find_map(|name| arguments(ty, name)?.get(1).copied());
    emitted(ty).into_iter().map(target).chain(failure.map(Target::Failure)).collect()
}

/// A reference that a run would have to carry, in `Start` and the like.
pub(crate) fn borrowed(ty: &Type) -> Option<&Type> {
    let carried = takes(ty).into_iter().chain(gives(ty)).filter_map(|target| match target {
        Target::Payload(ty) => Some(ty),
        _ => None,
    });
    carried.into_iter().find(|ty| matches!(ty, Type::Reference(_)))
}

/// Whether a reference to it is seen to be a context.
pub(crate) fn is_context(ty: &Type) -> bool {
    segment(ty).is_some_and(|segment| segment.ident == "Context")
}

/// Whether what is referred to can be no context, since its size is not known.
pub(crate) fn is_unsized(ty: &Type) -> bool {
    matches!(ty, Type::Slice(_) | Type::TraitObject(_)) || segment(ty).is_some_and(|segment| segment.ident == "str")
}

/// The `impl Trait` in a type, if there is one.
pub(crate) fn opaque(ty: &Type) -> Option<Type> {
    struct Find(Option<Type>);

    impl<'a> Visit<'a> for Find {
        fn visit_type(&mut self, ty: &'a Type) {
            if matches!(ty, Type::ImplTrait(_)) {
                self.0 = Some(ty.clone());
            }
            syn::visit::visit_type(self, ty);
        }
    }

    let mut find = Find(None);
    find.visit_type(ty);
    find.0
}

/// Code as text, as a user would write it.
pub(crate) fn text(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        let spaced = text.ends_with(|last: char| last.is_alphanumeric() || "_>)]".contains(last));
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                ',' | ';' => text.extend([punct.as_char(), ' ']),
                ':' if text.ends_with("::") || punct.spacing() == Spacing::Joint || text.ends_with(':') => {
                    text.push(':');
                }
                ':' => text.push_str(": "),
                '=' | '+' | '-' => {
                    text.extend([' ', punct.as_char()]);
                    if punct.spacing() == Spacing::Alone {
                        text.push(' ');
                    }
                }
                '>' if text.ends_with(" -") => text.push_str("> "),
                other => text.push(other),
            },
            token => {
                if spaced && !text.ends_with("> ") {
                    text.push(' ');
                }
                text.push_str(&token.to_string());
            }
        }
    }
}

/// Replaces `Self`, which means nothing outside the `impl`.
pub(crate) fn without_self(ty: &Type, this: &Type) -> Type {
    struct Replace<'a>(&'a Type);

    impl VisitMut for Replace<'_> {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if let Type::Path(path) = ty
                && path.path.is_ident("Self")
            {
                *ty = self.0.clone();
            }
            syn::visit_mut::visit_type_mut(self, ty);
        }
    }

    let mut ty = ty.clone();
    Replace(this).visit_type_mut(&mut ty);
    ty
}

/// The type as it can be named outside the `impl`; a stand-in for one that cannot.
pub(crate) fn known(ty: &Type, this: &Type) -> Type {
    let refused = opaque(ty).is_some() || borrowed(ty).is_some();
    if refused { parse_quote!(__p::Unknown) } else { without_self(ty, this) }
}

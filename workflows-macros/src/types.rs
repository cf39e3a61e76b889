//! Types as the user wrote them. Aliases are left to the compiler.

use crate::{
    std_names::is_std,
    this::without_self,
    visit::{self, Visit},
};
use proc_macro2::{Delimiter, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, GenericArgument, PathArguments, PathSegment, Safety, Signature, Type, parse_quote};

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

/// The last name in a type's path.
pub(crate) fn name(ty: &Type) -> Option<&Ident> {
    Some(&segment(ty)?.ident)
}

/// Whether a name occurs in a type.
pub(crate) fn contains(ty: &Type, name: &Ident) -> bool {
    struct Find<'a>(&'a Ident, bool);

    impl<'a> Visit<'a> for Find<'_> {
        fn visit_ident(&mut self, ident: &'a Ident) {
            self.1 |= ident == self.0;
        }
    }

    let mut find = Find(name, false);
    find.visit_type(ty);
    find.1
}

/// Whether a type may be declared by the user, as far as it is visible: a path without arguments that is no name of std.
pub(crate) fn is_own(ty: &Type) -> bool {
    let Some(segment) = segment(ty) else { return false };
    segment.arguments.is_none() && !is_std(&segment.ident)
}

/// The first type argument of `name<..>`.
pub(crate) fn argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    arguments(ty, name)?.first().copied()
}

/// The types that a parameter takes, as far as they are visible in the signature.
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

/// Whether a parameter visibly collects several events.
pub(crate) fn collects(ty: &Type) -> bool {
    match ty {
        Type::Array(_) => true,
        Type::Group(group) => collects(&group.elem),
        Type::Paren(paren) => collects(&paren.elem),
        _ => argument(ty, "Vec").or_else(|| argument(ty, "First")).is_some(),
    }
}

/// The types that an output emits, as far as they are visible in the signature.
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

/// The type inside a visible `Result`, or the type.
pub(crate) fn emitted_value(ty: &Type) -> &Type {
    argument(ty, "Result").or_else(|| argument(ty, "StepResult")).unwrap_or(ty)
}

/// The members of a context's list, as far as they are visible in the signature.
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

/// The payload of a prompt or a response in a context's list.
pub(crate) fn external(ty: &Type) -> Option<(Wrapper, &Type)> {
    match Wrapper::of(ty) {
        Some(found @ (Wrapper::InputRequired | Wrapper::HumanResponse, _)) => Some(found),
        _ => None,
    }
}

/// A context's list, if it is visible in the signature.
pub(crate) fn list(context: &Type) -> Option<&Type> {
    arguments(context, "Context")?.get(1).copied()
}

/// Whether a context's list is behind an alias.
pub(crate) fn hides_list(context: &Type) -> bool {
    if !is_context(context) {
        return true;
    }
    let mut list = list(context);
    while let Some(Type::Group(syn::TypeGroup { elem, .. }) | Type::Paren(syn::TypeParen { elem, .. })) = list {
        list = Some(elem);
    }
    list.is_some_and(|list| !matches!(list, Type::Tuple(_)))
}

/// A type of the runtime that contains a payload.
#[derive(Clone, Copy)]
pub(crate) enum Wrapper {
    Start,
    Stop,
    InputRequired,
    HumanResponse,
}

impl Wrapper {
    /// The wrapper that `ty` visibly is, and its payload.
    pub(crate) fn of(ty: &Type) -> Option<(Self, &Type)> {
        for wrapper in [Self::Start, Self::Stop, Self::InputRequired, Self::HumanResponse] {
            if let Some(payload) = argument(ty, wrapper.name()) {
                return Some((wrapper, payload));
            }
        }
        None
    }

    fn name(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Stop => "Stop",
            Self::InputRequired => "InputRequired",
            Self::HumanResponse => "HumanResponse",
        }
    }

    /// The trait that the payload must implement.
    pub(crate) fn payload_trait(self) -> Ident {
        Ident::new(&format!("In{}", self.name()), Span::call_site())
    }
}

/// A type in a signature, and its role there.
pub(crate) enum Target<'a> {
    /// A step takes it.
    Input(&'a Type),
    /// A step returns it.
    Output(&'a Type),
    /// It is the type argument of `Start`, `Stop`, `InputRequired` or `HumanResponse`.
    Payload(Wrapper, &'a Type),
    /// A step fails with it.
    Failure(&'a Type),
}

impl<'a> Target<'a> {
    /// Whether only an event is right here.
    pub(crate) fn is_event(&self) -> bool {
        matches!(self, Self::Input(_) | Self::Output(_))
    }

    /// The type, the constant that is `true` if it is right, and the trait that it must implement.
    pub(crate) fn parts(&self) -> (&'a Type, Ident, Ident) {
        let (ty, constant, of) = match self {
            Self::Input(ty @ Type::Tuple(_)) => (ty, "__INPUT", "NotATuple"),
            Self::Input(ty) if argument(ty, "Context").is_some() => (ty, "__INPUT", "NotAContext"),
            Self::Input(ty) if argument(ty, "InputRequired").is_some() => (ty, "__INPUT", "NotAPrompt"),
            Self::Input(ty) if argument(ty, "Option").is_some() => (ty, "__INPUT", "NotAnOption"),
            Self::Input(ty) => (ty, "__INPUT", "StepInput"),
            Self::Output(ty) if argument(ty, "Start").is_some() => (ty, "__OUTPUT", "NotAStart"),
            Self::Output(ty) => (ty, "__OUTPUT", "StepOutput"),
            Self::Payload(wrapper, ty) => return (ty, call_site("__PAYLOAD"), wrapper.payload_trait()),
            Self::Failure(ty) => (ty, "__FAILURE", "Failing"),
        };
        (ty, call_site(constant), call_site(of))
    }
}

fn call_site(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// The roles of the types of a parameter, as far as they are visible in the signature.
pub(crate) fn takes(ty: &Type) -> Vec<Target<'_>> {
    let target = |ty| match Wrapper::of(ty) {
        None | Some((Wrapper::InputRequired, _)) => Target::Input(ty),
        Some((wrapper, payload)) => Target::Payload(wrapper, payload),
    };
    taken(ty).into_iter().map(target).collect()
}

/// The roles of the types of an output, as far as they are visible in the signature.
pub(crate) fn gives(ty: &Type) -> Vec<Target<'_>> {
    let target = |ty| match Wrapper::of(ty) {
        Some((wrapper @ (Wrapper::Stop | Wrapper::InputRequired), payload)) => Target::Payload(wrapper, payload),
        _ => Target::Output(ty),
    };
    emitted(ty).into_iter().map(target).chain(failure(ty).map(Target::Failure)).collect()
}

/// The error of an output, as far as it is visible in the signature.
pub(crate) fn failure(ty: &Type) -> Option<&Type> {
    ["Result", "StepResult"].iter().find_map(|name| arguments(ty, name)?.get(1).copied())
}

/// A reference inside `Start` and the like, which a run cannot own.
pub(crate) fn borrowed(ty: &Type) -> Option<&Type> {
    let carried = takes(ty).into_iter().chain(gives(ty)).filter_map(|target| match target {
        Target::Payload(_, ty) => Some(ty),
        _ => None,
    });
    carried.into_iter().find(|ty| matches!(ty, Type::Reference(_)))
}

/// The types of a signature's parameters, without the receiver.
pub(crate) fn typed_inputs(signature: &Signature) -> Vec<&Type> {
    let mut types = Vec::new();
    for input in &signature.inputs {
        if let FnArg::Typed(typed) = input {
            types.push(&*typed.ty);
        }
    }
    types
}

/// A qualifier of a function, such as `unsafe`.
pub(crate) struct Qualifier {
    pub(crate) tokens: TokenStream,
    pub(crate) text: &'static str,
}

/// The qualifiers that a generated call could not respect.
pub(crate) fn qualifiers(signature: &Signature) -> Vec<Qualifier> {
    let mut qualifiers = Vec::new();
    let mut add = |tokens: TokenStream, text| qualifiers.push(Qualifier { tokens, text });
    if let Safety::Unsafe(_) = signature.safety {
        add(signature.safety.to_token_stream(), "unsafe");
    }
    if let Some(abi) = &signature.abi {
        add(abi.to_token_stream(), "extern");
    }
    if let Some(constness) = &signature.constness {
        add(constness.to_token_stream(), "const");
    }
    if let Some(variadic) = &signature.variadic {
        add(variadic.to_token_stream(), "variadic");
    }
    qualifiers
}

/// The owned type to write in place of a reference.
pub(crate) fn owned(ty: &Type) -> String {
    let Type::Reference(reference) = ty else { return text(ty) };
    let inner = text(&reference.elem);
    match (&*reference.elem, inner.as_str()) {
        (_, "str") => "String".to_owned(),
        (_, "Path" | "std::path::Path") => "PathBuf".to_owned(),
        (Type::Slice(slice), _) => format!("Vec<{}>", text(&slice.elem)),
        _ => inner,
    }
}

/// Whether the type is visibly a context.
pub(crate) fn is_context(ty: &Type) -> bool {
    segment(ty).is_some_and(|segment| segment.ident == "Context")
}

/// Whether the type is unsized, so a reference to it is not a context.
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
            visit::visit_type(self, ty);
        }
    }

    let mut find = Find(None);
    find.visit_type(ty);
    find.0
}

/// A type as text, as [`text`].
pub(crate) fn type_text(ty: &Type) -> String {
    match ty {
        Type::Path(path) if path.qself.is_none() => match path.path.get_ident() {
            // The most frequent type. Conversion to tokens is slow: each token is a call of the compiler.
            Some(name) => name.to_string(),
            None => text(ty),
        },
        _ => text(ty),
    }
}

/// Tokens as text, formatted as a user would write them.
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
                // `&mut [u8]` and `&'a [u8]`, but `Fn(u8)`.
                let is_word = |c: char| c.is_alphanumeric() || "_'".contains(c);
                let word = text.rsplit(|c| !is_word(c)).next().unwrap_or_default();
                if !open.is_empty() && (matches!(word, "mut" | "dyn") || word.starts_with('\'')) {
                    text.push(' ');
                }
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

/// The elided or named lifetime that an alias of a reference has, such as `Ctx<'_>`.
pub(crate) fn hidden_lifetime(ty: &Type) -> Option<&syn::Lifetime> {
    let ty = match ty {
        Type::Reference(reference) => &reference.elem,
        ty => ty,
    };
    let PathArguments::AngleBracketed(arguments) = &segment(ty)?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Lifetime(lifetime) if lifetime.ident != "static" => Some(lifetime),
        _ => None,
    })
}

/// The type as named outside the `impl`, or a placeholder if it cannot be named there.
pub(crate) fn known(ty: &Type, this: &Type) -> Type {
    let refused = opaque(ty).is_some() || borrowed(ty).is_some() || hidden_lifetime(ty).is_some();
    if refused { parse_quote!(__p::Placeholder) } else { without_self(ty, this) }
}

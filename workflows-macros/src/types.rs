//! Looking into types as the user wrote them. What stands behind an alias is left to the
//! compiler.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, PathSegment, Type, visit_mut::VisitMut};

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

/// The type as text, as a user would write it.
pub(crate) fn text(ty: &Type) -> String {
    let text = ty.to_token_stream().to_string();
    let text = text.replace(" :: ", "::").replace(" < ", "<").replace(" >", ">").replace("< ", "<");
    text.replace(" , ", ", ").replace(" ,", ",").replace("& ", "&").replace(" ;", ";")
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

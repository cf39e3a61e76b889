//! Finding our attributes on the user's items, by the last segment of their path.

use syn::Attribute;

/// Whether an attribute is `#[name]`, however its path is qualified.
pub(crate) fn is(attribute: &Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == name)
}

/// Removes the first attribute with this name, and returns it.
pub(crate) fn take(attributes: &mut Vec<Attribute>, name: &str) -> Option<Attribute> {
    let at = attributes.iter().position(|attribute| is(attribute, name))?;
    Some(attributes.remove(at))
}

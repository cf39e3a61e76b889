//! Parses the user's `impl` into the model, and removes our attributes from it.

use super::{
    model::{Parameter, Step, Workflow},
    parameters::{self, Parameters},
    resource::{
        factory::{self, borrowed_names},
        parameter::{self, Mark},
    },
    step_options,
    unmarked::UnmarkedMethod,
    unreturned,
};
use crate::{
    attr::{docs, take},
    blocking::{
        attribute::refuse_second, awaits::refuse_awaits, instrument::BlockingCheck, isolated_context, kind::Kind,
        statement::lower,
    },
    errors::Errors,
    lints,
    types::{self, known},
};
use proc_macro2::{Ident, Span};
use quote::format_ident;
use std::collections::HashSet;
use syn::{
    Attribute, ImplItem, ImplItemFn, ItemImpl, ReturnType, Signature, Type, TypeReference, ext::IdentExt, parse_quote,
};

/// Parses the steps and resources, and returns the `impl` without our attributes.
pub(crate) fn workflow(
    mut item: ItemImpl,
    check: &mut BlockingCheck,
    errors: &mut Errors,
) -> (Option<Workflow>, ItemImpl) {
    let mut steps = Vec::new();
    let mut factories = Vec::new();
    let mut unmarked = Vec::new();
    let mut duplicates = Duplicates::default();
    let mut allowed = lints::allowed(&item.attrs);
    for entry in &mut item.items {
        match entry {
            ImplItem::Fn(method) => {
                let Some(attribute) = take_ours(&mut method.attrs) else {
                    if let Some(attribute) = take(&mut method.attrs, "resource") {
                        allowed.extend(lints::allowed(&method.attrs));
                        let mut factory = factory::factory(method, &attribute, &item.self_ty, check, errors);
                        factory.refused |= duplicates.refuse(&method.sig.ident, "resource", errors).is_some();
                        factories.push(factory);
                    } else {
                        unmarked.extend(UnmarkedMethod::of(&method.sig));
                    }
                    continue;
                };
                while let Some(again) = take_ours(&mut method.attrs) {
                    let problem = format!("`{}` has two step attributes", method.sig.ident);
                    let help = "keep one `#[step]` or `#[catch_error]`, with all of its options";
                    errors.refuse(again.path(), "W025", &problem, help);
                }
                factory::on_a_step(method, errors);
                allowed.extend(lints::allowed(&method.attrs));
                let mut step = step(method, &attribute, &item.self_ty, check, errors);
                if let Some(other_name) = duplicates.refuse(&method.sig.ident, "step", errors) {
                    step.name = other_name;
                    step.refused = true;
                }
                steps.push(step);
            }
            ImplItem::Const(constant) => only_on_methods(&mut constant.attrs, errors),
            ImplItem::Type(alias) => only_on_methods(&mut alias.attrs, errors),
            _ => {}
        }
    }
    duplicates.remove(&mut item);
    let workflow = target(&mut item, errors).map(|name| Workflow {
        this: (*item.self_ty).clone(),
        parameters: Parameters::of(&item.generics),
        generics: item.generics.clone(),
        name,
        steps,
        factories,
        unmarked,
        is_incomplete: false,
        allowed,
    });
    (workflow, item)
}

/// Steps and resources with the name of an earlier one.
#[derive(Default)]
struct Duplicates {
    known: HashSet<Ident>,
    /// The names of the methods to remove: the compiler would report them again.
    removed: Vec<Ident>,
}

impl Duplicates {
    /// Refuses a second step or resource of one name. Returns a name for its place in the graph, which remains.
    fn refuse(&mut self, name: &Ident, kind: &str, errors: &mut Errors) -> Option<Ident> {
        if self.known.insert(name.clone()) {
            return None;
        }
        let code = if kind == "step" { "W046" } else { "W028" };
        let problem = format!("this `impl` already has a step or a resource named `{name}`");
        errors.refuse(name, code, &problem, &format!("give this {kind} another name"));
        self.removed.push(name.clone());
        Some(format_ident!("{}__{}", name.unraw(), self.removed.len(), span = name.span()))
    }

    fn remove(self, item: &mut ItemImpl) {
        let mut known = HashSet::new();
        item.items.retain(|item| match item {
            ImplItem::Fn(method) => !self.removed.contains(&method.sig.ident) || known.insert(method.sig.ident.clone()),
            _ => true,
        });
    }
}

fn only_on_methods(attributes: &mut Vec<Attribute>, errors: &mut Errors) {
    while let Some(attribute) = take_ours(attributes) {
        let name = types::text(&attribute.path().segments.last());
        let problem = format!("`#[{name}]` can only be used on a method");
        errors.refuse(attribute.path(), "W025", &problem, "move it there, or remove it");
    }
    factory::misplaced(attributes, errors);
}

/// Whether it is a method with a context.
pub(crate) fn takes_context(entry: &ImplItem) -> bool {
    let ImplItem::Fn(method) = entry else { return false };
    let context = Ident::new("Context", Span::call_site());
    types::typed_inputs(&method.sig).into_iter().any(|ty| types::contains(ty, &context))
}

/// The name of the type that the `impl` is for, if it can be a workflow.
fn target(item: &mut ItemImpl, errors: &mut Errors) -> Option<Ident> {
    if let Some((path, _)) = &item.trait_ {
        errors.refuse(
            path,
            "W025",
            "`#[workflow]` cannot be used on the `impl` of a trait: steps are methods of the workflow itself",
            "move the steps to an `impl` without a trait",
        );
        return None;
    }
    let mut this = &*item.self_ty;
    while let Type::Group(group) = this {
        this = &group.elem;
    }
    let Type::Path(path) = this else {
        errors.refuse(this, "W025", "a workflow is a struct of this crate", "move the steps to an `impl` of a struct");
        return None;
    };
    let last = path.path.segments.last()?;
    if let Some(borrowed) = parameters::borrowed(this) {
        // A lifetime of the struct is reported there.
        if !parameters::has_lifetime(last) {
            errors.push(parameters::borrowing_workflow(&types::text(this), &borrowed));
        }
    } else if !parameters::has_free_parameter(item) {
        return Some(last.ident.clone());
    }
    // Else each context reports that this is no workflow.
    item.items.retain(|entry| !takes_context(entry));
    None
}

fn step(
    method: &mut ImplItemFn,
    attribute: &Attribute,
    this: &Type,
    check: &mut BlockingCheck,
    errors: &mut Errors,
) -> Step {
    let options = step_options::parse(attribute, errors);
    let blocking = take(&mut method.attrs, "blocking").map(|attribute| Kind::of(&attribute, errors));
    if blocking.is_some() {
        refuse_second(&mut method.attrs, &format!("step `{}`", method.sig.ident), errors);
    }
    let marks = parameter::marks(&mut method.sig, this, errors);
    let injected: Vec<_> = marks.iter().filter_map(Mark::injected).cloned().collect();
    let routed = parameter::without(&method.sig, &marks);
    if !check.declares_emit() {
        unreturned::refuse(&mut method.block, &routed, errors);
    }
    if method.sig.asyncness.is_some() {
        if !options.allow_blocking {
            check.instrument(&mut method.block, &method.sig);
        }
        lower(&mut method.block, &routed, &borrowed_names(&injected), errors);
    } else if blocking.is_some() {
        refuse_awaits(&mut method.block, &method.sig.ident, errors);
    }
    let mut publishes_isolated = None;
    if let (Some(Some(Kind::Isolated(_))), None) = (&blocking, &method.sig.asyncness) {
        publishes_isolated = isolated_context::check(method, errors);
    }
    lints::shaped_by_us(method);
    method.attrs.extend(parameter::lints(&marks));
    let signature = &method.sig;
    let output = match &signature.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => known(ty, this),
    };
    Step {
        name: signature.ident.clone(),
        docs: docs(&method.attrs),
        text: types::text(signature).replace(", )", ")").replace("{ ", " { "),
        is_async: signature.asyncness.is_some(),
        // A refused kind counts as one, so no further error is reported about it.
        blocking: blocking.map(|kind| kind.unwrap_or(Kind::Io)),
        publishes_isolated,
        refused: marks.iter().any(|mark| matches!(mark, Mark::Refused)),
        parameters: parameters(signature, marks, this),
        signature: routed,
        returned: output.clone(),
        output,
        options,
    }
}

pub(crate) fn parameters(signature: &Signature, marks: Vec<Mark>, this: &Type) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for (ty, mark) in types::typed_inputs(signature).into_iter().zip(marks) {
        match mark {
            Mark::None => parameters.push(routed(ty, this)),
            Mark::Injected(injected) => parameters.push(Parameter::Injected(*injected)),
            Mark::Refused => {}
        }
    }
    parameters
}

/// Whether it is a reference to an event, or to a context behind an alias.
fn is_mutable_event(reference: &TypeReference) -> bool {
    reference.mutability.is_some() && !types::is_context(&reference.elem)
}

fn routed(ty: &Type, this: &Type) -> Parameter {
    match known(ty, this) {
        // Refused.
        Type::Reference(reference) if types::is_unsized(&reference.elem) || is_mutable_event(&reference) => {
            Parameter::Port(parse_quote!(__p::Placeholder))
        }
        Type::Reference(reference) => Parameter::Context(*reference.elem),
        ty => Parameter::Port(ty),
    }
}

/// Removes the attribute that makes a method a step.
fn take_ours(attributes: &mut Vec<Attribute>) -> Option<Attribute> {
    take(attributes, "catch_error").or_else(|| take(attributes, "step"))
}

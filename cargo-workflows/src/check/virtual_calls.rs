//! Calls of methods through vtables.
//!
//! The generated code has the position of the method in the vtable and the types of its parameters, not the trait. So
//! a call is matched with the vtables that code below the step mentions. Where the source names the method,
//! or std's function names the trait, the method must be that one.

use super::walk::{CallSite, Walk};
use crate::{
    module::{Global, Signature, Symbol},
    name::Name,
    origin::Origin,
};

/// A call through a vtable.
#[derive(Debug, Clone, Copy)]
pub(super) struct VirtualCall {
    pub(super) at: CallSite,
    pub(super) slot: u32,
    pub(super) signature: Signature,
}

/// The calls and the vtables below a step.
#[derive(Debug, Default)]
pub(super) struct VirtualCalls {
    calls: Vec<(VirtualCall, bool)>,
    vtables: Vec<Symbol>,
}

/// The first methods of a vtable are after drop, size and alignment.
const FIRST_METHOD: u32 = 3;

/// The methods that call a closure or poll a future.
const CALLS: [&str; 4] = ["call", "call_mut", "call_once", "poll"];

impl Walk<'_> {
    pub(super) fn call_virtual(&mut self, call: VirtualCall) {
        let vtables = self.virtual_calls.vtables.clone();
        let mut is_matched = false;
        for vtable in vtables {
            is_matched |= self.connect(call, vtable);
        }
        self.virtual_calls.calls.push((call, is_matched));
    }

    pub(super) fn add_vtable(&mut self, at: CallSite, vtable: Symbol) {
        if self.virtual_calls.vtables.contains(&vtable) {
            return;
        }
        self.virtual_calls.vtables.push(vtable);
        // Supertraits have vtables of their own.
        if let Some(global) = self.program.global(vtable) {
            for (_, value) in &global.slots {
                if self.program.global(*value).is_some() {
                    self.mention(at, *value);
                }
            }
        }
        for number in 0..self.virtual_calls.calls.len() {
            let (call, _) = self.virtual_calls.calls[number];
            if self.connect(call, vtable) {
                self.virtual_calls.calls[number].1 = true;
            }
        }
    }

    /// A function of std without a body receives the vtable, so it may call each method.
    pub(super) fn call_all_methods(&mut self, at: CallSite, vtable: Symbol) {
        let program = self.program;
        let Some(global) = program.global(vtable).filter(|global| global.is_vtable) else { return };
        for (slot, method) in &global.slots {
            if *slot >= FIRST_METHOD {
                self.call(at, *method);
            }
        }
    }

    /// Follows the calls that no vtable below the step fits: the object was made elsewhere, such as in a field of the
    /// workflow. Then each vtable of the program counts. Returns whether there is more to walk.
    pub(super) fn follow_objects_of_others(&mut self) -> bool {
        let unmatched: Vec<usize> =
            (0..self.virtual_calls.calls.len()).filter(|number| !self.virtual_calls.calls[*number].1).collect();
        let program = self.program;
        for number in unmatched {
            let (call, is_matched) = &mut self.virtual_calls.calls[number];
            *is_matched = true;
            let call = *call;
            if call.slot < FIRST_METHOD || call.at.is_trusted {
                continue;
            }
            for global in program.globals().filter(|global| global.is_vtable) {
                let Some(method) = method(global, call.slot) else { continue };
                if program.signature(method) == Some(call.signature) && self.is_named_method_of_a_crate(call, method) {
                    self.call(call.at, method);
                }
            }
        }
        !self.queue.is_empty()
    }

    /// Connects a call with a method of a vtable, if it may be one.
    fn connect(&mut self, call: VirtualCall, vtable: Symbol) -> bool {
        let program = self.program;
        let Some(global) = program.global(vtable) else { return false };
        let Some(target) = method(global, call.slot) else { return false };
        let is_target = if call.slot < FIRST_METHOD {
            self.drops(call, global)
        } else {
            program.signature(target) == Some(call.signature) && self.may_call(call, target)
        };
        if is_target {
            self.call(call.at, target);
        }
        is_target
    }

    /// Whether the code that drops an object drops one of the vtable's trait.
    fn drops(&self, call: VirtualCall, vtable: &Global) -> bool {
        let dropping = &self.facts.of(call.at.node.function).name.text;
        let mut methods = vtable.slots.iter().filter(|(slot, _)| *slot >= FIRST_METHOD);
        let Some(trait_name) = methods.find_map(|(_, method)| self.trait_of(*method)) else { return true };
        names_object(dropping, &trait_name)
    }

    fn may_call(&mut self, call: VirtualCall, target: Symbol) -> bool {
        let facts = self.facts;
        let target = &facts.of(target).name;
        let Some(frame) = self.program.frames(call.at.place).first() else { return true };
        let calling = &facts.of(frame.function).name;
        // A map rehashes through a `dyn Fn` of its own. Its parameters look like those of a user's `Fn(&str) -> usize`.
        if calling.krate() == "hashbrown" {
            return target.krate() == "hashbrown";
        }
        if !matches!(facts.origin(frame), Origin::Core | Origin::Std) {
            return self.source_names(call, target).unwrap_or(true);
        }
        // A function of std for any object names its trait, such as `<Box<dyn Read> as Read>::read`.
        if calling.text.contains("dyn ") {
            let traits = match last(target.object_trait()) {
                Some(of_trait) => vec![of_trait],
                None => vec!["FnOnce", "FnMut", "Fn", "Future"],
            };
            return traits.into_iter().any(|name| names_object(&calling.text, name));
        }
        // Others have an object of a trait in their own module, such as `core::fmt::Formatter`.
        let of_trait = target.object_trait();
        of_trait.is_some_and(|path| path.len() > 1 && calling.path.len() > 1 && path[..2] == calling.path[..2])
    }

    /// Whether the source of the call names the method. `None` if it would not, or cannot be read.
    fn source_names(&mut self, call: VirtualCall, target: &Name) -> Option<bool> {
        let method = target.last();
        let frame = self.program.frames(call.at.place).first()?;
        let file = &self.program.files()[frame.file as usize];
        // Closures and futures are called without a name, or with one of these.
        if target.is_closure() || method.starts_with("{shim:vtable") || CALLS.contains(&method) {
            let name = self.sources.method_at(file, frame.line, frame.column)?;
            return (name != "await" && !CALLS.contains(&name)).then_some(false);
        }
        if method.starts_with('{') {
            return None;
        }
        self.sources.calls_method(file, frame.line, frame.column, method)
    }

    /// Whether the call names the method, and the trait belongs to no part of std: objects of those are too common.
    fn is_named_method_of_a_crate(&mut self, call: VirtualCall, target: Symbol) -> bool {
        let target = &self.facts.of(target).name;
        let krate = target.object_trait().and_then(|path| path.first()).map(String::as_str);
        !matches!(krate, None | Some("std" | "core" | "alloc")) && self.source_names(call, target) == Some(true)
    }

    /// The name of the trait that a method implements.
    fn trait_of(&self, method: Symbol) -> Option<String> {
        last(self.facts.of(method).name.object_trait()).map(str::to_owned)
    }
}

/// The function at a position of a vtable.
fn method(vtable: &Global, slot: u32) -> Option<Symbol> {
    vtable.slots.iter().find(|(at, _)| *at == slot).map(|(_, method)| *method)
}

fn last(path: Option<&Vec<String>>) -> Option<&str> {
    path?.last().map(String::as_str)
}

/// Whether a name contains `dyn ..::Trait`.
fn names_object(text: &str, of_trait: &str) -> bool {
    text.split("dyn ").skip(1).any(|object| {
        // `dyn for<'a> Fn(&'a str)`.
        let bound = object.strip_prefix("for<").and_then(|bound| bound.split_once("> "));
        let object = bound.map_or(object, |(_, object)| object);
        let end = object.find([' ', '<', '>', ',', ')']).unwrap_or(object.len());
        object[..end].rsplit("::").next() == Some(of_trait)
    })
}

#[cfg(test)]
mod tests {
    use super::names_object;

    #[test]
    fn object_is_recognized_by_its_trait() {
        let text = "<alloc::boxed::Box<dyn std::io::Read + core::marker::Send> as std::io::Read>::read";
        assert!(names_object(text, "Read"));
        assert!(!names_object(text, "Write"));
        assert!(names_object("core::ptr::drop_in_place::<dyn app::Client>", "Client"));
        assert!(names_object("<Box<dyn for<'a> core::ops::function::Fn<(&'a str,)>> as Fn>::call", "Fn"));
    }
}

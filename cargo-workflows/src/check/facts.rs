//! What is known about a function by its name, computed once.

use crate::{
    catalog::{Catalog, Leaf},
    module::{Frame, Symbol},
    name::Name,
    origin::{Folders, Origin},
    program::Program,
    rules::Rules,
};
use std::cell::OnceCell;

/// A function's name, and what the lists say about it.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) name: Name,
    pub(super) is_mangled: bool,
    pub(super) is_offload: bool,
    pub(super) leaf: Option<Leaf>,
}

/// The lists, applied to the functions that a walk reaches.
pub(super) struct Facts<'a> {
    program: &'a Program,
    catalog: &'a Catalog,
    rules: &'a Rules,
    origins: Vec<Origin>,
    by_symbol: Vec<OnceCell<Box<Fact>>>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(program: &'a Program, folders: &Folders, catalog: &'a Catalog, rules: &'a Rules) -> Self {
        let origins = program.files().iter().map(|file| folders.origin(file)).collect();
        let by_symbol = program.symbols().map(|_| OnceCell::new()).collect();
        Self { program, catalog, rules, origins, by_symbol }
    }

    pub(super) fn of(&self, symbol: Symbol) -> &Fact {
        self.by_symbol[symbol as usize].get_or_init(|| {
            let mangled = self.program.name(symbol);
            let name = Name::of(mangled);
            let is_mangled = mangled.starts_with("_R") || mangled.starts_with("_ZN");
            let has_body = self.program.function(symbol).is_some();
            let leaf = if is_mangled {
                self.catalog.leaf(&name)
            } else if has_body {
                None
            } else {
                self.catalog.foreign(mangled)
            };
            Box::new(Fact { is_offload: is_mangled && self.rules.is_offload(&name), is_mangled, leaf, name })
        })
    }

    pub(super) fn origin(&self, frame: &Frame) -> &Origin {
        self.origins.get(frame.file as usize).unwrap_or(&Origin::Unknown)
    }

    /// Where a function with a body is declared.
    pub(super) fn origin_of(&self, symbol: Symbol) -> &Origin {
        let place = self.program.function(symbol).and_then(|function| function.place);
        let frame = self.program.frames(place).last();
        frame.map_or(&Origin::Unknown, |frame| self.origin(frame))
    }

    /// Whether the own calls of code are accepted, if those of its caller `by` are.
    pub(super) fn is_trusted(&self, origin: &Origin, symbol: Symbol, by: bool) -> bool {
        match origin {
            // Functions of std act for their caller.
            Origin::Core | Origin::Std => by,
            Origin::Package { krate, .. } => self.rules.is_trusted(krate, &self.of(symbol).name.path),
            Origin::Unknown => false,
        }
    }
}

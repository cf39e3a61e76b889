//! The whole program: the modules of all crates, with one number for each name.

mod merge;

pub(crate) use merge::read_all;

use crate::module::{Frame, Function, Global, Place, Signature, Symbol};
use std::collections::HashMap;

/// All crates of a program.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// The mangled names.
    names: Vec<String>,
    functions: HashMap<Symbol, Function>,
    globals: HashMap<Symbol, Global>,
    signatures: HashMap<Symbol, Signature>,
    places: Vec<Vec<Frame>>,
    files: Vec<String>,
}

impl Program {
    pub(crate) fn function(&self, symbol: Symbol) -> Option<&Function> {
        self.functions.get(&symbol)
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = &Function> {
        self.functions.values()
    }

    pub(crate) fn global(&self, symbol: Symbol) -> Option<&Global> {
        self.globals.get(&symbol)
    }

    pub(crate) fn globals(&self) -> impl Iterator<Item = &Global> {
        self.globals.values()
    }

    pub(crate) fn signature(&self, symbol: Symbol) -> Option<Signature> {
        self.signatures.get(&symbol).copied()
    }

    /// The mangled name of a symbol.
    pub(crate) fn name(&self, symbol: Symbol) -> &str {
        &self.names[symbol as usize]
    }

    pub(crate) fn symbols(&self) -> std::ops::Range<Symbol> {
        0..Symbol::try_from(self.names.len()).unwrap_or(Symbol::MAX)
    }

    /// The frames of a place: innermost first.
    pub(crate) fn frames(&self, place: Option<Place>) -> &[Frame] {
        place.map_or(&[], |place| &self.places[place as usize])
    }

    pub(crate) fn files(&self) -> &[String] {
        &self.files
    }
}

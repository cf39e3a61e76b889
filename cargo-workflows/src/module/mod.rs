//! One crate as LLVM IR: its functions with their calls, its constants, and the source of each call.

mod debug_info;
mod function;
mod global;
mod line;
mod reader;

pub(crate) use self::{debug_info::Frame, reader::read};

use std::collections::HashMap;

/// Number of a symbol in [`Module::symbols`].
pub(crate) type Symbol = u32;

/// Number of a chain of frames in [`Module::places`].
pub(crate) type Place = u32;

/// A crate as rustc wrote it.
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) symbols: Symbols,
    pub(crate) functions: Vec<Function>,
    pub(crate) globals: Vec<Global>,
    /// The signatures of functions of other crates that this one names.
    pub(crate) declared: Vec<(Symbol, Signature)>,
    /// The source of a call: innermost frame first, the function that contains the call last.
    pub(crate) places: Vec<Vec<Frame>>,
    pub(crate) files: Vec<String>,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) symbol: Symbol,
    pub(crate) signature: Signature,
    /// Where the function is declared.
    pub(crate) place: Option<Place>,
    /// Whether it is the poll function of an async function.
    pub(crate) is_async: bool,
    pub(crate) uses: Vec<Use>,
}

/// An instruction that names or calls a function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) kind: UseKind,
    pub(crate) place: Option<Place>,
    /// Symbols among the arguments.
    pub(crate) arguments: Vec<Symbol>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UseKind {
    Call(Symbol),
    /// A call of the method at this position of a vtable.
    Virtual(u32, Signature),
    /// A call of a function pointer.
    Pointer,
    /// An instruction that is no call, such as a store.
    Mention(Symbol),
}

/// A constant or static.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Global {
    pub(crate) symbol: Symbol,
    pub(crate) is_vtable: bool,
    /// The symbols in its value, each with its position in words.
    pub(crate) slots: Vec<(u32, Symbol)>,
}

/// The types of a function's parameters, as a hash. Only functions of equal signatures share a slot of a vtable.
pub(crate) type Signature = u64;

/// The names of a module, each once.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    names: Vec<String>,
    numbers: HashMap<String, Symbol>,
}

impl Symbols {
    pub(crate) fn number(&mut self, name: &str) -> Symbol {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = Symbol::try_from(self.names.len()).expect("fewer than 2^32 symbols");
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    pub(crate) fn into_names(self) -> Vec<String> {
        self.names
    }

    #[cfg(test)]
    pub(crate) fn name(&self, symbol: Symbol) -> &str {
        &self.names[symbol as usize]
    }
}

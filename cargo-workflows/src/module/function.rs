//! The body of a function, line by line.

use super::{
    Function, Symbol, Symbols, Use, UseKind,
    line::{self, Callee},
};
use std::collections::HashMap;

/// A function whose body is being read. Places are still numbers of metadata.
pub(super) struct Body {
    function: Function,
    /// Constant offsets from a pointer, by the value that holds the sum.
    offsets: HashMap<String, u32>,
    /// Values that were loaded from a vtable, with their position in it.
    methods: HashMap<String, u32>,
    /// An `invoke`, whose place is on the next line.
    open: Option<Use>,
}

impl Body {
    /// Begins with the line `define ..`.
    pub(super) fn new(line: &str, symbol: Symbol, open: usize) -> Self {
        let place = line::number_after(line, "!dbg !");
        let function =
            Function { symbol, signature: line::signature(line, open), place, is_async: false, uses: Vec::new() };
        Self { function, offsets: HashMap::new(), methods: HashMap::new(), open: None }
    }

    pub(super) fn line(&mut self, line: &str, names: &mut impl FnMut(&str) -> Option<Symbol>) {
        let place = line::number_after(line, "!dbg !");
        if let Some(mut open) = self.open.take() {
            open.place = place;
            self.function.uses.push(open);
            return;
        }
        let text = line.trim_start();
        let (result, instruction) = match text.split_once(" = ") {
            Some((result, instruction)) if result.starts_with('%') => (result, instruction),
            _ => ("", text),
        };
        let instruction = instruction.strip_prefix("tail ").unwrap_or(instruction);
        let instruction = instruction.strip_prefix("musttail ").unwrap_or(instruction);
        let is_invoke = instruction.starts_with("invoke ");
        if is_invoke || instruction.starts_with("call ") {
            let Some((callee, parenthesis)) = line::callee(instruction) else { return };
            let kind = match callee {
                Callee::Symbol(name) => match names(name) {
                    Some(symbol) => UseKind::Call(symbol),
                    None => return,
                },
                Callee::Value(value) => match self.methods.get(value) {
                    Some(&slot) => UseKind::Virtual(slot, line::signature(instruction, parenthesis)),
                    None => UseKind::Pointer,
                },
            };
            let arguments = line::symbols(&instruction[parenthesis..]);
            let arguments = arguments.filter_map(|(_, name, _)| names(name)).collect();
            let call = Use { kind, place, arguments };
            if is_invoke {
                self.open = Some(call);
            } else {
                self.function.uses.push(call);
            }
            return;
        }
        if instruction.starts_with("getelementptr ") {
            self.offset(result, instruction);
        }
        if instruction.starts_with("load ") && instruction.contains("!invariant.load") {
            self.method(result, instruction);
        }
        for (_, name, _) in line::symbols(instruction) {
            if let Some(symbol) = names(name) {
                self.function.uses.push(Use { kind: UseKind::Mention(symbol), place, arguments: Vec::new() });
            }
        }
    }

    pub(super) fn finish(self) -> Function {
        self.function
    }

    /// Records `%2 = getelementptr inbounds i8, ptr %1, i64 24`.
    fn offset(&mut self, result: &str, instruction: &str) {
        let mut parts = instruction.split(", ");
        let (Some(ty), Some(_), Some(offset)) = (parts.next(), parts.next(), parts.next()) else { return };
        let Some(offset) = offset.strip_prefix("i64 ") else { return };
        if !ty.ends_with(" i8") {
            return;
        }
        if let Ok(bytes) = offset.parse::<u32>() {
            self.offsets.insert(result.to_owned(), bytes);
        }
    }

    /// Records a load from a vtable, which is the only memory whose loads are invariant.
    fn method(&mut self, result: &str, instruction: &str) {
        let Some((_, from)) = instruction.split_once(", ptr ") else { return };
        // The vtable may be known: `load ptr, ptr getelementptr inbounds (i8, ptr @vtable.1, i64 24)`.
        let bytes = match from.split_once(')') {
            Some((known, _)) if known.starts_with("getelementptr ") => line::number_after(known, "i64 "),
            _ => from.split(", ").next().and_then(|from| self.offsets.get(from).copied()),
        };
        let bytes = bytes.unwrap_or_default();
        self.methods.insert(result.to_owned(), bytes / 8);
    }
}

/// The number of a symbol. Private names, such as `vtable.3`, differ between modules, so they get its key.
pub(super) fn number(symbols: &mut Symbols, name: &str, module: &str) -> Option<Symbol> {
    if name.starts_with("llvm.") || name.is_empty() {
        return None;
    }
    let is_mangled = name.starts_with("_R") || name.starts_with("_ZN");
    let is_private = name.contains('.') || name.starts_with("alloc_") || name == "__rust_try";
    if is_private && !is_mangled {
        return Some(symbols.number(&format!("{name}@{module}")));
    }
    Some(symbols.number(name))
}

//! Reads a module from a stream of lines, in memory proportional to its calls.

use super::{
    Global, Module,
    debug_info::{DebugInfo, Places},
    function::{self, Body},
    global, line,
};
use std::io::{self, BufRead};

/// Reads the LLVM IR of one crate. `key` distinguishes its private names from those of other modules.
///
/// # Errors
///
/// Fails if the source cannot be read, or has pointers of another size than 64 bits.
pub(crate) fn read(mut source: impl BufRead, key: &str) -> io::Result<Module> {
    let mut module = Module::default();
    let mut info = DebugInfo::default();
    let mut body: Option<Body> = None;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if source.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end();
        let symbols = &mut module.symbols;
        let mut names = |name: &str| function::number(symbols, name, key);
        if let Some(open) = &mut body {
            match text.as_bytes() {
                b"}" => module.functions.extend(body.take().map(Body::finish)),
                [b' ', b';', ..] | [b';', ..] | [] => {}
                _ => open.line(text, &mut names),
            }
            continue;
        }
        match text.as_bytes().first() {
            Some(b'!') => info.line(text),
            Some(b'@') => {
                if let Some(global) = global::parse(text)
                    && let Some(symbol) = names(global.name)
                {
                    let slots = global.slots.iter();
                    let slots = slots.filter_map(|(at, name)| Some((*at, names(name)?))).collect();
                    module.globals.push(Global { symbol, is_vtable: global.is_vtable, slots });
                }
            }
            Some(b'd') => {
                let is_definition = text.starts_with("define ");
                if !is_definition && !text.starts_with("declare ") {
                    continue;
                }
                let Some((_, name, open)) = line::symbols(text).next() else { continue };
                let Some(symbol) = names(name) else { continue };
                if is_definition {
                    body = Some(Body::new(text, symbol, open));
                } else {
                    module.declared.push((symbol, line::signature(text, open)));
                }
            }
            Some(b't') if has_short_pointers(text) => {
                return Err(io::Error::other("only programs for targets with 64-bit pointers can be checked"));
            }
            _ => {}
        }
    }
    let mut places = Places::new(&info, &mut module.symbols);
    for function in &mut module.functions {
        function.is_async = info.is_async(function.place);
        places.resolve(&mut function.place);
        for used in &mut function.uses {
            places.resolve(&mut used.place);
        }
    }
    module.places = places.frames;
    module.files = places.files.names;
    Ok(module)
}

/// Whether a line is the data layout of a target whose pointers have another size. Positions in vtables are counted in
/// words of 8 bytes.
fn has_short_pointers(line: &str) -> bool {
    let layout = line.strip_prefix("target datalayout = ").unwrap_or_default();
    layout.contains("-p:32:") || layout.contains("-p:16:")
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::module::{Module, UseKind};

    /// What rustc writes for `async fn step`, which calls `through(&mut dyn Read)` with a file; shortened.
    const STEP: &str = include_str!("../../tests/modules/step.ll");

    fn module() -> Module {
        read(STEP.as_bytes(), "key").expect("a module")
    }

    fn calls(module: &Module, function: &str) -> Vec<String> {
        let function = module.functions.iter().find(|found| module.symbols.name(found.symbol).contains(function));
        let uses = function.expect("the function").uses.iter();
        let shown = uses.map(|used| match used.kind {
            UseKind::Call(callee) => format!("call {:#}", rustc_demangle::demangle(module.symbols.name(callee))),
            UseKind::Virtual(slot, _) => format!("virtual {slot}"),
            UseKind::Pointer => "pointer".to_owned(),
            UseKind::Mention(symbol) => format!("mention {}", module.symbols.name(symbol)),
        });
        shown.collect()
    }

    #[test]
    fn calls_have_their_callees() {
        let module = module();
        let step = calls(&module, "4step0");
        assert!(step.contains(&"call app::through".to_owned()), "{step:?}");
        assert!(step.contains(&"call <std::fs::File>::open::<&str>".to_owned()), "{step:?}");
        assert_eq!(calls(&module, "7through")[0], "virtual 3");
        assert!(calls(&module, "5apply").contains(&"pointer".to_owned()));
    }

    #[test]
    fn calls_have_their_places() {
        let module = module();
        let step = module.functions.iter().find(|function| function.is_async).expect("the step");
        let is_through =
            |kind: UseKind| matches!(kind, UseKind::Call(callee) if module.symbols.name(callee).ends_with("7through"));
        let call = step.uses.iter().find(|used| is_through(used.kind)).expect("the call");
        let frame = module.places[call.place.expect("a place") as usize].last().expect("a frame");
        let file = &module.files[frame.file as usize];
        assert_eq!((file.as_str(), frame.line), ("/app/src/lib.rs", 6));
        assert_eq!(frame.function, step.symbol);
    }

    #[test]
    fn inlined_frames_are_innermost_first() {
        let module = module();
        let frames = module.places.iter().find(|frames| frames.len() > 1).expect("an inlined call");
        let names: Vec<String> = frames
            .iter()
            .map(|frame| format!("{:#}", rustc_demangle::demangle(module.symbols.name(frame.function))))
            .collect();
        assert_eq!(names, ["app::inlined", "app::apply"]);
    }

    #[test]
    fn vtable_has_methods_at_their_positions() {
        let module = module();
        let vtable = module.globals.iter().find(|global| global.is_vtable).expect("a vtable");
        assert_eq!(module.symbols.name(vtable.symbol), "vtable.0@key");
        let slots: Vec<(u32, String)> = vtable
            .slots
            .iter()
            .map(|(slot, symbol)| (*slot, format!("{:#}", rustc_demangle::demangle(module.symbols.name(*symbol)))))
            .collect();
        assert_eq!(slots[0], (0, "core::ptr::drop_in_place::<std::fs::File>".to_owned()));
        assert_eq!(slots[1], (3, "<std::fs::File as std::io::Read>::read".to_owned()));
    }

    #[test]
    fn method_and_its_call_have_equal_signatures() {
        let module = module();
        let (_, declared) = module
            .declared
            .iter()
            .find(|(symbol, _)| module.symbols.name(*symbol).ends_with("2io4Read4read"))
            .expect("the method");
        let mut uses = module.functions.iter().flat_map(|function| &function.uses);
        let called = uses.find_map(|used| match used.kind {
            UseKind::Virtual(_, signature) => Some(signature),
            _ => None,
        });
        assert_eq!(called, Some(*declared));
    }

    #[test]
    fn table_of_functions_names_them() {
        let module = module();
        let is_table = |name: &str| name.contains("5TABLE");
        let table =
            module.globals.iter().find(|global| is_table(module.symbols.name(global.symbol))).expect("the table");
        assert_eq!(table.slots.len(), 2);
    }

    #[test]
    fn module_with_32_bit_pointers_is_refused() {
        let x86_64 =
            "target datalayout = \"e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-n8:16:32:64-S128\"\n";
        assert!(read(x86_64.as_bytes(), "key").is_ok());
        let wasm32 = "target datalayout = \"e-m:e-p:32:32-p10:8:8-p20:8:8-i64:64-n32:64-S128\"\n";
        let error = read(wasm32.as_bytes(), "key").expect_err("a refusal");
        assert_eq!(error.to_string(), "only programs for targets with 64-bit pointers can be checked");
    }

    #[test]
    fn damaged_module_is_read_without_a_panic() {
        for end in 0..STEP.len() {
            if STEP.is_char_boundary(end) && end % 97 == 0 {
                read(&STEP.as_bytes()[..end], "key").expect("a module");
            }
        }
        let shuffled: String = STEP.lines().rev().collect::<Vec<_>>().join("\n");
        read(shuffled.as_bytes(), "key").expect("a module");
    }
}

//! Reads a module from a stream of lines, in memory proportional to its calls.

use super::{
    Global, Module,
    debug_info::{DebugInfo, Places},
    function::{self, Body},
    global, line,
};
use std::io::{self, BufRead};

/// Reads the LLVM IR of one crate. `key` distinguishes its private names from those of other modules.
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
            _ => {}
        }
    }
    let mut places = Places::new(&info, &mut module.symbols);
    for function in &mut module.functions {
        places.resolve(&mut function.place);
        for used in &mut function.uses {
            places.resolve(&mut used.place);
        }
    }
    module.places = places.places;
    module.files = places.files.names;
    Ok(module)
}

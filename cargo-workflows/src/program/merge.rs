//! Reads modules on all processors, and merges them.

use super::Program;
use crate::module::{self, Module, Place, Symbol, UseKind};
use anyhow::Context as _;
use std::{
    collections::HashMap,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

/// Reads the modules in these files.
///
/// # Errors
///
/// Fails if a file cannot be read.
pub(crate) fn read_all(paths: &[PathBuf]) -> anyhow::Result<Program> {
    let next = AtomicUsize::new(0);
    // At most this many modules wait to be merged, because each takes memory.
    let (sender, receiver) = mpsc::sync_channel(2);
    let mut merger = Merger::default();
    let mut failure = None;
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from).min(paths.len());
        for _ in 0..threads {
            let sender = sender.clone();
            let next = &next;
            scope.spawn(move || {
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if sender.send(read(path)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for module in receiver {
            match module {
                Ok(module) => merger.add(module),
                Err(error) => failure = Some(error),
            }
        }
    });
    match failure {
        Some(error) => Err(error),
        None => Ok(merger.program),
    }
}

fn read(path: &Path) -> anyhow::Result<Module> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let key = path.file_stem().unwrap_or_default().to_string_lossy();
    module::read(BufReader::with_capacity(1 << 16, file), &key)
        .with_context(|| format!("cannot read {}", path.display()))
}

#[derive(Default)]
struct Merger {
    program: Program,
    symbols: HashMap<String, Symbol>,
    files: HashMap<String, u32>,
}

impl Merger {
    fn add(&mut self, module: Module) {
        let symbols: Vec<Symbol> = module.symbols.into_names().into_iter().map(|name| self.symbol(name)).collect();
        let symbol = |local: Symbol| symbols[local as usize];
        let files: Vec<u32> = module.files.iter().map(|name| self.file(name)).collect();
        let program = &mut self.program;
        let first = Place::try_from(program.places.len()).expect("fewer than 2^32 places");
        let place = |local: Option<Place>| local.map(|local| first + local);
        program.places.extend(module.places.into_iter().map(|mut frames| {
            for frame in &mut frames {
                frame.function = symbol(frame.function);
                frame.file = files[frame.file as usize];
            }
            frames.shrink_to_fit();
            frames
        }));
        for (name, signature) in module.declared {
            program.signatures.entry(symbol(name)).or_insert(signature);
        }
        for mut function in module.functions {
            function.symbol = symbol(function.symbol);
            function.place = place(function.place);
            for used in &mut function.uses {
                used.place = place(used.place);
                used.kind = match used.kind {
                    UseKind::Call(callee) => UseKind::Call(symbol(callee)),
                    UseKind::Mention(mentioned) => UseKind::Mention(symbol(mentioned)),
                    other => other,
                };
                for argument in &mut used.arguments {
                    *argument = symbol(*argument);
                }
            }
            function.uses.shrink_to_fit();
            program.signatures.insert(function.symbol, function.signature);
            program.functions.entry(function.symbol).or_insert(function);
        }
        for mut global in module.globals {
            global.symbol = symbol(global.symbol);
            for (_, value) in &mut global.slots {
                *value = symbol(*value);
            }
            // A module declares the statics of others, without a value.
            let is_better = program.globals.get(&global.symbol).is_none_or(|known| known.slots.is_empty());
            if is_better {
                program.globals.insert(global.symbol, global);
            }
        }
    }

    fn symbol(&mut self, name: String) -> Symbol {
        if let Some(&number) = self.symbols.get(&name) {
            return number;
        }
        let number = Symbol::try_from(self.program.names.len()).expect("fewer than 2^32 symbols");
        self.program.names.push(name.clone());
        self.symbols.insert(name, number);
        number
    }

    fn file(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.files.get(name) {
            return number;
        }
        let number = u32::try_from(self.program.files.len()).expect("fewer than 2^32 files");
        self.program.files.push(name.to_owned());
        self.files.insert(name.to_owned(), number);
        number
    }
}

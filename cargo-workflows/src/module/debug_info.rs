//! The metadata at the end of a module, from which a call gets its file, line and inlined frames.

use super::{Place, Symbol, Symbols, line};
use std::collections::HashMap;

/// One function of a place, and the position in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) function: Symbol,
    /// Number in `Module::files`.
    pub(crate) file: u32,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// The nodes of the metadata, by number.
#[derive(Debug, Default)]
pub(super) struct DebugInfo {
    nodes: Vec<Node>,
}

#[derive(Debug, Default, Clone)]
enum Node {
    #[default]
    Other,
    Location {
        line: u32,
        column: u32,
        scope: u32,
        inlined_at: Option<u32>,
    },
    Block {
        scope: u32,
        file: Option<u32>,
    },
    Function {
        linkage_name: String,
        is_async: bool,
        file: u32,
        line: u32,
    },
    File(String),
}

impl DebugInfo {
    /// Reads one line, such as `!12 = !DILocation(line: 30, column: 72, scope: !7)`.
    pub(super) fn line(&mut self, text: &str) {
        let Some((number, node)) = text.split_once(" = ") else { return };
        let Ok(number) = number[1..].parse::<usize>() else { return };
        let node = node.strip_prefix("distinct ").unwrap_or(node);
        let Some((kind, fields)) = node.split_once('(') else { return };
        let reference = |key: &str| line::number_after(fields, key);
        let node = match kind {
            "!DILocation" => Node::Location {
                line: reference("line: ").unwrap_or(0),
                column: reference("column: ").unwrap_or(0),
                scope: reference("scope: !").unwrap_or(0),
                inlined_at: reference("inlinedAt: !"),
            },
            "!DILexicalBlock" | "!DILexicalBlockFile" => {
                Node::Block { scope: reference("scope: !").unwrap_or(0), file: reference("file: !") }
            }
            "!DISubprogram" => Node::Function {
                is_async: fields.starts_with("name: \"{async_fn"),
                linkage_name: text_of(fields, "linkageName: \"")
                    .or_else(|| text_of(fields, "name: \""))
                    .unwrap_or_default(),
                file: reference(" file: !").unwrap_or(0),
                line: reference(" line: ").unwrap_or(0),
            },
            "!DIFile" => {
                let name = text_of(fields, "filename: \"").unwrap_or_default();
                let directory = text_of(fields, "directory: \"").unwrap_or_default();
                let is_absolute = name.starts_with('/') || name.contains(":\\") || directory.is_empty();
                Node::File(if is_absolute { name } else { format!("{directory}/{name}") })
            }
            _ => return,
        };
        if self.nodes.len() <= number {
            self.nodes.resize(number + 1, Node::Other);
        }
        self.nodes[number] = node;
    }

    /// Whether a function is the poll function of an async function.
    pub(super) fn is_async(&self, function: Option<u32>) -> bool {
        function.is_some_and(|number| matches!(self.node(number), Node::Function { is_async: true, .. }))
    }

    fn node(&self, number: u32) -> &Node {
        self.nodes.get(number as usize).unwrap_or(&Node::Other)
    }

    /// The frames of a location, innermost first, or the declaration of a function.
    fn frames(&self, number: u32, symbols: &mut Symbols, files: &mut Files) -> Vec<Frame> {
        let mut frames = Vec::new();
        let mut next = Some(number);
        while let Some(number) = next.take() {
            match self.node(number) {
                Node::Location { line, column, scope, inlined_at } => {
                    if let Some(frame) = self.frame(*scope, *line, *column, symbols, files) {
                        frames.push(frame);
                    }
                    next = *inlined_at;
                }
                Node::Function { linkage_name, file, line, .. } => {
                    let file = files.number(self.file(*file));
                    let function = symbols.number(linkage_name);
                    frames.push(Frame { function, file, line: *line, column: 0 });
                }
                _ => {}
            }
        }
        frames
    }

    fn frame(&self, mut scope: u32, line: u32, column: u32, symbols: &mut Symbols, files: &mut Files) -> Option<Frame> {
        let mut own_file = None;
        loop {
            match self.node(scope) {
                Node::Block { scope: outer, file } => {
                    own_file = own_file.or(*file);
                    scope = *outer;
                }
                Node::Function { linkage_name, file, .. } => {
                    let file = files.number(self.file(own_file.unwrap_or(*file)));
                    return Some(Frame { function: symbols.number(linkage_name), file, line, column });
                }
                _ => return None,
            }
        }
    }

    fn file(&self, number: u32) -> &str {
        match self.node(number) {
            Node::File(name) => name,
            _ => "",
        }
    }
}

fn text_of(fields: &str, key: &str) -> Option<String> {
    let rest = &fields[fields.find(key)? + key.len()..];
    Some(rest[..rest.find('"')?].replace("\\5C", "\\"))
}

/// Gives each file and each place one number.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) names: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Files {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = u32::try_from(self.names.len()).expect("fewer than 2^32 files");
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

/// Replaces numbers of metadata by numbers of places.
pub(super) struct Places<'a> {
    info: &'a DebugInfo,
    symbols: &'a mut Symbols,
    numbers: HashMap<u32, Place>,
    pub(super) frames: Vec<Vec<Frame>>,
    pub(super) files: Files,
}

impl<'a> Places<'a> {
    pub(super) fn new(info: &'a DebugInfo, symbols: &'a mut Symbols) -> Self {
        Self { info, symbols, numbers: HashMap::new(), frames: Vec::new(), files: Files::default() }
    }

    pub(super) fn resolve(&mut self, place: &mut Option<Place>) {
        let Some(metadata) = *place else { return };
        if let Some(&number) = self.numbers.get(&metadata) {
            *place = Some(number);
            return;
        }
        let frames = self.info.frames(metadata, self.symbols, &mut self.files);
        let number = Place::try_from(self.frames.len()).expect("fewer than 2^32 places");
        self.frames.push(frames);
        self.numbers.insert(metadata, number);
        *place = Some(number);
    }
}

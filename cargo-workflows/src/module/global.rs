//! Constants and statics: vtables, tables of functions, initializers.

use super::line;

/// A line `@name = .. constant <{ ptr, [16 x i8] }> <{ ptr @f, [16 x i8] c".." }>`, in parts.
pub(super) struct GlobalLine<'a> {
    pub(super) name: &'a str,
    pub(super) is_vtable: bool,
    pub(super) slots: Vec<(u32, &'a str)>,
}

pub(super) fn parse(line: &str) -> Option<GlobalLine<'_>> {
    let mut symbols = line::symbols(line);
    let (start, name, end) = symbols.next()?;
    if start != 0 {
        return None;
    }
    let is_vtable = name.starts_with("vtable.") && line[end..].contains(" constant <{ ");
    let values: Vec<_> = symbols.map(|(at, name, _)| (at, name)).collect();
    let slots =
        if is_vtable { vtable_slots(line, &values) } else { (0..).zip(values.iter().map(|(_, name)| *name)).collect() };
    Some(GlobalLine { name, is_vtable, slots })
}

/// The positions of a vtable's symbols, in words, from the types in front of its value.
fn vtable_slots<'a>(line: &'a str, values: &[(usize, &'a str)]) -> Vec<(u32, &'a str)> {
    let Some((types, value)) = line.split_once("<{ ").and_then(|(_, rest)| rest.split_once(" }>")) else {
        return Vec::new();
    };
    let mut slots = Vec::new();
    let mut bytes = 0;
    let mut pointers = value.match_indices("ptr ").map(|(at, _)| at);
    let base = line.len() - value.len();
    for ty in types.split(", ") {
        let size = if let Some(array) = ty.strip_prefix('[') {
            array.split(' ').next().and_then(|length| length.parse().ok()).unwrap_or(0)
        } else {
            // `ptr @method`, where other kinds of values have no symbol.
            if let Some(at) = pointers.next() {
                let found = values.iter().find(|(start, _)| *start == base + at + "ptr ".len());
                slots.extend(found.map(|(_, name)| (bytes / 8, *name)));
            }
            8
        };
        bytes += size;
    }
    slots
}

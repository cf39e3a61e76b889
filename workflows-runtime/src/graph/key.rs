//! Identity of event types in `const`, where types cannot be compared.

use crate::const_text::equal;

/// Which event type this is: its path, and the place of its declaration.
#[derive(Debug, Clone, Copy)]
pub struct EventKey {
    /// The type's own name.
    pub name: &'static str,
    module: &'static str,
    line: u32,
    column: u32,
    hash: u64,
    docs: &'static str,
}

impl EventKey {
    /// The key of the event `name`, declared in `module` at `line` and `column`.
    #[must_use]
    pub const fn new(name: &'static str, module: &'static str, line: u32, column: u32) -> Self {
        let hash = fnv(fnv(0xcbf2_9ce4_8422_2325, module), name)
            ^ (((line as u64) << 32) | column as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { name, module, line, column, hash, docs: "" }
    }

    /// Adds the text of the doc comment.
    #[must_use]
    pub const fn documented(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// The text of the doc comment.
    pub(super) const fn docs(&self) -> &'static str {
        self.docs
    }

    /// The name with the path of its module.
    pub(super) fn path(&self) -> String {
        format!("{}::{}", self.module, self.name)
    }

    /// The place of the declaration, which distinguishes types with the same path.
    pub(super) fn place(&self) -> (u32, u32) {
        (self.line, self.column)
    }

    /// Its bucket in a hash table of `of` buckets.
    pub(super) const fn bucket(&self, of: usize) -> usize {
        // The upper half is the better mixed one; it fits any `usize`.
        ((self.hash >> 32) as u32 as usize) % of
    }

    /// Whether both are the same type.
    #[must_use]
    pub const fn is(&self, other: &Self) -> bool {
        self.hash == other.hash
            && self.line == other.line
            && self.column == other.column
            && equal(self.name, other.name)
            && equal(self.module, other.module)
    }
}

/// Returns the name of a type with its path. A function, because the name itself is not available in `const`.
pub(crate) type TypeName = fn() -> &'static str;

/// Which event type an input takes.
#[derive(Debug, Clone, Copy)]
pub enum InputKey {
    /// An event of this type.
    Event(EventKey),
    /// The input of the run, of this type.
    Start(TypeName),
    /// A response of this type. The name does not identify the type, see
    /// [`Identity`](super::table::Identity).
    Human(TypeName),
    /// A failure of another step.
    Failed,
    /// The end of the run, which no step may take.
    Stop(TypeName),
    /// Nothing: an unused member of a `OneOf`.
    Nothing,
    /// A rejected type.
    Unknown,
}

impl InputKey {
    /// The type's name without its path, as a step's signature names it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Event(key) => key.name.to_owned(),
            Self::Start(of) => format!("Start<{}>", without_paths(of())),
            Self::Human(of) => format!("HumanResponse<{}>", without_paths(of())),
            Self::Stop(of) => format!("Stop<{}>", without_paths(of())),
            Self::Failed => "StepFailed".to_owned(),
            Self::Nothing | Self::Unknown => "an event".to_owned(),
        }
    }
}

/// Removes the path in front of each type in the name of a type.
pub(super) fn without_paths(name: &str) -> String {
    let mut short = String::new();
    let mut rest = name;
    while let Some(end) = rest.find(|c: char| !c.is_alphanumeric() && c != '_') {
        let (ident, after) = rest.split_at(end);
        if let Some(after) = after.strip_prefix("::") {
            rest = after;
            continue;
        }
        short.push_str(ident);
        let mut chars = after.chars();
        short.extend(chars.next());
        rest = chars.as_str();
    }
    short.push_str(rest);
    short
}

const fn fnv(mut hash: u64, text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
        i += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::{InputKey, without_paths};

    #[test]
    fn types_are_named_without_their_paths() {
        assert_eq!(without_paths("alloc::string::String"), "String");
        assert_eq!(
            without_paths("alloc::vec::Vec<(my::a_b::C, &str, [core::x::D<u8>; 3])>"),
            "Vec<(C, &str, [D<u8>; 3])>"
        );
        assert_eq!(without_paths("u32"), "u32");
        assert_eq!(InputKey::Human(core::any::type_name::<String>).name(), "HumanResponse<String>");
    }
}

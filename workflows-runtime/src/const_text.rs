//! Text in `const`: messages of errors that name the user's own items, and names that are compared.

/// A message under construction.
pub(crate) struct Text {
    bytes: [u8; 1024],
    len: usize,
}

impl Text {
    pub(crate) const fn new(code: &str) -> Self {
        Self { bytes: [0; 1024], len: 0 }.and(code).and(": ")
    }

    /// Appends `text`, cut to the space that is left.
    pub(crate) const fn and(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = bytes[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    /// Appends a name in backticks.
    pub(crate) const fn name(self, name: &str) -> Self {
        self.and("`").and(name).and("`")
    }

    /// Appends a type, or names the step that has it behind an alias.
    pub(crate) const fn type_or(self, ty: &str, step: &str, verb: &str) -> Self {
        if ty.is_empty() { self.and("the type that step ").name(step).and(verb) } else { self.name(ty) }
    }

    /// Starts the line with the text to type instead.
    pub(crate) const fn help(self) -> Self {
        self.and("\n  help: ")
    }

    /// Panics with the message at the caller's location.
    #[track_caller]
    pub(crate) const fn fail(self) -> ! {
        let (text, _) = self.bytes.split_at(self.len);
        match core::str::from_utf8(text) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("a name was too long for its message"),
        }
    }
}

/// Whether two texts are the same.
pub(crate) const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Whether a text is one of several.
pub(crate) const fn contains(names: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < names.len() {
        if equal(names[i], name) {
            return true;
        }
        i += 1;
    }
    false
}

//! The name of a function, in parts.

/// A demangled name, such as `<std::fs::File as std::io::Read>::read::<u8>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) text: String,
    /// The type of `<Type>::method` and `<Type as Trait>::method`, as written.
    pub(crate) self_type: Option<String>,
    /// The path of the trait, without type arguments.
    pub(crate) of_trait: Option<Vec<String>>,
    /// The path without type arguments. For a method that is the path of its type, and the method.
    pub(crate) path: Vec<String>,
    /// The type arguments after the name, as written.
    pub(crate) arguments: String,
}

impl Name {
    pub(crate) fn of(mangled: &str) -> Self {
        Self::parse(&format!("{:#}", rustc_demangle::demangle(mangled)))
    }

    pub(crate) fn parse(text: &str) -> Self {
        let (head, rest) = match text.strip_prefix('<') {
            Some(inside) => {
                let end = closing(inside).unwrap_or(inside.len());
                (Some(&inside[..end]), inside.get(end + 1..).unwrap_or_default())
            }
            None => (None, text),
        };
        let mut path = Vec::new();
        let mut self_type = None;
        let mut of_trait = None;
        if let Some(head) = head {
            let (ty, implemented) = match split_at_as(head) {
                Some((ty, implemented)) => (ty, Some(implemented)),
                None => (head, None),
            };
            path = segments(pointee(ty)).0;
            self_type = Some(ty.to_owned());
            of_trait = implemented.map(|path| segments(path).0);
        }
        let (names, arguments) = segments(rest);
        path.extend(names);
        Self { text: text.to_owned(), self_type, of_trait, path, arguments: arguments.to_owned() }
    }

    /// The trait through whose objects the function is called. `None` for closures and futures, also those in a method
    /// of a trait.
    pub(crate) fn object_trait(&self) -> Option<&Vec<String>> {
        if self.is_closure() { None } else { self.of_trait.as_ref() }
    }

    /// Whether it is a closure, or the future of an async block or function.
    pub(crate) fn is_closure(&self) -> bool {
        self.last().starts_with("{closure")
    }

    /// The last segment: a function, a method, or `{closure#0}`.
    pub(crate) fn last(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// The crate of the path.
    pub(crate) fn krate(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// A short form for messages: without modules, and without type arguments.
    pub(crate) fn short(&self) -> String {
        if let (Some(ty), true) = (&self.self_type, self.path.len() < 2) {
            return format!("<{ty}>::{}", self.last());
        }
        match &self.of_trait {
            Some(of_trait) => {
                let ty = self.self_type.as_deref().unwrap_or_default();
                let of_trait = of_trait.last().map_or("", String::as_str);
                let methods = self.path.len() - segments(pointee(ty)).0.len();
                let names = self.path[self.path.len() - methods..].join("::");
                format!("<{} as {of_trait}>::{names}", short_type(ty))
            }
            None => self.path.join("::"),
        }
    }
}

/// The last segment of each path in a type, such as `Box<dyn Read>`.
pub(crate) fn short_type(ty: &str) -> String {
    let mut short = String::new();
    let mut word = String::new();
    for c in ty.chars() {
        if c.is_alphanumeric() || matches!(c, '_' | '#') {
            word.push(c);
        } else if c == ':' {
            word.clear();
        } else {
            short.push_str(&word);
            word.clear();
            short.push(c);
        }
    }
    short + &word
}

/// The type behind references and the pointers of std that forward to it.
pub(crate) fn pointee(mut ty: &str) -> &str {
    loop {
        let before = ty;
        ty = ty.trim_start_matches(['&', '*']).trim_start();
        for prefix in ["mut ", "const "] {
            ty = ty.strip_prefix(prefix).unwrap_or(ty);
        }
        for pointer in ["alloc::boxed::Box<", "alloc::sync::Arc<", "alloc::rc::Rc<"] {
            if let Some(inside) = ty.strip_prefix(pointer).and_then(|ty| ty.strip_suffix('>')) {
                ty = inside;
            }
        }
        if ty == before {
            return ty;
        }
    }
}

/// The segments of a path without type arguments, and the last type arguments.
pub(crate) fn segments(path: &str) -> (Vec<String>, &str) {
    let mut segments = Vec::new();
    let mut arguments = "";
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.trim_start_matches(':');
        if let Some(inside) = rest.strip_prefix('<') {
            let end = closing(inside).unwrap_or(inside.len());
            // A path such as `<T>::method` inside a type.
            if segments.is_empty() {
                segments.extend(self::segments(split_at_as(&inside[..end]).map_or(&inside[..end], |(ty, _)| ty)).0);
            } else {
                arguments = &inside[..end];
            }
            rest = inside.get(end + 1..).unwrap_or_default();
            continue;
        }
        let end = if rest.starts_with('{') {
            rest.find('}').map_or(rest.len(), |end| end + 1)
        } else {
            rest.find([':', '<', ' ', '(', ')', ',', ';']).unwrap_or(rest.len())
        };
        if end == 0 {
            break;
        }
        let segment = rest[..end].trim_start_matches("r#");
        if !segment.is_empty() {
            segments.push(segment.to_owned());
        }
        rest = &rest[end..];
        if rest.starts_with(' ') {
            break;
        }
    }
    (segments, arguments)
}

/// The position of the `>` that closes the `<` before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if before != '-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
        before = c;
    }
    None
}

/// Splits `Type as Trait`, unless the ` as ` belongs to a type argument.
fn split_at_as(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if before != '-' => depth -= 1,
            ' ' if depth == 0 && text[at..].starts_with(" as ") => return Some((&text[..at], &text[at + 4..])),
            _ => {}
        }
        before = c;
    }
    None
}

/// Whether `path` is `pattern` with further modules in between: `std::net::tcp::TcpStream::connect` is
/// `std::net::TcpStream::connect`, and `std::fs::OpenOptions::read` is not `std::fs::read`. `*` at the end of a segment is any rest.
///
/// A crate may be the part of another that it is exported by: `futures_executor` of `futures`.
pub(crate) fn is_path(path: &[String], pattern: &[String]) -> bool {
    let ([first, .., last], [first_pattern, .., last_pattern]) = (path, pattern) else {
        return path.len() == 1 && pattern.len() == 1 && fits(&path[0], &pattern[0]);
    };
    let is_std = |krate: &str| matches!(krate, "std" | "core" | "alloc");
    let part = first.strip_prefix(first_pattern.as_str()).and_then(|rest| rest.strip_prefix('_'));
    let same_crate = fits(first, first_pattern) || part.is_some() || (is_std(first) && is_std(first_pattern));
    if !same_crate || !fits(last, last_pattern) {
        return false;
    }
    let inner = part.into_iter().chain(path[1..path.len() - 1].iter().map(String::as_str));
    let mut expected = pattern[1..pattern.len() - 1].iter().peekable();
    for segment in inner {
        let is_expected = expected.next_if(|pattern| fits(segment, pattern)).is_some();
        if !is_expected && !is_module(segment) {
            return false;
        }
    }
    expected.peek().is_none()
}

/// Whether a segment names a module, by the case of its first letter.
fn is_module(segment: &str) -> bool {
    segment.starts_with(|c: char| c.is_lowercase() || c == '_')
}

fn fits(segment: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => segment.starts_with(prefix),
        None => segment == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::{Name, is_path, pointee, segments};

    fn path(text: &str) -> Vec<String> {
        segments(text).0
    }

    #[test]
    fn function_has_path_and_arguments() {
        let name = Name::parse("std::fs::read::<&str>");
        assert_eq!(name.path, ["std", "fs", "read"]);
        assert_eq!(name.arguments, "&str");
    }

    #[test]
    fn inherent_method_has_path_of_its_type() {
        let name = Name::parse("<std::thread::join_handle::JoinHandle<alloc::vec::Vec<u8>>>::join");
        assert!(is_path(&name.path, &path("std::thread::JoinHandle::join")));
        assert_eq!(name.of_trait, None);
    }

    #[test]
    fn trait_method_has_type_and_trait() {
        let name = Name::parse("<&std::fs::File as std::io::Read>::read_to_end");
        assert_eq!(name.self_type.as_deref(), Some("&std::fs::File"));
        assert_eq!(name.of_trait, Some(path("std::io::Read")));
        assert_eq!(name.path, ["std", "fs", "File", "read_to_end"]);
    }

    #[test]
    fn arrow_of_function_type_closes_nothing() {
        let name = Name::parse("<core::option::Option<fn(u8) -> u8>>::map::<fn(u8) -> u8, u8>");
        assert_eq!(name.path, ["core", "option", "Option", "map"]);
        assert_eq!(name.arguments, "fn(u8) -> u8, u8");
    }

    #[test]
    fn closure_of_method_has_path_of_its_method() {
        let name = Name::parse("<app::Writer>::read::{closure#0}::{closure#1}");
        assert_eq!(name.path, ["app", "Writer", "read", "{closure#0}", "{closure#1}"]);
    }

    #[test]
    fn pattern_may_skip_modules_but_not_change_the_crate() {
        assert!(is_path(&path("std::sync::poison::condvar::Condvar::wait"), &path("std::sync::Condvar::wait")));
        assert!(is_path(&path("futures_executor::local_pool::block_on"), &path("futures::executor::block_on")));
        assert!(!is_path(&path("tokio::fs::read"), &path("std::fs::read")));
        assert!(!is_path(&path("std::fs::read_dir"), &path("std::fs::read")));
        assert!(!is_path(&path("std::fs::OpenOptions::read"), &path("std::fs::read")));
    }

    #[test]
    fn pointee_is_behind_references_and_boxes() {
        assert_eq!(pointee("&mut alloc::boxed::Box<std::fs::File>"), "std::fs::File");
    }
}

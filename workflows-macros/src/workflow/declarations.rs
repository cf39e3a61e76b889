//! The declarations of the types in the fields of a workflow, as far as the file that declares it shows them.
//!
//! The text of a type says whether it may be one of std that cannot be shared, one of another crate, or one of this
//! crate that holds such a one. Only these fields have a check of their own, and none has if a field refers to the
//! workflow, as through a stored [`Context`]: whether such a field is `Sync` depends on whether the workflow is one. A
//! field of another type that cannot be shared is reported by the implementations.

use crate::source::{self, declarations};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::HashSet;
use syn::{Fields, Item, Type};

/// Finds declarations by their names. Types of one name in several modules count as one: this only decides which fields
/// are checked.
pub(crate) struct Declarations {
    workflow: Ident,
    /// The file that declares the workflow.
    file: String,
}

/// The names in the text of types.
#[derive(Default)]
struct Names {
    all: HashSet<String>,
    /// Those that the crate declares.
    declared: HashSet<String>,
    /// A raw pointer, or a `dyn` without `Send` and `Sync`.
    is_unshareable: bool,
    /// A type of another crate.
    has_external: bool,
    /// A type whose declaration is not found.
    has_unknown: bool,
}

impl Declarations {
    pub(crate) fn around(workflow: &Ident) -> Self {
        let file = source::file(workflow.span()).unwrap_or_default();
        Self { workflow: workflow.clone(), file }
    }

    pub(crate) fn may_be_unshareable(&self, ty: &Type) -> bool {
        let names = self.names(ty);
        // A type of the crate hides one of std.
        let is_cell = |name: &&str| names.all.contains(*name) && !names.declared.contains(*name);
        let is_external = names.has_external && !names.has_unknown;
        names.is_unshareable || is_external || UNSHAREABLE.iter().any(is_cell)
    }

    /// Whether the text of a type names the workflow, or a type of this library that may be of it.
    pub(crate) fn refers_to_workflow(&self, ty: &Type) -> bool {
        let names = self.names(ty);
        let workflow = self.workflow.to_string();
        ["Context", "RunHandle", "EventStream", "Self", &workflow].into_iter().any(|name| names.all.contains(name))
    }

    /// The names in a type, and in the declarations of these names, and so on.
    fn names(&self, ty: &Type) -> Names {
        let mut names = Names::of(ty);
        let mut due: Vec<String> = names.all.iter().cloned().collect();
        while let Some(name) = due.pop() {
            if self.workflow == name || !name.starts_with(|first: char| first.is_uppercase()) {
                continue;
            }
            let found = declarations(&self.file, &name);
            if found.is_empty() {
                match root(&self.file, &name) {
                    Some(root) if STD.contains(&&*root) => {}
                    Some(root) if !declares_module(&self.file, &root) => names.has_external = true,
                    None if KNOWN.contains(&&*name) || UNSHAREABLE.contains(&&*name) => {}
                    _ => names.has_unknown = true,
                }
            }
            for item in found {
                names.declared.insert(name.clone());
                for ty in types(item) {
                    let inner = Names::of(&ty);
                    names.is_unshareable |= inner.is_unshareable;
                    for name in inner.all {
                        if names.all.insert(name.clone()) {
                            due.push(name);
                        }
                    }
                }
            }
        }
        names
    }
}

/// Types of std that cannot be shared.
const UNSHAREABLE: &[&str] = &["Rc", "Cell", "RefCell", "UnsafeCell", "OnceCell", "LazyCell", "MutexGuard"];

/// Types of std whose names need no import, or are known.
const KNOWN: &[&str] = &[
    "Arc",
    "Box",
    "BTreeMap",
    "BTreeSet",
    "Cow",
    "Duration",
    "Fn",
    "FnMut",
    "FnOnce",
    "Future",
    "HashMap",
    "HashSet",
    "Instant",
    "Mutex",
    "OnceLock",
    "Option",
    "PathBuf",
    "Pin",
    "PhantomData",
    "Result",
    "RwLock",
    "Self",
    "Send",
    "String",
    "Sync",
    "SystemTime",
    "Vec",
    "VecDeque",
    "Weak",
];

const STD: &[&str] = &["std", "core", "alloc"];

/// The types of the fields, or of an alias.
fn types(item: Item) -> Vec<Type> {
    let of = |fields: Fields| fields.into_iter().map(|field| field.ty).collect::<Vec<_>>();
    match item {
        Item::Struct(item) => of(item.fields),
        Item::Enum(item) => item.variants.into_iter().flat_map(|variant| of(variant.fields)).collect(),
        Item::Union(item) => item.fields.named.into_iter().map(|field| field.ty).collect(),
        Item::Type(item) => vec![*item.ty],
        _ => Vec::new(),
    }
}

/// The first segment of the path that a file imports under a name, or writes before it.
fn root(file: &str, name: &str) -> Option<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    for item in file.split("use ").skip(1).filter_map(|rest| rest.split(';').next()) {
        let mut words = item.split(|c| !is_word(c)).filter(|word| !word.is_empty());
        let root = words.next();
        if words.any(|word| word == name) {
            return root.map(str::to_owned);
        }
    }
    let (before, _) = file.split_once(&format!("::{name}"))?;
    let path = before.rsplit(|c| !is_word(c) && c != ':').next()?;
    path.split("::").find(|segment| !segment.is_empty()).map(str::to_owned)
}

/// Whether a path that begins with this segment stays in the crate.
fn declares_module(file: &str, segment: &str) -> bool {
    matches!(segment, "crate" | "self" | "super")
        || file.contains(&format!("mod {segment}"))
        || file.split("use ").skip(1).any(|rest| {
            let item = rest.split(';').next().unwrap_or_default();
            ["crate::", "self::", "super::"].iter().any(|root| item.starts_with(root)) && item.contains(segment)
        })
}

impl Names {
    fn of(ty: &Type) -> Self {
        let mut names = Self::default();
        names.add(ty.to_token_stream());
        let has = |name: &str| names.all.contains(name);
        let has_object = has("dyn") && !(has("Send") && has("Sync"));
        names.is_unshareable |= has_object;
        names
    }

    fn add(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(name) => drop(self.all.insert(name.to_string())),
                TokenTree::Punct(punct) => self.is_unshareable |= punct.as_char() == '*',
                TokenTree::Group(group) => self.add(group.stream()),
                TokenTree::Literal(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Declarations;
    use syn::parse_quote;

    fn declarations(file: &str) -> Declarations {
        Declarations { workflow: parse_quote!(Flow), file: file.to_owned() }
    }

    #[test]
    fn field_is_checked_if_a_type_of_the_file_holds_one_of_std() {
        let text = "struct Flow { inner: Inner } struct Inner(Vec<Deep>); enum Deep { A, B { n: Rc<u8> } }
            type Log = RefCell<u8>; struct Loop { next: Option<Box<Loop>> } struct OnceCell(u8);
            struct Sound { of: Box<dyn Fn() + Send + Sync> } struct Unsound { of: Box<dyn Fn()>, s: Sound }";
        let declared = declarations(text);
        let checked = |ty| declared.may_be_unshareable(&ty);
        assert!(checked(parse_quote!(Inner)));
        assert!(checked(parse_quote!(Arc<Deep>)));
        assert!(checked(parse_quote!(Log)));
        assert!(checked(parse_quote!(*const u8)));
        assert!(checked(parse_quote!(Box<dyn Fn()>)));
        assert!(checked(parse_quote!(Unsound)));
        assert!(!checked(parse_quote!(Sound)));
        assert!(!checked(parse_quote!(Loop)));
        assert!(!checked(parse_quote!(OnceCell)));
        assert!(!checked(parse_quote!(String)));
    }

    #[test]
    fn field_is_checked_if_it_may_hold_one_of_another_crate() {
        let text =
            "use crate::held::Held; use git2::Repository; mod sheet; struct Own(Repository); struct Both(Own, Held);";
        let declared = declarations(text);
        let checked = |ty| declared.may_be_unshareable(&ty);
        assert!(checked(parse_quote!(Repository)));
        assert!(checked(parse_quote!(Option<Own>)));
        assert!(!checked(parse_quote!(Held)), "another file of the crate is not read");
        assert!(!checked(parse_quote!(Both)), "another file of the crate is not read");
        assert!(!checked(parse_quote!(WrittenByAMacro)));
        assert!(!checked(parse_quote!(Arc<Mutex<Vec<PathBuf>>>)));
    }

    #[test]
    fn field_that_refers_to_its_workflow_is_found() {
        let text =
            "struct Flow { held: Held } struct Held { of: Cell<u8>, run: Runs } type Runs = Vec<RunHandle<Flow>>;
            struct Mine(Cell<u8>); struct Through(<Mine as Store>::Of); impl Store for Mine { type Of = Held; }";
        let declared = declarations(text);
        let refers = |ty| declared.refers_to_workflow(&ty);
        assert!(refers(parse_quote!(Arc<Held>)));
        assert!(refers(parse_quote!(Weak<Flow>)));
        assert!(refers(parse_quote!(Option<Context<Self>>)));
        assert!(refers(parse_quote!(Through)));
        assert!(!refers(parse_quote!(Mine)));
    }
}

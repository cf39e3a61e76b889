//! Names that mean types of the standard library, unless the user has declared a type with such a name.

use proc_macro2::Ident;

const NAMES: &[&str] = &[
    "bool",
    "char",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "f32",
    "f64",
    "String",
    "Vec",
    "VecDeque",
    "Option",
    "Box",
    "HashMap",
    "BTreeMap",
    "HashSet",
    "BTreeSet",
    "Duration",
    "SystemTime",
    "PathBuf",
    "std",
    "alloc",
    "core",
    "string",
    "vec",
    "option",
    "boxed",
    "collections",
    "time",
    "path",
];

/// Whether a name is probably that of a type of the standard library that can be in an event, or of a module on its path.
///
/// A type of the user with such a name is checked by the compiler alone, with a message that is longer.
pub(crate) fn is_std(name: &Ident) -> bool {
    NAMES.iter().any(|std| name == std)
}

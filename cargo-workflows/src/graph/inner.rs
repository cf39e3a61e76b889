//! Workflows that are declared in functions: the test harness finds no tests there, so they have no graph.

use std::{
    fs,
    path::{Path, PathBuf},
};
use syn::{
    Attribute, ImplItemFn, ItemFn, ItemImpl, Type,
    visit::{self, Visit},
};

/// The folders of a package whose targets may have workflows.
const FOLDERS: [&str; 4] = ["src", "examples", "tests", "benches"];

/// A workflow in a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inner {
    pub(super) name: String,
    /// The innermost function around it.
    function: String,
    /// Relative to the package.
    file: PathBuf,
}

impl Inner {
    /// Where it is declared.
    pub(super) fn place(&self) -> String {
        format!("`{}` is declared in the function `{}` of {}", self.name, self.function, self.file.display())
    }
}

/// The workflows in functions of a package. Files that cannot be read or parsed are skipped: the compiler reports them.
pub(super) fn of_package(package: &Path) -> Vec<Inner> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect(&package.join(folder), &mut files);
    }
    files.sort();
    let mut found = Vec::new();
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let file = path.strip_prefix(package).unwrap_or(&path);
        found.extend(of_text(&text, file));
    }
    found
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        // A link may lead back here.
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn of_text(text: &str, file: &Path) -> Vec<Inner> {
    // Most files need no parser.
    if !text.contains("workflow") {
        return Vec::new();
    }
    let Ok(parsed) = syn::parse_file(text) else { return Vec::new() };
    let mut search = Search { file, functions: Vec::new(), found: Vec::new() };
    search.visit_file(&parsed);
    search.found
}

struct Search<'a> {
    file: &'a Path,
    /// The functions around the current item.
    functions: Vec<String>,
    found: Vec<Inner>,
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.functions.push(function.sig.ident.to_string());
        visit::visit_item_fn(self, function);
        self.functions.pop();
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.functions.push(function.sig.ident.to_string());
        visit::visit_impl_item_fn(self, function);
        self.functions.pop();
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if let Some(function) = self.functions.last()
            && item.attrs.iter().any(is_workflow)
            && let Type::Path(this) = &*item.self_ty
            && let Some(last) = this.path.segments.last()
        {
            let (name, function) = (last.ident.to_string(), function.clone());
            self.found.push(Inner { name, function, file: self.file.to_owned() });
        }
        visit::visit_item_impl(self, item);
    }
}

fn is_workflow(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "workflow")
}

#[cfg(test)]
mod tests {
    use super::of_text;
    use std::path::Path;

    fn places(text: &str) -> Vec<String> {
        of_text(text, Path::new("src/main.rs")).iter().map(super::Inner::place).collect()
    }

    #[test]
    fn workflow_in_a_function_is_found_with_its_function() {
        let text = "
            #[workflow] struct Outer;
            #[workflow] impl Outer {}
            mod inner {
                fn main() {
                    if true {
                        #[workflow] struct Digest;
                        #[workflow(state = u8)] impl Digest {}
                    }
                }
            }
            impl Server {
                async fn serve(&self) {
                    mod own {
                        #[workflows_runtime::workflow] impl super::Poll<u8> {}
                    }
                }
            }";
        assert_eq!(
            places(text),
            [
                "`Digest` is declared in the function `main` of src/main.rs",
                "`Poll` is declared in the function `serve` of src/main.rs"
            ]
        );
    }

    #[test]
    fn other_impls_and_broken_files_have_none() {
        assert_eq!(places("fn main() { impl Digest {} } // workflow"), [""; 0]);
        assert_eq!(places("fn main() { #[workflow] impl"), [""; 0]);
    }
}

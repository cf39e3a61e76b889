//! The package that a source file belongs to.

use crate::cargo::Metadata;
use std::path::Path;

/// Where code comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `core` and `alloc`, whose functions act for their caller.
    Core,
    Std,
    Package {
        krate: String,
        is_local: bool,
    },
    Unknown,
}

/// The folders of packages.
#[derive(Debug, Default)]
pub(crate) struct Folders(Vec<(String, Origin)>);

impl Folders {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let mut folders: Vec<_> = metadata
            .packages
            .iter()
            .filter_map(|package| {
                let folder = package.manifest_path.parent()?.to_str()?.to_owned();
                let krate = package.name.replace('-', "_");
                Some((folder, Origin::Package { krate, is_local: metadata.is_member(package) }))
            })
            .collect();
        // The innermost folder first.
        folders.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));
        Self(folders)
    }

    pub(crate) fn origin(&self, file: &str) -> Origin {
        if let Some((_, library)) = file.split_once("/library/")
            && file.contains("rustc/")
        {
            return if library.starts_with("core/") || library.starts_with("alloc/") {
                Origin::Core
            } else {
                Origin::Std
            };
        }
        let found = self.0.iter().find(|(folder, _)| Path::new(file).starts_with(folder));
        found.map_or(Origin::Unknown, |(_, origin)| origin.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{Folders, Origin};

    #[test]
    fn file_belongs_to_the_innermost_package() {
        let package = |krate: &str, is_local| Origin::Package { krate: krate.to_owned(), is_local };
        let folders =
            Folders(vec![("/app/tools".to_owned(), package("tools", true)), ("/app".to_owned(), package("app", true))]);
        assert_eq!(folders.origin("/app/src/main.rs"), package("app", true));
        assert_eq!(folders.origin("/app/tools/src/lib.rs"), package("tools", true));
        assert_eq!(folders.origin("/application/src/lib.rs"), Origin::Unknown);
        assert_eq!(folders.origin("/rustc/59807616e1/library/std/src/fs.rs"), Origin::Std);
        assert_eq!(folders.origin("/rustc/59807616e1/library/core/src/option.rs"), Origin::Core);
    }
}

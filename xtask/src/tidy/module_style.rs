//! Rule: a module that has a folder is the `mod.rs` in that folder, and not a file beside the
//! folder.

use std::collections::BTreeSet;

use super::finding::Finding;
use crate::file::File;
use crate::tree::Tree;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    in_folder(tree, "xtask/src/")
}

/// Returns the findings for a crate. The rule in `module_graph` reports them.
pub(super) fn of_crate(tree: &Tree, krate: &str) -> Vec<Finding> {
    in_folder(tree, &format!("crates/{krate}/src/"))
}

fn in_folder(tree: &Tree, folder: &str) -> Vec<Finding> {
    let folders: BTreeSet<_> = tree.files.iter().flat_map(folders).collect();
    let files = tree.files.iter().filter(|file| file.path.starts_with(folder));
    files.filter_map(|file| beside_folder(file, &folders)).collect()
}

/// Returns the paths of all folders that contain a file, directly or indirectly.
fn folders(file: &File) -> impl Iterator<Item = &str> {
    file.path.match_indices('/').map(|(at, _)| &file.path[..at])
}

fn beside_folder(file: &File, folders: &BTreeSet<&str>) -> Option<Finding> {
    let folder = file.path.strip_suffix(".rs")?;
    folders.contains(folder).then(|| {
        let message = format!("a module in two places: move this file to {folder}/mod.rs");
        Finding::of_file(&file.path, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::rule::assert_complies;

    #[test]
    fn the_checkout_complies() {
        assert_complies(check);
    }

    #[test]
    fn a_file_beside_its_folder_is_found() {
        let tree = Tree::of([
            ("crates/a/src/b.rs", ""),
            ("crates/a/src/b/c.rs", ""),
            ("crates/a/src/d/mod.rs", ""),
            ("crates/a/src/de.rs", ""),
            ("crates/a/tests/e.rs", ""),
            ("crates/a/tests/e/f.rs", ""),
        ]);
        let message = "a module in two places: move this file to crates/a/src/b/mod.rs";
        assert_eq!(of_crate(&tree, "a"), [Finding::of_file("crates/a/src/b.rs", message)]);
    }
}

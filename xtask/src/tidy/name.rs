//! Rule: a folder has the name of its package, and names of files and folders are descriptive.

use super::finding::Finding;
use crate::file::File;
use crate::package::Package;
use crate::tree::Tree;

/// The folders whose package has another name than the folder, each with the name of its package.
///
/// Their folders have short names, which would be too general for published crates.
const EXCEPTIONS: [(&str, &str); 9] = [
    ("agents", "runnable-agents"),
    ("cache", "runnable-cache"),
    ("cli", "runnable-cli"),
    ("conversations", "runnable-conversations"),
    ("evaluations", "runnable-evaluations"),
    ("events", "runnable-events"),
    ("jobs", "runnable-jobs"),
    ("otel", "runnable-otel"),
    ("rate-limit", "runnable-rate-limit"),
];

/// Names that do not describe the content of a file or folder.
const EMPTY: [&str; 5] = ["common", "helpers", "misc", "util", "utils"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let packages = tree.packages().filter_map(misnamed);
    packages.chain(tree.files.iter().filter_map(empty)).collect()
}

fn misnamed(package: Package<'_>) -> Option<Finding> {
    let Package { folder, name, .. } = package;
    let expected = EXCEPTIONS
        .iter()
        .find_map(|(exception, name)| (*exception == folder).then_some(*name))
        .unwrap_or(folder);
    (name != expected).then(|| {
        let line = package.manifest.value("package", "name").map_or(1, |value| value.line);
        let message =
            format!("package `{name}` in the folder `{folder}`; rename it to `{expected}`");
        Finding::new(package.manifest_path, line, message)
    })
}

fn empty(file: &File) -> Option<Finding> {
    let parts = file.parts();
    let mut names = parts.iter().map(|part| part.split_once('.').map_or(*part, |(stem, _)| stem));
    let name = names.find(|name| EMPTY.contains(name))?;
    let message = format!("`{name}` is not descriptive; name the file after what it contains");
    Some(Finding::of_file(&file.path, message))
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
    fn a_package_has_the_name_of_its_folder() {
        let tree = Tree::of([
            ("crates/a/Cargo.toml", "[package]\nname = \"a\"\n"),
            ("crates/b/Cargo.toml", "[package]\n\nname = \"c\"\n"),
            ("crates/events/Cargo.toml", "[package]\nname = \"runnable-events\"\n"),
        ]);
        let message = "package `c` in the folder `b`; rename it to `b`";
        assert_eq!(check(&tree), [Finding::new("crates/b/Cargo.toml", 3, message)]);
    }

    #[test]
    fn a_vague_name_is_found_as_a_folder_and_as_a_file() {
        let tree = Tree::of([
            ("crates/a/src/utils.rs", ""),
            ("crates/a/tests/common/mod.rs", ""),
            ("crates/a/src/commonly.rs", ""),
        ]);
        let message =
            |name| format!("`{name}` is not descriptive; name the file after what it contains");
        assert_eq!(
            check(&tree),
            [
                Finding::of_file("crates/a/src/utils.rs", message("utils")),
                Finding::of_file("crates/a/tests/common/mod.rs", message("common")),
            ]
        );
    }
}

//! Rule: the manifest of a published crate has the fields that a registry shows, and docs.rs
//! documents all features of the crate.

use super::finding::Finding;
use crate::package::Package;
use crate::tree::Tree;

/// The keys that the manifest of each published crate must have, because a registry shows them.
const KEYS: [&str; 4] = ["description", "readme", "keywords", "categories"];

/// The line in `lib.rs` that lets docs.rs show which feature an item needs.
const DOC_CFG: &str = "#![cfg_attr(docsrs, feature(doc_cfg))]";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.crates().flat_map(|package| of_crate(tree, package)).collect()
}

fn of_crate(tree: &Tree, package: Package<'_>) -> Vec<Finding> {
    let Package { manifest, manifest_path, folder, .. } = &package;
    let heading = manifest.line_of("package");
    let mut found = Vec::new();
    for key in KEYS {
        if manifest.value("package", key).is_none() && !manifest.inherits("package", key) {
            let message = format!("missing `{key}`: a registry shows it");
            found.push(Finding::new(manifest_path, heading, message));
        }
    }
    // The manifest of the workspace contains the URL of the repository as soon as it has one.
    let is_known = tree.root_manifest().value("workspace.package", "repository").is_some();
    if is_known && !manifest.inherits("package", "repository") {
        let message = "own or no `repository`: write `repository.workspace = true`";
        found.push(Finding::new(manifest_path, heading, message));
    }
    let all_features = manifest.value("package.metadata.docs.rs", "all-features");
    if all_features.is_none_or(|value| value.text != "true") {
        let message = "docs.rs leaves features out: write `[package.metadata.docs.rs]` and \
                       `all-features = true`";
        found.push(Finding::new(manifest_path, heading, message));
    }
    if tree.is_program(&package) {
        return found;
    }
    let lib = format!("crates/{folder}/src/lib.rs");
    if !tree.text(&lib).lines().any(|line| line == DOC_CFG) {
        let message = format!("docs.rs does not say what an item needs: write `{DOC_CFG}`");
        found.push(Finding::of_file(&lib, message));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::rule::assert_complies;

    const ROOT: (&str, &str) = ("Cargo.toml", "[workspace.package]\nrepository = \"a\"\n");

    #[test]
    fn the_checkout_complies() {
        assert_complies(check);
    }

    #[test]
    fn a_crate_that_says_nothing_is_found() {
        let manifest = "\n[package]\nname = \"a\"\n";
        let tree = Tree::of([ROOT, ("crates/a/Cargo.toml", manifest), ("crates/a/src/lib.rs", "")]);
        let found: Vec<_> = check(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(found.len(), KEYS.len() + 3, "{found:?}");
        assert_eq!(found[0], "crates/a/Cargo.toml:2: missing `description`: a registry shows it");
        assert!(
            found[4].contains("`repository`") && found[5].contains("all-features"),
            "{found:?}"
        );
        assert!(found[6].starts_with("crates/a/src/lib.rs:1: "), "{found:?}");
    }

    #[test]
    fn a_crate_that_says_all_is_right() {
        let manifest = "[package]\nname = \"a\"\ndescription = \"a\"\nreadme = \"a\"\n\
                        keywords = [\"a\"]\ncategories = [\"a\"]\nrepository.workspace = true\n\
                        [package.metadata.docs.rs]\nall-features = true\n";
        let lib = format!("//! A.\n\n{DOC_CFG}\n");
        let tree =
            Tree::of([ROOT, ("crates/a/Cargo.toml", manifest), ("crates/a/src/lib.rs", &lib)]);
        assert_eq!(check(&tree), []);
    }
}

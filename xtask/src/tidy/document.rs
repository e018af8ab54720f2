//! Rule: the expected documents exist in the root, and the overviews name every crate.

use super::finding::Finding;
use crate::package::Package;
use crate::tree::Tree;

/// The documents that must exist in the root.
const EXPECTED: [&str; 6] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
];

/// The documents that must name every crate.
const OVERVIEWS: [&str; 2] = ["ARCHITECTURE.md", "README.md"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let missing = EXPECTED
        .into_iter()
        .filter(|path| tree.file(path).is_none())
        .map(|path| Finding::of_file(path, "missing document; write it"));
    let unnamed = OVERVIEWS
        .into_iter()
        .filter(|path| tree.file(path).is_some())
        .flat_map(|path| tree.crates().filter_map(move |package| unnamed(tree, path, package)));
    missing.chain(unnamed).collect()
}

fn unnamed(tree: &Tree, path: &str, package: Package<'_>) -> Option<Finding> {
    let name = package.name;
    (!names(tree.text(path), name)).then(|| {
        Finding::of_file(path, format!("missing description of the crate `{name}`; add one"))
    })
}

/// Returns whether the text contains the name as a separate word, and not only as part of a longer
/// name.
fn names(text: &str, name: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).any(|word| word == name)
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
    fn a_missing_document_is_found() {
        let found = check(&Tree::of([("README.md", ""), ("docs/CHANGELOG.md", "")]));
        assert_eq!(found.len(), EXPECTED.len() - 1);
        assert!(found.contains(&Finding::of_file("CHANGELOG.md", "missing document; write it")));
    }

    #[test]
    fn a_missing_crate_is_found() {
        let documents = EXPECTED.map(|path| (path, "See `a-chat`, `a-core`.\n"));
        let mut tree = Tree::of(documents);
        let crates = ["a-core", "a"].map(|name| {
            let manifest = format!("[package]\nname = \"{name}\"\n");
            (format!("crates/{name}/Cargo.toml"), manifest)
        });
        tree.files
            .extend(Tree::of([(&crates[0].0, &crates[0].1), (&crates[1].0, &crates[1].1)]).files);
        let message = "missing description of the crate `a`; add one";
        assert_eq!(check(&tree), OVERVIEWS.map(|path| Finding::of_file(path, message)));
    }
}

//! Rule: every source file starts with a documentation comment about the file.

use super::finding::Finding;
use crate::file::File;
use crate::tree::Tree;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().filter(|file| is_covered(file)).filter_map(missing).collect()
}

/// Returns whether a file must be documented. This is required for the sources of crates and for
/// examples, but not for tests.
fn is_covered(file: &File) -> bool {
    matches!(
        file.parts().as_slice(),
        ["crates", _, "src" | "examples", ..] | ["examples" | "xtask", ..]
    )
}

fn missing(file: &File) -> Option<Finding> {
    (!file.rust()?.starts_with("//!")).then(|| {
        Finding::of_file(
            &file.path,
            "missing module documentation; start the file with `//!` and what it contains",
        )
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
    fn a_file_without_a_doc_is_found() {
        let tree = Tree::of([
            ("crates/a/src/bare.rs", "use std::fmt;\n"),
            ("crates/a/src/late.rs", "#![allow(dead_code)]\n//! A doc.\n"),
            ("crates/a/src/told.rs", "//! A doc.\n"),
            ("crates/a/src/told.txt", "No source.\n"),
            ("crates/a/tests/it.rs", "use std::fmt;\n"),
            ("examples/examples/bare.rs", "fn main() {}\n"),
        ]);
        let found: Vec<_> = check(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("crates/a/src/bare.rs:1: "));
        assert!(found[1].starts_with("crates/a/src/late.rs:1: "));
        assert!(found[2].starts_with("examples/examples/bare.rs:1: "));
    }
}

//! Rule: a source file is short enough to be read in one go.

use super::finding::Finding;
use crate::file::File;
use crate::tree::Tree;

/// The maximum number of lines of a source file, without its documentation.
///
/// Documentation is not counted, because otherwise an example for each public method would not fit.
const SOURCE: usize = 400;

/// The maximum number of lines of a test file. It is larger, because tests are read one by one.
const TESTS: usize = 800;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().filter_map(too_long).collect()
}

fn too_long(file: &File) -> Option<Finding> {
    let lines = file.rust()?.lines().filter(|line| !is_doc(line)).count();
    let limit = if file.is_in_tests() || file.name() == "tests.rs" { TESTS } else { SOURCE };
    (lines > limit).then(|| {
        let message = format!("the file has {lines} lines, limit {limit}; split it");
        Finding::new(&file.path, limit + 1, message)
    })
}

fn is_doc(line: &str) -> bool {
    line.trim_start().starts_with("///") || line.starts_with("//!")
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
    fn the_limit_is_the_last_line_allowed() {
        let (fits, exceeds) = ("\n".repeat(SOURCE), "\n".repeat(SOURCE + 1));
        let tree = Tree::of([("crates/a/src/a.rs", &fits), ("crates/a/src/b.rs", &exceeds)]);
        let found = check(&tree);
        let message = "the file has 401 lines, limit 400; split it";
        assert_eq!(found, [Finding::new("crates/a/src/b.rs", 401, message)]);
    }

    #[test]
    fn documentation_does_not_count() {
        let docs = "//! A module.\n    /// An item.\n".repeat(SOURCE);
        assert_eq!(check(&Tree::of([("crates/a/src/a.rs", &docs)])), []);
    }

    #[test]
    fn tests_may_be_longer_and_data_may_be_of_any_length() {
        let (fits, exceeds) = ("\n".repeat(TESTS), "\n".repeat(TESTS + 1));
        let tree = Tree::of([
            ("crates/a/tests/a.rs", &fits),
            ("crates/a/src/tests.rs", &fits),
            ("crates/a/tests/b.rs", &exceeds),
            ("crates/a/tests/stream.txt", &exceeds),
        ]);
        let found = check(&tree);
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .to_string()
                .starts_with("crates/a/tests/b.rs:801: the file has 801 lines, limit 800")
        );
    }
}

//! Rule: no line ends with whitespace, and each file ends with a newline.

use super::finding::Finding;
use crate::file::File;
use crate::tree::Tree;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().filter(|file| !is_recording(file)).flat_map(found_in).collect()
}

/// Returns whether a file is a recording that a test compares byte by byte.
fn is_recording(file: &File) -> bool {
    file.is_in_tests() && file.rust().is_none()
}

fn found_in(file: &File) -> Vec<Finding> {
    let text = file.text.as_deref().unwrap_or_default();
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.ends_with([' ', '\t']) {
            found.push(Finding::new(&file.path, at + 1, "trailing whitespace; remove it"));
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        let message = "missing newline at the end of the file; add it";
        found.push(Finding::new(&file.path, text.lines().count(), message));
    }
    found
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
    fn both_kinds_are_found_with_their_line() {
        let found = check(&Tree::of([("a.md", "one\ntwo \nthree\t\nfour")]));
        let found: Vec<_> = found.iter().map(Finding::to_string).collect();
        assert_eq!(
            found,
            [
                "a.md:2: trailing whitespace; remove it",
                "a.md:3: trailing whitespace; remove it",
                "a.md:4: missing newline at the end of the file; add it",
            ]
        );
    }

    #[test]
    fn empty_files_windows_lines_and_recordings_are_left_alone() {
        let tree = Tree::of([
            ("empty.txt", ""),
            ("windows.txt", "one\r\ntwo\r\n"),
            ("crates/a/tests/data/stream.txt", "data: \n\ndata: end"),
        ]);
        assert_eq!(check(&tree), []);
    }
}

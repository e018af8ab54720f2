//! Rule: a test that a document names exists in the named file.

use std::collections::HashMap;

use super::finding::Finding;
use crate::file::File;
use crate::tree::Tree;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let documents = tree.files.iter().filter(|file| file.path.ends_with(".md"));
    documents.flat_map(|document| missing(tree, document)).collect()
}

/// Returns a finding for each test that a document names and that does not exist. A document names
/// a test as `` [`name`][file] ``, and contains `[file]: ../path.rs` further below.
fn missing(tree: &Tree, document: &File) -> Vec<Finding> {
    let text = document.text.as_deref().unwrap_or_default();
    let targets: HashMap<_, _> = text.lines().filter_map(target).collect();
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for (name, file) in named(line) {
            let Some(target) = targets.get(file) else {
                let message = format!("`{name}` has an undefined link; add a line `[{file}]: …`");
                found.push(Finding::new(&document.path, at + 1, message));
                continue;
            };
            let path = resolved(&document.path, target);
            let is_of_tests = path.ends_with(".rs") && path.contains("/tests/");
            if is_of_tests && !has_test(tree.text(&path), name) {
                let message = format!("unknown test `{name}` in {path}; name an existing test");
                found.push(Finding::new(&document.path, at + 1, message));
            }
        }
    }
    found
}

fn target(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix('[')?.split_once("]: ")
}

fn named(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split("[`").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once('`')?;
        let (file, _) = rest.strip_prefix("][")?.split_once(']')?;
        Some((name, file))
    })
}

/// Returns the path of the file to which a relative link in a document leads.
fn resolved(document: &str, target: &str) -> String {
    let mut parts: Vec<_> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." => (),
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Returns whether a file contains a test with this name.
fn has_test(rust: &str, name: &str) -> bool {
    let mut is_test = false;
    rust.lines().map(str::trim).any(|line| {
        if line.starts_with("#[") {
            is_test |= line.starts_with("#[test") || line.starts_with("#[tokio::test");
            return false;
        }
        let is_it = line
            .split_once("fn ")
            .and_then(|(_, rest)| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('('));
        // A comment may be between the attribute `#[test]` and the function.
        let was_test = if line.starts_with("//") { is_test } else { std::mem::take(&mut is_test) };
        was_test && is_it
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::rule::assert_complies;

    const TESTS: &str = "\
#[tokio::test(start_paused = true)]
async fn waits() {}

fn is_no_test() {}

    #[test]
    /// In a macro.
    fn holds(n in 0..9) {
";

    #[test]
    fn the_checkout_complies() {
        assert_complies(check);
    }

    #[test]
    fn tests_and_functions_are_distinguished() {
        assert!(has_test(TESTS, "waits") && has_test(TESTS, "holds"));
        for name in ["wait", "is_no_test", "n"] {
            assert!(!has_test(TESTS, name), "{name}");
        }
    }

    #[test]
    fn an_unknown_test_is_found() {
        let document = "\
[`waits`][a], [`holds`][a] and [`gone`][a]; [`Type`] and [`b`][c]
[`anything`][lib], [`lost`][d]

[a]: ../crates/a/tests/it.rs
[c]: it.md
[lib]: ../crates/a/src/lib.rs
";
        let tree = Tree::of([("docs/a.md", document), ("crates/a/tests/it.rs", TESTS)]);
        let found: Vec<_> = check(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(
            found,
            [
                "docs/a.md:1: unknown test `gone` in crates/a/tests/it.rs; name an existing test",
                "docs/a.md:2: `lost` has an undefined link; add a line `[d]: …`",
            ]
        );
    }
}

//! Rule: `mod.rs` and `lib.rs` contain only declarations.

use super::finding::Finding;
use crate::file::File;
use crate::tree::Tree;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().filter(|file| is_index(file)).flat_map(bodies).collect()
}

fn is_index(file: &File) -> bool {
    matches!(file.name(), "mod.rs" | "lib.rs") && !file.is_in_tests()
}

fn bodies(file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    // The entry points of procedural macros must be in `lib.rs`.
    let mut is_entry_point = false;
    for (at, line) in file.rust().unwrap_or_default().lines().enumerate() {
        if line.starts_with("#[proc_macro") {
            is_entry_point = true;
        } else if begins_body(line) {
            if !is_entry_point {
                let message =
                    "code in an index file (`lib.rs` or `mod.rs`); move it to its own module";
                found.push(Finding::new(&file.path, at + 1, message));
            }
            is_entry_point = false;
        }
    }
    found
}

/// Returns whether a function or an `impl` block starts in this line. An indented line is ignored,
/// because it belongs to a macro, or to a body that was already found.
fn begins_body(line: &str) -> bool {
    let is_prefix = |word: &&str| {
        word.starts_with("pub")
            || matches!(*word, "const" | "async" | "unsafe" | "extern" | "\"C\"")
    };
    let keyword = line.split(' ').find(|word| !is_prefix(word)).unwrap_or_default();
    matches!(keyword, "fn" | "impl") || keyword.starts_with("impl<")
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
    fn code_and_declarations_are_distinguished() {
        for code in [
            "fn a() {}",
            "pub fn a() {}",
            "pub(crate) const fn a() {}",
            "pub async unsafe fn a() {}",
            "impl A {",
            "impl<T> A<T> {",
            "unsafe impl Send for A {}",
        ] {
            assert!(begins_body(code), "{code}");
        }
        for declaration in [
            "//! fn of old",
            "pub use a::A;",
            "pub mod a;",
            "macro_rules! a {",
            "    fn in_a_macro() {}",
            "pub const A: u8 = 1;",
            "",
        ] {
            assert!(!begins_body(declaration), "{declaration}");
        }
    }

    #[test]
    fn only_index_files_are_checked() {
        let tree = Tree::of([
            ("crates/a/src/lib.rs", "//! A.\nmod b;\nfn a() {}\n"),
            ("crates/a/src/b.rs", "fn b() {}\n"),
            ("crates/a/tests/c/mod.rs", "fn c() {}\n"),
        ]);
        let found = check(&tree);
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().starts_with("crates/a/src/lib.rs:3: "));
    }

    #[test]
    fn the_entry_point_of_a_procedural_macro_may_stay() {
        let text = "#[proc_macro_derive(A)]\n/// A.\npub fn a() {\n}\n\nfn b() {}\n";
        let found = check(&Tree::of([("crates/a/src/lib.rs", text)]));
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().starts_with("crates/a/src/lib.rs:6: "));
    }
}

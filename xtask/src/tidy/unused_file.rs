//! Rule: every source file is declared as a module, so that it is compiled.

use super::finding::Finding;
use crate::file::File;
use crate::tree::Tree;

/// The names of files that are the root of a crate or of a folder of modules.
const ROOTS: [&str; 3] = ["lib.rs", "main.rs", "mod.rs"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().filter_map(|file| unused(tree, file)).collect()
}

fn unused(tree: &Tree, file: &File) -> Option<Finding> {
    file.rust()?;
    let (folder, name) = file.path.rsplit_once('/')?;
    // A file in a folder of modules is declared beside it, and the folder itself outside of it.
    let (folder, module) = match name {
        "lib.rs" | "main.rs" => return None,
        "mod.rs" => folder.rsplit_once('/')?,
        _ => (folder, name.trim_end_matches(".rs")),
    };
    let beside = format!("{folder}.rs");
    let declaring: Vec<_> =
        ROOTS.iter().map(|root| format!("{folder}/{root}")).chain([beside]).collect();
    let mut declaring = declaring.iter().filter_map(|path| tree.file(path)?.rust()).peekable();
    // Cargo finds the files of a folder without a root itself: each is a test, an example or a
    // benchmark of its own.
    declaring.peek()?;
    // A test can pass all files of a folder to the compiler.
    let is_used = |text: &str| declares(text, module) || text.contains("/*.rs\"");
    let is_declared = declaring.any(is_used) || is_included(tree, name);
    (!is_declared).then(|| {
        Finding::of_file(
            &file.path,
            format!("unused source file; add `mod {module};` where it belongs, or delete the file"),
        )
    })
}

fn declares(text: &str, module: &str) -> bool {
    let declaration = format!("mod {module};");
    text.lines().any(|line| {
        let line = line.trim_start();
        let at = line.find(&declaration);
        at.is_some_and(|at| at == 0 || (line.starts_with("pub") && line[..at].ends_with(' ')))
    })
}

/// Returns whether a file contains the path of this file, as in `include!` or `#[path = "…"]`.
fn is_included(tree: &Tree, name: &str) -> bool {
    let ends = [format!("/{name}\""), format!("\"{name}\"")];
    let contains = |text: &str| {
        let includes = |line: &str| line.contains("include") || line.contains("path = ");
        text.lines().any(|line| includes(line) && ends.iter().any(|end| line.contains(end)))
    };
    tree.files.iter().filter_map(File::rust).any(contains)
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
    fn a_file_that_no_module_declares_is_found() {
        let tree = Tree::of([
            ("crates/a/src/lib.rs", "mod used;\npub(crate) mod folder;\n// mod unused;\n"),
            ("crates/a/src/used.rs", ""),
            ("crates/a/src/unused.rs", ""),
            ("crates/a/src/folder/mod.rs", "mod inner;\n#[path = \"other.rs\"]\nmod x;\n"),
            ("crates/a/src/folder/inner.rs", ""),
            ("crates/a/src/folder/other.rs", ""),
            ("crates/a/src/folder/left.rs", ""),
            ("crates/a/src/gone/mod.rs", ""),
            ("crates/a/tests/suite/main.rs", "mod words;\n"),
            ("crates/a/tests/suite/words.rs", ""),
            ("crates/a/tests/suite/sentences.rs", ""),
            ("crates/a/tests/alone.rs", ""),
            ("crates/a/tests/errors.rs", "compile_fail(\"tests/errors/*.rs\");\n"),
            ("crates/a/tests/errors/wrong.rs", ""),
            ("crates/a/benches/alone.rs", ""),
        ]);
        let found: Vec<_> = check(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].starts_with("crates/a/src/unused.rs:1: unused source file; add `mod"));
        assert!(found[1].starts_with("crates/a/src/folder/left.rs:1: "));
        assert!(found[2].starts_with("crates/a/src/gone/mod.rs:1: "));
        assert!(found[3].starts_with("crates/a/tests/suite/sentences.rs:1: "));
    }
}

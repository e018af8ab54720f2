//! Rule: `README.md` shows commands that CI runs, so that they are known to work. Every crate has a
//! README whose code is compiled.

use super::finding::Finding;
use crate::package::Package;
use crate::tree::Tree;

/// The first command for a new user.
pub(crate) const QUICKSTART: &str = "cargo run --release --example quickstart";

/// The command that runs all tests.
pub(crate) const TEST: &str = "cargo test --workspace";

const PATH: &str = "README.md";

/// The attribute that compiles the code of a crate's README as a documentation test.
const COMPILED: &str = "#[doc = include_str!(\"../README.md\")]";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let commands = [QUICKSTART, TEST].into_iter();
    let hidden = commands.filter(|command| !shows(tree.text(PATH), command)).map(|command| {
        let message = format!("missing command `{command}`; add it to a fenced block");
        Finding::of_file(PATH, message)
    });
    hidden.chain(tree.crates().filter_map(|package| of_crate(tree, package))).collect()
}

/// Returns a finding if a crate has no README, or if the code in its README is not compiled.
fn of_crate(tree: &Tree, package: Package<'_>) -> Option<Finding> {
    let folder = format!("crates/{}", package.folder);
    let (readme, lib) = (format!("{folder}/README.md"), format!("{folder}/src/lib.rs"));
    if tree.file(&readme).is_none() {
        return Some(Finding::of_file(&readme, "missing file; describe the crate in it"));
    }
    (!tree.is_program(&package) && !tree.text(&lib).contains(COMPILED)).then(|| {
        let message = format!("the code in the README is not compiled; write `{COMPILED}`");
        Finding::of_file(&lib, message)
    })
}

/// Returns whether a command is a line of a fenced code block. A shell comment may follow the
/// command.
fn shows(markdown: &str, command: &str) -> bool {
    let mut is_fenced = false;
    markdown.lines().map(str::trim).any(|line| {
        if line.starts_with("```") {
            is_fenced = !is_fenced;
        }
        let line = line.split_once(" #").map_or(line, |(before, _)| before.trim_end());
        is_fenced && line == command
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
    fn a_command_in_a_block_is_shown() {
        assert!(shows("```sh\ncargo test --workspace\n```\n", TEST));
        assert!(shows("```sh\ncargo test --workspace   # all of them\n```\n", TEST));
    }

    #[test]
    fn a_command_outside_a_block_is_not_shown() {
        assert!(!shows("cargo test --workspace\n", TEST));
        assert!(!shows("```sh\n```\ncargo test --workspace\n", TEST));
        assert!(!shows("```sh\ncargo test --workspace --no-run\n```\n", TEST));
    }

    #[test]
    fn a_crate_without_a_compiled_readme_is_found() {
        let root = "```sh\ncargo test --workspace\ncargo run --release --example quickstart\n```\n";
        let package = "[package]\nname = \"a\"\n";
        let compiled = format!("{COMPILED}\nstruct Readme;\n");
        let tree = Tree::of([
            (PATH, root),
            ("crates/a/Cargo.toml", package),
            ("crates/a/README.md", ""),
            ("crates/a/src/lib.rs", &compiled),
            ("crates/b/Cargo.toml", package),
            ("crates/c/Cargo.toml", package),
            ("crates/c/README.md", ""),
            ("crates/c/src/lib.rs", ""),
            ("crates/d/Cargo.toml", package),
            ("crates/d/README.md", ""),
            ("crates/d/src/main.rs", ""),
        ]);
        let found: Vec<_> = check(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("crates/b/README.md"), "{found:?}");
        assert!(found[1].starts_with("crates/c/src/lib.rs"), "{found:?}");
    }

    #[test]
    fn each_missing_command_is_found() {
        let tree = Tree::of([(PATH, "```sh\ncargo test --workspace\n```\n")]);
        let found: Vec<_> = check(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(found.len(), 1);
        assert!(found[0].contains(QUICKSTART), "{found:?}");
    }
}

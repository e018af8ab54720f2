//! The oldest compiler that a crate is said to need, if this machine has it or can get it.

use std::collections::BTreeMap;
use std::io::Write;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::package::Package;
use crate::tree::Tree;

/// The command lines that check a crate, by the version of Rust that it names.
#[derive(Debug, Default)]
pub(super) struct OldestRust {
    /// The begin of the command line for each version; `None` where the compiler is missing.
    lines: BTreeMap<String, Option<String>>,
}

/// Apart from other builds, which it would undo.
const TARGET: &str = "target/oldest-rust";

impl OldestRust {
    /// The begin of the command line that checks the package: by its oldest compiler, or by the
    /// current one if the oldest is not to be had.
    pub(super) fn check(
        &mut self,
        tree: &Tree,
        package: &Package<'_>,
        out: &mut dyn Write,
    ) -> Result<String, Failure> {
        let current = "cargo check --locked --quiet".to_owned();
        let Some(version) = version_of(tree, package) else { return Ok(current) };
        if !self.lines.contains_key(version) {
            let line = install(version).map(|()| {
                format!("rustup run {version} cargo check --locked --quiet --target-dir {TARGET}")
            });
            if let Err(why) = &line {
                writeln!(out, "no Rust {version} here, so the current one checks: {why}")?;
            }
            self.lines.insert(version.to_owned(), line.ok());
        }
        Ok(self.lines.get(version).cloned().flatten().unwrap_or(current))
    }
}

/// The version that the manifest of a package names, or that of the workspace.
fn version_of<'a>(tree: &'a Tree, package: &Package<'a>) -> Option<&'a str> {
    let root = tree.root_manifest().value("workspace.package", "rust-version");
    package.manifest.value("package", "rust-version").or(root).map(|value| value.text)
}

/// Makes sure that the compiler is there.
fn install(version: &str) -> Result<(), Failure> {
    let installed = Invocation::new("rustup toolchain list").read()?;
    let is_it = |line: &str| line.starts_with(&format!("{version}-"));
    if installed.lines().any(is_it) {
        return Ok(());
    }
    Invocation::new(&format!("rustup toolchain install {version} --profile minimal")).run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_checked_with_the_version_that_it_names() {
        let tree = Tree::of([
            ("Cargo.toml", "[workspace.package]\nrust-version = \"1.90\"\n"),
            ("crates/a/Cargo.toml", "[package]\nname = \"a\"\nrust-version.workspace = true\n"),
            ("crates/b/Cargo.toml", "[package]\nname = \"b\"\nrust-version = \"1.94\"\n"),
        ]);
        let versions: Vec<_> =
            tree.crates().filter_map(|package| version_of(&tree, &package)).collect();
        assert_eq!(versions, ["1.90", "1.94"]);
    }

    #[test]
    fn the_current_compiler_checks_where_the_oldest_is_missing() {
        let manifest = "[package]\nname = \"a\"\nrust-version = \"1.0.99\"\n";
        let tree = Tree::of([("crates/a/Cargo.toml", manifest)]);
        let package = tree.crates().next().expect("a package");
        let lines = BTreeMap::from([("1.0.99".to_owned(), None)]);
        let line = OldestRust { lines }.check(&tree, &package, &mut Vec::new());
        assert_eq!(line, Ok("cargo check --locked --quiet".to_owned()));
    }
}

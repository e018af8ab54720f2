//! Finds or installs the oldest compiler that a crate supports.

use std::collections::BTreeMap;
use std::io::Write;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::package::Package;
use crate::tree::Tree;
use crate::version::Version;

/// The start of the command line that checks a crate, for each version of Rust that a crate names.
#[derive(Debug, Default)]
pub(super) struct OldestRust {
    /// The start of the command line for each version, or `None` if this compiler cannot be
    /// installed.
    lines: BTreeMap<String, Option<String>>,
}

/// The target folder of these checks. It is separate, because a check with another compiler would
/// otherwise invalidate the results of other builds.
const TARGET: &str = "target/oldest-rust";

impl OldestRust {
    /// Returns the start of the command line that checks the package: with the oldest compiler that
    /// the package supports, or with the current compiler if the oldest cannot be installed.
    pub(super) fn check(
        &mut self,
        tree: &Tree,
        package: &Package<'_>,
        features: &[&str],
        out: &mut dyn Write,
    ) -> Result<String, Failure> {
        let current = "cargo check --locked --quiet".to_owned();
        let Some(version) = version_with(tree, package, features) else { return Ok(current) };
        if !self.lines.contains_key(version) {
            let line = install(version).map(|()| {
                format!("rustup run {version} cargo check --locked --quiet --target-dir {TARGET}")
            });
            if let Err(why) = &line {
                writeln!(out, "cannot install Rust {version}; using the current version: {why}")?;
            }
            self.lines.insert(version.to_owned(), line.ok());
        }
        Ok(self.lines.get(version).cloned().flatten().unwrap_or(current))
    }
}

/// Returns the oldest version of Rust that compiles a package with some of its features: the newest of
/// the versions that the package and the packages behind its features name.
fn version_with<'a>(tree: &'a Tree, package: &Package<'a>, features: &[&str]) -> Option<&'a str> {
    let manifest = package.manifest;
    let values: Vec<_> =
        features.iter().filter_map(|key| manifest.value("features", key)).collect();
    let is_enabled = |other: &Package<'_>| {
        let dependency = format!("\"dep:{}\"", other.name);
        values.iter().any(|value| value.text.contains(&dependency))
    };
    let others = tree.crates().filter(is_enabled);
    let versions = others.filter_map(|other| version_of(tree, &other));
    versions.chain(version_of(tree, package)).max_by_key(|version| Version::parse(version))
}

/// Returns the version of Rust in the manifest of a package, or in the manifest of the workspace.
fn version_of<'a>(tree: &'a Tree, package: &Package<'a>) -> Option<&'a str> {
    let root = tree.root_manifest().value("workspace.package", "rust-version");
    package.manifest.value("package", "rust-version").or(root).map(|value| value.text)
}

/// Installs the compiler of this version, unless it is already installed.
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
    fn a_feature_can_need_a_newer_compiler() {
        let tree = Tree::of([
            ("Cargo.toml", "[workspace.package]\nrust-version = \"1.9\"\n"),
            (
                "crates/a/Cargo.toml",
                "[package]\nname = \"a\"\n[features]\nlocal = [\"dep:b\"]\nother = []\n",
            ),
            ("crates/b/Cargo.toml", "[package]\nname = \"b\"\nrust-version = \"1.94\"\n"),
        ]);
        let package = tree.crates().next().expect("a package");
        assert_eq!(version_with(&tree, &package, &["other"]), Some("1.9"));
        assert_eq!(version_with(&tree, &package, &["local", "other"]), Some("1.94"));
    }

    #[test]
    fn the_current_compiler_checks_where_the_oldest_is_missing() {
        let manifest = "[package]\nname = \"a\"\nrust-version = \"1.0.99\"\n";
        let tree = Tree::of([("crates/a/Cargo.toml", manifest)]);
        let package = tree.crates().next().expect("a package");
        let lines = BTreeMap::from([("1.0.99".to_owned(), None)]);
        let line = OldestRust { lines }.check(&tree, &package, &[], &mut Vec::new());
        assert_eq!(line, Ok("cargo check --locked --quiet".to_owned()));
    }
}

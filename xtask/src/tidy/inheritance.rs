//! Rule: what all packages have in common is said once, in the workspace.

use super::finding::Finding;
use crate::manifest::Value;
use crate::package::Package;
use crate::tree::Tree;
use crate::version::Version;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let oldest =
        tree.root_manifest().value("workspace.package", "rust-version").and_then(version_of);
    let mut found = Vec::new();
    for package in tree.packages() {
        found.extend(["edition", "license"].into_iter().filter_map(|key| own(&package, key)));
        found.extend(rust_version(&package, oldest));
        found.extend(lints(&package));
    }
    found
}

/// A key that has to be inherited, and is not.
fn own(package: &Package<'_>, key: &str) -> Option<Finding> {
    (!package.manifest.inherits("package", key)).then(|| {
        let message = format!("own `{key}`: write `{key}.workspace = true`");
        Finding::new(package.manifest_path, line_of(package, key), message)
    })
}

/// A package may ask for a newer compiler than the others, for the sake of a dependency; one
/// that asks for an older one promises what its siblings break.
fn rust_version(package: &Package<'_>, oldest: Option<Version>) -> Option<Finding> {
    const KEY: &str = "rust-version";
    let stated = package.manifest.value("package", KEY).and_then(version_of);
    if stated.is_some() && stated > oldest { None } else { own(package, KEY) }
}

fn lints(package: &Package<'_>) -> Option<Finding> {
    let says_so = package.manifest.value("lints", "workspace").is_some_and(|it| it.text == "true");
    (!says_so).then(|| {
        let line = package.manifest.line_of("lints");
        let message = "own lints: write `[lints]` and `workspace = true`";
        Finding::new(package.manifest_path, line, message)
    })
}

fn version_of(value: Value<'_>) -> Option<Version> {
    Version::parse(value.text)
}

fn line_of(package: &Package<'_>, key: &str) -> usize {
    let heading = || package.manifest.line_of("package");
    package.manifest.value("package", key).map_or_else(heading, |value| value.line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::rule::assert_kept;

    const ROOT: (&str, &str) = ("Cargo.toml", "[workspace.package]\nrust-version = \"1.90\"\n");

    /// What is found in a package that is right but for its `rust-version`.
    fn found_with(rust_version: &str) -> Vec<Finding> {
        let manifest = format!(
            "[package]\nname = \"a\"\nedition.workspace = true\nlicense.workspace = true\n\
             {rust_version}\n\n[lints]\nworkspace = true\n"
        );
        check(&Tree::of([ROOT, ("crates/a/Cargo.toml", &manifest)]))
    }

    #[test]
    fn is_kept() {
        assert_kept(check);
    }

    #[test]
    fn a_package_that_inherits_all_is_right() {
        assert_eq!(found_with("rust-version.workspace = true"), []);
    }

    #[test]
    fn a_newer_compiler_may_be_asked_for_and_an_older_one_may_not() {
        assert_eq!(found_with("rust-version = \"1.94\""), []);
        let message = "own `rust-version`: write `rust-version.workspace = true`";
        for older in ["rust-version = \"1.90\"", "rust-version = \"1.85\""] {
            assert_eq!(found_with(older), [Finding::new("crates/a/Cargo.toml", 5, message)]);
        }
        assert_eq!(found_with(""), [Finding::new("crates/a/Cargo.toml", 1, message)]);
    }

    #[test]
    fn each_key_of_its_own_is_found() {
        let manifest = "[package]\nname = \"a\"\nedition = \"2021\"\nlicense = \"MIT\"\n";
        let found = check(&Tree::of([ROOT, ("crates/a/Cargo.toml", manifest)]));
        let found: Vec<_> = found.iter().map(Finding::to_string).collect();
        assert_eq!(
            found,
            [
                "crates/a/Cargo.toml:3: own `edition`: write `edition.workspace = true`",
                "crates/a/Cargo.toml:4: own `license`: write `license.workspace = true`",
                "crates/a/Cargo.toml:1: own `rust-version`: write `rust-version.workspace = true`",
                "crates/a/Cargo.toml:1: own lints: write `[lints]` and `workspace = true`",
            ]
        );
    }
}

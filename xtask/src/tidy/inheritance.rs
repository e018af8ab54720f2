//! Rule: settings that all packages share are inherited from the workspace.

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

/// Returns a finding if the package has its own value for a key instead of inheriting the value.
fn own(package: &Package<'_>, key: &str) -> Option<Finding> {
    (!package.manifest.inherits("package", key)).then(|| {
        let message = format!("`{key}` is not inherited; write `{key}.workspace = true`");
        Finding::new(package.manifest_path, line_of(package, key), message)
    })
}

/// Checks the Rust version of a package. A package may require a newer compiler than the workspace,
/// because of a dependency. It must not promise to support an older compiler, because the other
/// packages would break this promise.
fn rust_version(package: &Package<'_>, oldest: Option<Version>) -> Option<Finding> {
    const KEY: &str = "rust-version";
    let stated = package.manifest.value("package", KEY).and_then(version_of);
    if stated.is_some() && stated > oldest { None } else { own(package, KEY) }
}

fn lints(package: &Package<'_>) -> Option<Finding> {
    let says_so =
        package.manifest.value("lints", "workspace").is_some_and(|value| value.text == "true");
    (!says_so).then(|| {
        let line = package.manifest.line_of("lints");
        let message = "lints are not inherited; write `[lints]` and `workspace = true`";
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
    use crate::tidy::rule::assert_complies;

    const ROOT: (&str, &str) = ("Cargo.toml", "[workspace.package]\nrust-version = \"1.90\"\n");

    /// Returns the findings for a package with this `rust-version` that is otherwise correct.
    fn found_with(rust_version: &str) -> Vec<Finding> {
        let manifest = format!(
            "[package]\nname = \"a\"\nedition.workspace = true\nlicense.workspace = true\n\
             {rust_version}\n\n[lints]\nworkspace = true\n"
        );
        check(&Tree::of([ROOT, ("crates/a/Cargo.toml", &manifest)]))
    }

    #[test]
    fn the_checkout_complies() {
        assert_complies(check);
    }

    #[test]
    fn a_package_that_inherits_everything_complies() {
        assert_eq!(found_with("rust-version.workspace = true"), []);
    }

    #[test]
    fn only_a_newer_compiler_may_be_required() {
        assert_eq!(found_with("rust-version = \"1.94\""), []);
        let message = "`rust-version` is not inherited; write `rust-version.workspace = true`";
        for older in ["rust-version = \"1.90\"", "rust-version = \"1.85\""] {
            assert_eq!(found_with(older), [Finding::new("crates/a/Cargo.toml", 5, message)]);
        }
        assert_eq!(found_with(""), [Finding::new("crates/a/Cargo.toml", 1, message)]);
    }

    #[test]
    fn each_key_that_is_not_inherited_is_found() {
        let manifest = "[package]\nname = \"a\"\nedition = \"2021\"\nlicense = \"MIT\"\n";
        let found = check(&Tree::of([ROOT, ("crates/a/Cargo.toml", manifest)]));
        let found: Vec<_> = found.iter().map(Finding::to_string).collect();
        assert_eq!(
            found,
            [
                "crates/a/Cargo.toml:3: `edition` is not inherited; write `edition.workspace = true`",
                "crates/a/Cargo.toml:4: `license` is not inherited; write `license.workspace = true`",
                "crates/a/Cargo.toml:1: `rust-version` is not inherited; write `rust-version.workspace = true`",
                "crates/a/Cargo.toml:1: lints are not inherited; write `[lints]` and `workspace = true`",
            ]
        );
    }
}

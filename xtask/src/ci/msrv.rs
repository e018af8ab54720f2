//! The step that checks each crate with its minimum supported Rust version.

use std::collections::BTreeMap;
use std::io::Write;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::package::Package;
use crate::tree::Tree;

/// The description of the step in a list of steps.
pub(super) const LINE: &str = "rustup run OLDEST cargo check, with the oldest Rust of each crate";

/// A separate target folder, because another compiler would invalidate other builds.
const TARGET: &str = "target/msrv";

pub(super) fn run(out: &mut dyn Write) -> Result<(), Failure> {
    if Invocation::new("rustup --version").read().is_err() {
        writeln!(out, "skipped: `rustup`, which installs older compilers, is not available")?;
        return Ok(());
    }
    for (version, packages) in oldest(&Tree::read()?) {
        let install = format!("rustup toolchain install {version} --profile minimal");
        if let Err(why) = Invocation::new(&install).run() {
            writeln!(out, "skipped: cannot install Rust {version} ({why})")?;
            continue;
        }
        let check = format!("rustup run {version} cargo check --target-dir {TARGET}");
        let packages = packages.iter().map(|package| format!(" -p {package}"));
        Invocation::new(&(check + &packages.collect::<String>())).run()?;
    }
    Ok(())
}

/// Returns the published crates, by their minimum Rust version.
fn oldest(tree: &Tree) -> BTreeMap<&str, Vec<&str>> {
    let root = tree.root_manifest().value("workspace.package", "rust-version");
    let mut packages: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for package in tree.crates() {
        let Package { manifest, name, .. } = package;
        let Some(version) = manifest.value("package", "rust-version").or(root) else { continue };
        packages.entry(version.text).or_default().push(name);
    }
    packages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_checked_with_its_own_version() {
        let tree = Tree::of([
            ("Cargo.toml", "[workspace.package]\nrust-version = \"1.90\"\n"),
            ("crates/a/Cargo.toml", "[package]\nname = \"a\"\nrust-version.workspace = true\n"),
            ("crates/b/Cargo.toml", "[package]\nname = \"b\"\nrust-version = \"1.94\"\n"),
            ("crates/c/Cargo.toml", "[package]\nname = \"c\"\nrust-version.workspace = true\n"),
        ]);
        let expected = [("1.90", vec!["a", "c"]), ("1.94", vec!["b"])];
        assert_eq!(oldest(&tree), BTreeMap::from(expected));
    }
}

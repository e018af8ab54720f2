//! The source tree: all files of the project, read once for all checks.

use std::fs;

use crate::checkout;
use crate::failure::Failure;
use crate::file::File;
use crate::manifest::Manifest;
use crate::package::Package;

/// The source tree.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

impl Tree {
    /// Reads the checkout.
    pub(crate) fn read() -> Result<Self, Failure> {
        let read = |path: String| match fs::read(checkout::root().join(&path)) {
            Ok(bytes) => Ok(File::new(path, bytes)),
            Err(error) => Err(Failure::Check(format!("cannot read {path}: {error}"))),
        };
        Ok(Self { files: checkout::files()?.into_iter().map(read).collect::<Result<_, _>>()? })
    }

    /// Creates a tree of small files, to test a check.
    #[cfg(test)]
    pub(crate) fn of<const N: usize>(files: [(&str, &str); N]) -> Self {
        Self { files: files.map(|(path, text)| File::new(path, text.into())).into() }
    }

    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Returns the text of a file, or an empty text if it does not exist.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.file(path).and_then(|file| file.text.as_deref()).unwrap_or_default()
    }

    /// Returns the manifest of the workspace.
    pub(crate) fn root_manifest(&self) -> Manifest<'_> {
        Manifest::new(self.text("Cargo.toml"))
    }

    /// Returns the packages in the order of their paths.
    pub(crate) fn packages(&self) -> impl Iterator<Item = Package<'_>> {
        self.files.iter().filter_map(|file| {
            let parts = file.parts();
            let (folder, is_crate) = match parts.as_slice() {
                ["crates", folder, "Cargo.toml"] => (*folder, true),
                [folder, "Cargo.toml"] => (*folder, false),
                // A manifest in a deeper folder is test data.
                _ => return None,
            };
            let manifest = Manifest::new(file.text.as_deref()?);
            let name = manifest.value("package", "name")?.text;
            let unpublished =
                manifest.value("package", "publish").is_some_and(|value| value.text == "false");
            let is_crate = is_crate && !unpublished;
            Some(Package { manifest_path: &file.path, manifest, folder, name, is_crate })
        })
    }

    /// Returns the published packages.
    pub(crate) fn crates(&self) -> impl Iterator<Item = Package<'_>> {
        self.packages().filter(|package| package.is_crate)
    }

    /// Returns the published crates that have a library, in the order of their paths.
    pub(crate) fn libraries(&self) -> impl Iterator<Item = Package<'_>> {
        self.crates().filter(|package| !self.is_program(package))
    }

    /// Returns whether a crate is a program without a library, so that its items have no
    /// documentation.
    pub(crate) fn is_program(&self, package: &Package<'_>) -> bool {
        let has = |file| self.file(&format!("crates/{}/src/{file}", package.folder)).is_some();
        has("main.rs") && !has("lib.rs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_test_data_are_distinguished() {
        let tree = Tree::of([
            ("Cargo.toml", "[workspace]\n"),
            ("crates/a/Cargo.toml", "[package]\nname = \"our-a\"\n"),
            ("crates/a/tests/data/Cargo.toml", "[package]\nname = \"b\"\n"),
            ("crates/tests/Cargo.toml", "[package]\nname = \"tests\"\npublish = false\n"),
            ("examples/Cargo.toml", "[package]\nname = \"examples\"\n"),
        ]);
        let names: Vec<_> = tree.packages().map(|package| package.name).collect();
        assert_eq!(names, ["our-a", "tests", "examples"]);
        let crates: Vec<_> = tree.crates().map(|package| package.folder).collect();
        assert_eq!(crates, ["a"]);
    }

    #[test]
    fn the_checkout_is_read() {
        let tree = Tree::read().expect("the checkout can be read");
        assert!(tree.packages().any(|package| package.name == "xtask"));
    }
}

//! A package of the workspace.

use crate::manifest::Manifest;

/// A package of the workspace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Package<'a> {
    /// The path of the package's `Cargo.toml`.
    pub(crate) manifest_path: &'a str,
    pub(crate) manifest: Manifest<'a>,
    /// The name of the package's folder.
    pub(crate) folder: &'a str,
    /// The name of the package in Cargo.
    pub(crate) name: &'a str,
    /// Whether the package is in `crates/` and is published.
    pub(crate) is_crate: bool,
}

//! A package of the workspace.

use crate::manifest::Manifest;

/// A package of the workspace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Package<'a> {
    /// The path of its `Cargo.toml`.
    pub(crate) manifest_path: &'a str,
    pub(crate) manifest: Manifest<'a>,
    /// The name of its folder.
    pub(crate) folder: &'a str,
    /// The name that Cargo knows it by.
    pub(crate) name: &'a str,
    /// Whether it is one of those in `crates/`, which we publish.
    pub(crate) is_crate: bool,
}

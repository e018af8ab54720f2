//! The folders of the end-to-end tests.

use std::path::PathBuf;

use crate::checkout;

/// Returns the path of an installed file, or of the output of a run.
pub(super) fn installed(name: &str) -> PathBuf {
    checkout::root().join("target/e2e").join(name)
}

/// Returns the path of a file of the end-to-end tests in this repository: a program to start, or
/// its data.
pub(super) fn brought(name: &str) -> PathBuf {
    checkout::root().join("crates/provider-fixture-tests/e2e").join(name)
}

/// Returns the path of the Python interpreter with the required packages.
pub(super) fn python() -> PathBuf {
    let folder = if cfg!(windows) { "Scripts" } else { "bin" };
    installed("venv").join(folder).join("python")
}

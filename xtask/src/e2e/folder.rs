//! Where things are.

use std::path::PathBuf;

use crate::checkout;

/// What is installed, and what the run leaves behind.
pub(super) fn installed(name: &str) -> PathBuf {
    checkout::root().join("target/e2e").join(name)
}

/// What the project brings along: the programs that are started, and what they need.
pub(super) fn brought(name: &str) -> PathBuf {
    checkout::root().join("crates/provider-fixture-tests/e2e").join(name)
}

/// The python that has our packages.
pub(super) fn python() -> PathBuf {
    let folder = if cfg!(windows) { "Scripts" } else { "bin" };
    installed("venv").join(folder).join("python")
}

//! Creates rustdoc's JSON description of the crates.

use std::env;
use std::process::{Command, ExitCode};

use crate::checkout;
use crate::failure::Failure;
use crate::invocation::Invocation;

/// The version of Rust whose JSON can be read. The format changes from version to version.
pub(super) const RUST: &str = "1.95";

/// The environment variable that tells this program that Cargo calls it in place of rustdoc.
const AS_RUSTDOC: &str = "XTASK_AS_RUSTDOC";

/// Returns whether the current compiler has the version whose JSON can be read.
pub(super) fn is_readable() -> Result<bool, Failure> {
    let version = Invocation::new("rustc --version").read()?;
    Ok(version.split_whitespace().nth(1).is_some_and(|it| it.starts_with(&format!("{RUST}."))))
}

/// Writes the JSON of all crates into `target/doc`.
///
/// JSON needs an unstable option of rustdoc. An environment variable allows the option on a stable
/// toolchain. However, the build scripts of some dependencies read this variable, so Cargo would
/// compile these dependencies, and everything that depends on them, once more. Therefore Cargo
/// calls this program in place of rustdoc, and this program sets the variable only for rustdoc.
pub(super) fn write_json() -> Result<(), Failure> {
    let not_found = |error| Failure::Check(format!("cannot find this program: {error}"));
    let this = env::current_exe().map_err(not_found)?;
    let doc = Invocation::new("cargo doc --locked --quiet --workspace --no-deps --lib");
    let status = Command::from(&doc)
        .env("RUSTDOC", this)
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json --cap-lints allow")
        .env(AS_RUSTDOC, "1")
        .current_dir(checkout::root())
        .status();
    doc.judge(status)
}

/// Returns whether Cargo has called this program in place of rustdoc.
pub(crate) fn is_called_as_rustdoc() -> bool {
    env::var_os(AS_RUSTDOC).is_some()
}

/// Calls rustdoc with the arguments that this program received, and returns the exit code.
pub(crate) fn run_rustdoc() -> ExitCode {
    let status = Command::new("rustdoc")
        .args(env::args_os().skip(1))
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove(AS_RUSTDOC)
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: cannot run rustdoc: {error}");
            ExitCode::FAILURE
        }
    }
}

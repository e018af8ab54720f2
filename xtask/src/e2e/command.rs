//! The commands of the end-to-end tests, and the folders for their output.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use crate::checkout;
use crate::failure::Failure;

/// Returns a command that runs the same `cargo` as this program, in the checkout.
///
/// Do not select a package: dependencies then have other features than in `cargo test --workspace`,
/// and are compiled once more.
pub(super) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(checkout::root());
    cargo
}

/// Creates an empty folder for the output of this run.
pub(super) fn empty_folder(folder: &Path) -> Result<(), Failure> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder)
        .map_err(|error| Failure::Check(format!("cannot make {}: {error}", folder.display())))
}

/// Runs a command and waits for its end. The error contains the `description` of the command.
pub(super) fn succeed(description: &str, command: &mut Command) -> Result<(), Failure> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Check(format!("{description} failed with {status}"))),
        Err(error) => Err(Failure::Check(format!("cannot run {description}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_failed() {
        assert_eq!(succeed("cargo", cargo().args(["--version", "--quiet"])), Ok(()));
        let failed = succeed("the check", cargo().arg("--no-such-option")).expect_err("it fails");
        assert!(failed.to_string().starts_with("the check failed with"), "{failed}");
        let missing = succeed("the check", &mut Command::new("no-such-program"));
        let missing = missing.expect_err("it does not exist").to_string();
        assert!(missing.starts_with("cannot run the check: "), "{missing}");
    }
}

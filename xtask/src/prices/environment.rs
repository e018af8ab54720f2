//! The Python environment in which the prices are generated.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::checkout;
use crate::failure::Failure;

/// Returns the path of a Python interpreter with the required packages. Installs them into
/// `target/prices` if they are missing or have another version.
pub(super) fn python() -> Result<PathBuf, Failure> {
    let folder = checkout::root().join("target/prices");
    let scripts = if cfg!(windows) { "Scripts" } else { "bin" };
    let python =
        folder.join("venv").join(scripts).join(format!("python{}", env::consts::EXE_SUFFIX));
    let list = script("requirements.txt");
    let wanted = fs::read_to_string(&list)
        .map_err(|error| Failure::Check(format!("cannot read {}: {error}", list.display())))?;
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    // Remove an incomplete installation.
    let _ = fs::remove_dir_all(&folder);
    let venv = "`cargo xtask prices` requires python 3.10 or newer, with its `venv`; install it";
    done(Command::new("python3").args(["-m", "venv"]).arg(folder.join("venv")), venv)?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    let index = "pip could not install the packages; see its output above";
    done(Command::new(&python).args(pip).arg(&list), index)?;
    let not_written = |error| Failure::Check(format!("cannot write {}: {error}", stamp.display()));
    fs::write(&stamp, wanted).map_err(not_written)?;
    Ok(python)
}

/// Returns the path of a file that belongs to the Python program.
pub(super) fn script(name: &str) -> PathBuf {
    checkout::root().join("xtask/prices").join(name)
}

/// Runs a command. If it fails, the failure contains the `hint`.
pub(super) fn done(command: &mut Command, hint: &str) -> Result<(), Failure> {
    let why = match command.status() {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => format!("ended with {status}"),
        Err(error) => format!("cannot be run: {error}"),
    };
    let program = Path::new(command.get_program()).display();
    Err(Failure::Check(format!("{program} {why} ({hint})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_the_source_is_pinned() {
        let list = fs::read_to_string(script("requirements.txt")).expect("the file exists");
        assert!(list.starts_with("genai-prices=="), "{list}");
    }

    #[test]
    fn a_program_that_cannot_be_run_is_named_with_a_hint() {
        let failure =
            done(&mut Command::new("no-such-program"), "install it").expect_err("missing");
        let message = failure.to_string();
        assert!(message.starts_with("no-such-program cannot be run"), "{message}");
        assert!(message.ends_with("(install it)"), "{message}");
    }
}

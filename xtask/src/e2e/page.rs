//! Checks the page of a trace in Chromium.

use std::env::{self, consts::EXE_EXTENSION};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::browser::chromium;
use super::command::{cargo, empty_folder, succeed};
use super::folder::installed;
use crate::checkout;
use crate::failure::Failure;

/// The warning that is printed if Chromium is missing and the page was not checked.
const NOT_CHECKED: &str = "WARNING: the page of a trace was NOT checked, because Chromium is \
                           missing; install it (Debian and Ubuntu: `apt-get install chromium`), \
                           or set CHROMIUM to its path";

/// Writes the pages of the tests, and checks them in Chromium. Screenshots are then in
/// `target/page`.
///
/// Returns a warning if Chromium is missing and the pages were not opened.
pub(super) fn check(out: &mut dyn Write) -> Result<Option<&'static str>, Failure> {
    let mut model = Command::new("node");
    model.arg("--test").arg(brought("model.test.mjs"));
    succeed("the test of the numbers on the page", &mut model)?;
    check_with(chromium(), out)
}

fn check_with(
    chromium: Option<PathBuf>,
    out: &mut dyn Write,
) -> Result<Option<&'static str>, Failure> {
    let Some(chromium) = chromium else { return Ok(Some(NOT_CHECKED)) };
    writeln!(out, "Chromium:  {}", chromium.display())?;
    let target = target();
    let pages = target.join("tmp/pages");
    // A page of an earlier version is not checked.
    empty_folder(&pages)?;
    let mut tests = cargo();
    tests
        .args(["test", "--locked", "--quiet", "--workspace", "--test", "suite", "page::"])
        .env("CARGO_TARGET_DIR", &target);
    succeed("the tests that write pages", &mut tests)?;
    let mut build = cargo();
    build
        .args(["build", "--locked", "--quiet", "--package", "runnable-cli"])
        .env("CARGO_TARGET_DIR", &target);
    succeed("the program that serves a page", &mut build)?;

    let screenshots = checkout::root().join("target/page");
    empty_folder(&screenshots)?;
    let mut check = Command::new("node");
    let program = target.join("debug/runnable").with_extension(EXE_EXTENSION);
    check.arg(brought("check.mjs")).arg(&pages).arg(&screenshots).arg(program);
    // The packages are loaded from the current folder.
    check.current_dir(installed("")).env("CHROMIUM", chromium);
    succeed("the check of the page in Chromium", &mut check)?;
    writeln!(out, "screenshots of the page: {}", screenshots.display())?;
    Ok(None)
}

/// Returns the path of a program that checks the page.
fn brought(name: &str) -> PathBuf {
    checkout::root().join("crates/events/tests/page").join(name)
}

/// Returns the folder in which Cargo builds, and below which the tests write pages.
fn target() -> PathBuf {
    let folder = env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty());
    // Joining an absolute path replaces the root.
    checkout::root().join(folder.as_deref().map_or(Path::new("target"), Path::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_that_check_the_page_exist() {
        for name in ["check.mjs", "model.test.mjs"] {
            assert!(brought(name).is_file(), "{name}");
        }
    }

    #[test]
    fn without_chromium_a_warning_says_what_to_install() {
        let mut out = Vec::new();
        let warning = check_with(None, &mut out).expect("it is not a failure").expect("a warning");
        assert!(warning.contains("NOT checked") && warning.contains("apt-get"), "{warning}");
        assert_eq!(warning.lines().count(), 1, "it is the last line of the output");
        assert!(out.is_empty(), "nothing claims that a check ran");
    }
}

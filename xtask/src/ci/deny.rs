//! The step that checks licences, banned crates and sources with cargo-deny.

use std::env::consts::EXE_SUFFIX;
use std::io::Write;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::version::Version;

/// The command line for a user who has the tool.
pub(super) const LINE: &str = "cargo deny check licenses bans sources";

/// The version for which `deny.toml` was written. A newer version works too.
const PINNED: Version = Version::new(0, 20, 2);

/// The folder in which the tool is installed if necessary. It is part of the build output, so that
/// it is kept with it and nothing outside the checkout changes.
const ROOT: &str = "target/tools";

pub(super) fn run(out: &mut dyn Write) -> Result<(), Failure> {
    let installed = format!("{ROOT}/bin/cargo-deny{EXE_SUFFIX}");
    let is_new_enough = |program: &&str| version_of(program).is_some_and(|it| it >= PINNED);
    let program = match ["cargo-deny", &installed].into_iter().find(is_new_enough) {
        Some(program) => program,
        None => {
            writeln!(out, "no cargo-deny {PINNED} or newer: installing it into {ROOT}, once")?;
            let package = format!("cargo-deny@{PINNED}");
            Invocation::new(&format!("cargo install --locked {package} --root {ROOT}")).run()?;
            &installed
        }
    };
    // Call the binary directly, because `cargo deny` finds it only on the `PATH`.
    Invocation::new(&LINE.replacen("cargo deny", program, 1)).run()
}

/// Returns the version of the tool, if it is installed.
fn version_of(program: &str) -> Option<Version> {
    let output = Invocation::new(&format!("{program} --version")).read().ok()?;
    version_in(&output)
}

fn version_in(output: &str) -> Option<Version> {
    Version::parse(output.trim().strip_prefix("cargo-deny ")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_output() {
        assert_eq!(version_in("cargo-deny 0.20.2\n"), Some(PINNED));
        assert!(version_in("cargo-deny 0.9.3\n").is_some_and(|version| version < PINNED));
        assert_eq!(version_in("error: no such command\n"), None);
    }

    #[test]
    fn a_missing_tool_has_no_version() {
        assert_eq!(version_of("target/tools/bin/no-such-tool"), None);
    }
}

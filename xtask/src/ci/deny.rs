//! The step that checks licences, banned crates and sources, and the tool that it needs.

use std::env::consts::EXE_SUFFIX;
use std::io::Write;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::version::Version;

/// The command line of one who has the tool.
pub(super) const LINE: &str = "cargo deny check licenses bans sources";

/// The version that `deny.toml` is written for; a newer one is as good.
const PINNED: Version = Version::new(0, 20, 2);

/// Where the tool is installed, if it has to be: with what a build makes, so that it is kept as
/// long as that and touches nothing outside of the checkout.
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
    // Called by its own name: `cargo deny` finds it on the `PATH` only.
    Invocation::new(&LINE.replacen("cargo deny", program, 1)).run()
}

/// The version of the tool, if it is there and runs.
fn version_of(program: &str) -> Option<Version> {
    let said = Invocation::new(&format!("{program} --version")).read().ok()?;
    version_in(&said)
}

fn version_in(said: &str) -> Option<Version> {
    Version::parse(said.trim().strip_prefix("cargo-deny ")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tool_says_its_version() {
        assert_eq!(version_in("cargo-deny 0.20.2\n"), Some(PINNED));
        assert!(version_in("cargo-deny 0.9.3\n").is_some_and(|version| version < PINNED));
        assert_eq!(version_in("error: no such command\n"), None);
    }

    #[test]
    fn a_tool_that_is_not_there_has_no_version() {
        assert_eq!(version_of("target/tools/bin/no-such-tool"), None);
    }
}

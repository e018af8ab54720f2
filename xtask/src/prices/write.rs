//! Writes the generated files.

use std::io::Write;
use std::process::Command;

use super::environment::{done, python, script};
use crate::checkout;
use crate::failure::Failure;

/// The prices table, which `runnable-chat` contains.
const TABLE: &str = "crates/runnable-chat/src/pricing/shipped.json";

/// The usage of models, with the costs that genai-prices computes.
const COSTS: &str = "crates/runnable-chat/tests/data/costs.json";

/// Writes the prices table and the costs for its test.
pub(crate) fn write(out: &mut dyn Write) -> Result<(), Failure> {
    let python = python()?;
    out.flush()?;
    let mut program = Command::new(python);
    // Without this option, Python would write compiled files into the source tree.
    program.arg("-B").arg(script("write.py")).args([TABLE, COSTS]);
    let hint = "the rules of genai-prices may have changed; see the output above";
    done(program.current_dir(checkout::root()), hint)
}

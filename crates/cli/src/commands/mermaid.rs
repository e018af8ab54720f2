//! `runnable mermaid`: writes a Mermaid sequence diagram.

use crate::{
    arguments::Export,
    exit::{Outcome, Result},
    input, output,
};

pub(super) fn run(arguments: &Export) -> Result {
    let trace = input::trace(&arguments.recorded)?;
    output::write_to(arguments.output.as_deref(), |out| write!(out, "{}", trace.mermaid()))?;
    Ok(Outcome::Success)
}

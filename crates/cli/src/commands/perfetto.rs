//! `runnable perfetto`: writes a recording for the Perfetto viewer.

use crate::{
    arguments::Export,
    exit::{Outcome, Result},
    input, output,
};

pub(super) fn run(arguments: &Export) -> Result {
    let trace = input::trace(&arguments.recorded)?;
    output::write_to(arguments.output.as_deref(), |out| trace.perfetto().write_to(out))?;
    Ok(Outcome::Success)
}

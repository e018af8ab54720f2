//! `runnable markdown`: writes a recording as Markdown.

use runnable::pricing::Prices;

use crate::{
    arguments::Markdown,
    exit::{Outcome, Result},
    input, output,
};

pub(super) fn run(arguments: &Markdown) -> Result {
    let trace = input::trace(&arguments.export.recorded)?;
    let prices = Prices::shipped();
    let markdown = trace.markdown().prices(&prices).max_chars(arguments.max_chars);
    output::write_to(arguments.export.output.as_deref(), |out| write!(out, "{markdown}"))?;
    Ok(Outcome::Success)
}

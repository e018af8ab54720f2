//! `runnable page`: writes a page that shows a recording in a browser.

use runnable::events::Trace;

use crate::{
    arguments::Page,
    exit::{Outcome, Result},
    input, output,
};

pub(super) fn run(arguments: &Page) -> Result {
    let trace = input::trace(&arguments.recorded)?;
    let before = match arguments.compare.as_deref() {
        Some(file) => {
            let recording = input::recording(file)?;
            Some((input::name_of(file), Trace::from_events(recording.events())))
        }
        None => None,
    };
    let mut page = trace.page().fact("file", input::name_of(&arguments.recorded.file));
    if let Some((name, before)) = &before {
        page = page.compare_with(name, before);
    }
    output::write_to(arguments.output.as_deref(), |out| page.write_to(out))?;
    Ok(Outcome::Success)
}

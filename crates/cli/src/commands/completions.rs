//! `runnable completions`: prints a script that completes arguments in a shell.

use clap::CommandFactory;

use crate::{
    arguments::{Arguments, Completions},
    exit::{Outcome, Result},
    output,
};

pub(super) fn run(arguments: &Completions) -> Result {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "runnable", &mut script);
    output::print(|out| out.write_all(&script))?;
    Ok(Outcome::Success)
}

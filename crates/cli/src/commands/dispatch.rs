//! Calls the command that the user has chosen.

use super::{
    completions, diff, findings, follow, job, markdown, mermaid, page, perfetto, run as ask, show,
    stats,
};
use crate::{
    arguments::{Color, Command},
    exit::Result,
};

/// Runs a command.
pub(crate) fn run(command: Command, color: Color) -> Result {
    match command {
        Command::Show(arguments) => show::run(&arguments, color),
        Command::Page(arguments) => page::run(&arguments),
        Command::Perfetto(arguments) => perfetto::run(&arguments),
        Command::Mermaid(arguments) => mermaid::run(&arguments),
        Command::Markdown(arguments) => markdown::run(&arguments),
        Command::Findings(arguments) => findings::run(&arguments, color),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Stats(arguments) => stats::run(&arguments),
        Command::Follow(arguments) => follow::run(&arguments, color),
        Command::Run(arguments) => ask::run(&arguments, color),
        Command::Job(arguments) => job::run(&arguments, color),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}

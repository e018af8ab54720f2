//! The program `runnable`: shows, checks, compares and exports recordings of chains, and asks
//! models questions.

mod arguments;
mod commands;
mod exit;
mod input;
mod interrupt;
mod output;
mod statistics;
mod table;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;

fn main() -> ExitCode {
    let Arguments { color, command } = Arguments::parse();
    exit::code_of(commands::run(command, color))
}

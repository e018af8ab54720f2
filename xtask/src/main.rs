//! The maintenance commands of this workspace: `cargo xtask`.
//!
//! All of CI is a list of steps in [`ci`], so a failed build can be repeated locally with one
//! command. The rules that a review would otherwise check are in [`tidy`]. The number of
//! dependencies of each crate is checked in [`weight`].

mod api;
mod checkout;
mod ci;
mod command;
mod e2e;
mod failure;
mod file;
mod fixtures;
mod graph;
mod invocation;
mod manifest;
mod package;
mod paint;
mod prices;
mod table;
mod tidy;
mod tree;
mod version;
mod weight;

use std::io::Write;
use std::process::ExitCode;
use std::{env, io};

use crate::command::{Command, HELP};
use crate::failure::Failure;

fn main() -> ExitCode {
    if api::is_called_as_rustdoc() {
        return api::run_rustdoc();
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            failure.exit_code()
        }
    }
}

fn run() -> Result<(), Failure> {
    let words: Vec<String> =
        env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let command = Command::parse(&words)?;
    // Do not use `println!`, because it panics if the program that reads a pipe has ended.
    let mut out = io::stdout();
    match command {
        Command::Help => Ok(out.write_all(HELP.as_bytes())?),
        Command::Ci { only } => ci::run(only.as_deref(), &mut out),
        Command::ListSteps => ci::list(&mut out),
        Command::Tidy => tidy::run(&mut out),
        Command::Cycles { krate } => tidy::report(krate.as_deref(), &mut out),
        Command::Draw { krate, folder } => tidy::draw(&krate, folder.as_deref(), &mut out),
        Command::Api => api::write(&mut out),
        Command::Weight => weight::compare(&mut out),
        Command::Fixtures { folder } => fixtures::run(folder.as_deref()),
        Command::EndToEnd => e2e::run(&mut out),
        Command::Prices => prices::write(&mut out),
        Command::WeighTree { krate } => weight::list(&krate, &mut out),
    }
}

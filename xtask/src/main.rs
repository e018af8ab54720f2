//! The chores of this workspace, as one program: `cargo xtask`.
//!
//! Everything that CI does is a step of [`ci`], so a red build is repeated at home with one
//! command. What a reviewer would otherwise have to say again and again is a rule of [`tidy`],
//! and what our crates cost those who depend on them is a number in [`weight`].

mod checkout;
mod ci;
mod command;
mod e2e;
mod failure;
mod file;
mod fixtures;
mod invocation;
mod manifest;
mod package;
mod paint;
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
    // Not `println!`, which panics when the reader of a pipe has left.
    let mut out = io::stdout();
    match command {
        Command::Help => Ok(out.write_all(HELP.as_bytes())?),
        Command::Ci { only } => ci::run(only.as_deref(), &mut out),
        Command::ListSteps => ci::list(&mut out),
        Command::Tidy => tidy::run(&mut out),
        Command::Weight => weight::compare(&mut out),
        Command::Fixtures { folder } => fixtures::run(folder.as_deref()),
        Command::EndToEnd => e2e::run(&mut out),
        Command::WeighTree { krate } => weight::list(&krate, &mut out),
    }
}

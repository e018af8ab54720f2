//! The results of commands, and their exit codes.

use std::{fmt, io, process::ExitCode};

use runnable::Error;

/// The result of a command.
pub(crate) type Result<T = Outcome> = std::result::Result<T, Failure>;

/// How a command ended, unless it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The command succeeded. Exit code 0.
    Success,
    /// The command succeeded, and reported findings or differences. Exit code 1.
    Found,
    /// The user pressed Ctrl-C. Exit code 130.
    Interrupted,
    /// Another program asked this program to end. Exit code 143.
    Terminated,
}

/// The message of a command that failed. Exit code 2, as for invalid arguments.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        // The messages of some errors contain the cause.
        match std::error::Error::source(&error).map(ToString::to_string) {
            Some(cause) if !message.contains(&cause) => Self(format!("{message}: {cause}")),
            _ => Self(message),
        }
    }
}

/// Returns the exit code for the result of a command. Prints the message if the command failed.
pub(crate) fn code_of(result: Result) -> ExitCode {
    match result {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(1),
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        Ok(Outcome::Terminated) => ExitCode::from(143),
        Err(failure) => {
            eprintln!("runnable: {failure}");
            ExitCode::from(2)
        }
    }
}

/// Whether the output of this program can still be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// The output was written.
    Open,
    /// The program that reads the output has closed the pipe. `head` does this after the last line
    /// that it prints.
    Closed,
}

/// Converts the result of a write. A closed pipe is not a failure, because the program that reads
/// the output decides how much of it to read.
pub(crate) fn of_writing(result: io::Result<()>, destination: &str) -> Result<Output> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Output::Closed),
        Err(error) => Err(Failure(format!("failed to write {destination}: {error}"))),
        Ok(()) => Ok(Output::Open),
    }
}

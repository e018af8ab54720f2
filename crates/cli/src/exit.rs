//! Exit codes, and the errors that lead to them.

use std::{fmt, io, process::ExitCode};

use runnable::Error;

/// The result of a command.
pub(crate) type Result<T = Outcome> = std::result::Result<T, Failure>;

/// How a command ended that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0.
    Success,
    /// The command has found what it looks for: findings, or a difference. Exit code 1.
    Found,
    /// Ctrl-C was pressed. Exit code 130.
    Interrupted,
}

/// The reason why a command could not do its work. Exit code 2, as for invalid arguments.
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
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        Self(format!("{error}{}", cause.unwrap_or_default()))
    }
}

/// Converts the result of a command to an exit code, and prints the failure.
pub(crate) fn code_of(result: Result) -> ExitCode {
    match result {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(1),
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        Err(failure) => {
            eprintln!("runnable: {failure}");
            ExitCode::from(2)
        }
    }
}

/// Whether another program still reads the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    Reads,
    /// The reader has closed the pipe, as `head` does when it has enough lines.
    HasEnough,
}

/// Converts the result of writing. That a reader has enough is no failure.
pub(crate) fn of_writing(result: io::Result<()>, destination: &str) -> Result<Reader> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::HasEnough),
        Err(error) => Err(Failure(format!("failed to write {destination}: {error}"))),
        Ok(()) => Ok(Reader::Reads),
    }
}

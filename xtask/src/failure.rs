//! The failure of a command, with its exit code.

use std::process::ExitCode;
use std::{fmt, io};

/// The failure of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The command line is invalid.
    Usage(String),
    /// A check failed or could not run.
    Check(String),
}

impl Failure {
    /// Returns 2 for an invalid command line, as is customary, so that a script can distinguish it
    /// from a failed check.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Check(_) => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(why) => write!(f, "{why}\n`cargo xtask help` lists the commands"),
            Self::Check(why) => f.write_str(why),
        }
    }
}

/// Converts an I/O error that occurs while the report is printed. All other I/O errors are
/// converted explicitly, with a description.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Check(format!("cannot write the report: {error}"))
    }
}

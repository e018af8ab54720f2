//! Why a chore ended badly, and the exit code that says so.

use std::process::ExitCode;
use std::{fmt, io};

/// Why a chore ended badly.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The command line asks for nothing that exists.
    Usage(String),
    /// A check did not hold, or could not be made.
    Check(String),
}

impl Failure {
    /// 2 for a wrong command line, as is the custom, so that a script can tell it from a check
    /// that did not hold.
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

/// The only bare I/O errors are those of the report; the others are told with their subject.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Check(format!("cannot write the report: {error}"))
    }
}

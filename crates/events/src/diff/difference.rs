//! [`Difference`]: what differs between two runs that belong together.

use std::fmt;

use serde::Serialize;

use super::value_diff::ValueDiff;

/// A difference between two runs of two recordings that belong together.
///
/// # Examples
///
/// ```
/// use runnable_events::Difference;
///
/// let difference = Difference::OnlyInFirst { runs: 3 };
/// assert_eq!(difference.to_string(), "only the first recording has this run (and 2 runs in it)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Difference {
    /// Only the first recording contains the run.
    OnlyInFirst {
        /// The number of runs that are missing: the run and the runs inside it.
        runs: usize,
    },
    /// Only the second recording contains the run.
    OnlyInSecond {
        /// The number of additional runs: the run and the runs inside it.
        runs: usize,
    },
    /// The runs are at the same position, and have different names.
    Name {
        /// The name in the first recording.
        first: String,
        /// The name in the second recording.
        second: String,
    },
    /// Two runs of the same parent that do not overlap are in the opposite order.
    Order {
        /// The run that comes before this run in the first recording, and after it in the second.
        before: String,
    },
    /// The inputs differ.
    Input {
        /// The lines that differ.
        lines: ValueDiff,
    },
    /// The outputs differ.
    Output {
        /// The lines that differ.
        lines: ValueDiff,
    },
    /// The runs have different outcomes, such as an output and an error.
    Ending {
        /// The outcome in the first recording.
        first: String,
        /// The outcome in the second recording.
        second: String,
    },
}

/// Formats the difference as one line, and then the lines that differ, if there are any.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inside = |runs: usize| match runs {
            0 | 1 => String::new(),
            2 => " (and 1 run in it)".to_owned(),
            more => format!(" (and {} runs in it)", more - 1),
        };
        match self {
            Self::OnlyInFirst { runs } => {
                write!(f, "only the first recording has this run{}", inside(*runs))
            }
            Self::OnlyInSecond { runs } => {
                write!(f, "only the second recording has this run{}", inside(*runs))
            }
            Self::Name { first, second } => {
                write!(f, "the names differ: `{first}` became `{second}`")
            }
            Self::Order { before } => {
                write!(
                    f,
                    "the order differs: the run came after `{before}` in the first recording, and \
                     before it in the second"
                )
            }
            Self::Input { lines } => write!(f, "the inputs differ:\n{lines}"),
            Self::Output { lines } => write!(f, "the outputs differ:\n{lines}"),
            Self::Ending { first, second } => {
                write!(
                    f,
                    "the outcomes differ: in the first recording, {first}; in the second, {second}"
                )
            }
        }
    }
}

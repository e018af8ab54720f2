//! What a trace differs in.

use std::{error, fmt};

/// All differences of a trace from its golden file. Printed, it has a line for each.
#[derive(Clone, PartialEq, Eq)]
pub struct Mismatch {
    case: String,
    differences: Vec<String>,
}

impl Mismatch {
    pub(super) fn new(case: &str, differences: Vec<String>) -> Self {
        Self { case: case.to_owned(), differences }
    }

    /// The differences, a line each.
    pub fn differences(&self) -> &[String] {
        &self.differences
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { case, differences } = self;
        write!(f, "the trace differs from the golden `{case}`:")?;
        differences.iter().try_for_each(|difference| write!(f, "\n  - {difference}"))
    }
}

/// As `Display`, so that `unwrap` is readable, too.
impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Mismatch {}

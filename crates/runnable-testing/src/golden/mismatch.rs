//! The differences between a trace and a golden file.

use std::{error, fmt};

/// The error of a comparison: all differences between the events of a call and a golden file.
///
/// `Display` writes one line per difference.
#[derive(Clone, PartialEq, Eq)]
pub struct Mismatch {
    case: String,
    differences: Vec<String>,
}

impl Mismatch {
    pub(super) fn new(case: &str, differences: Vec<String>) -> Self {
        Self { case: case.to_owned(), differences }
    }

    /// Returns the differences, one line each.
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

/// Formats the same text as `Display`, so that the panic message of `unwrap` is readable.
impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Mismatch {}

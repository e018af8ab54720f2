//! A violation of a rule.

use std::fmt;

/// A violation of a rule: its position, and a message that says what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    pub(crate) fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into() }
    }

    /// Creates a finding about a whole file, which is reported at its first line.
    pub(crate) fn of_file(path: &str, message: impl Into<String>) -> Self {
        Self::new(path, 1, message)
    }
}

/// Shows the position first, in a form that editors and terminals recognize as a link.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, message } = self;
        write!(f, "{path}:{line}: {message}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_with_its_position() {
        let finding = Finding::new("src/lib.rs", 7, "too clever: say it plainly");
        assert_eq!(finding.to_string(), "src/lib.rs:7: too clever: say it plainly");
    }
}

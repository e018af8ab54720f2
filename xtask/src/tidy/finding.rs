//! One thing that is wrong with the tree.

use std::fmt;

/// What is wrong, where, and what to do about it.
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

    /// What is wrong with a file as a whole stands at its first line.
    pub(crate) fn of_file(path: &str, message: impl Into<String>) -> Self {
        Self::new(path, 1, message)
    }
}

/// In the form that editors and terminals make a link of.
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
    fn is_one_line_with_its_place() {
        let finding = Finding::new("src/lib.rs", 7, "too clever: say it plainly");
        assert_eq!(finding.to_string(), "src/lib.rs:7: too clever: say it plainly");
    }
}

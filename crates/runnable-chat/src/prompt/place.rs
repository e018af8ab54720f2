//! The place of a message in a template, for errors.

use std::fmt;

use runnable_core::{Error, ErrorKind};

/// The place of a message in a template.
pub(super) struct Place {
    pub(super) number: usize,
    pub(super) role: &'static str,
    pub(super) example: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {} ({})", self.number, self.role)?;
        match self.example {
            Some(example) => write!(f, " of example {example}"),
            None => Ok(()),
        }
    }
}

/// Returns the error for a template with an invalid text.
pub(super) fn invalid_template(place: &Place, template: &str, reason: &str) -> Error {
    let message = format!("invalid {place} of prompt template {template}: {reason}");
    Error::new(ErrorKind::InvalidInput, message)
}

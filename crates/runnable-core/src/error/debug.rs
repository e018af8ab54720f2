//! The `Debug` output of an error.

use std::{error, fmt};

use crate::Error;

/// Prints the `Display` text, and below it the causes of the error.
///
/// This is what a developer sees if `main` returns the error or if `unwrap` panics. `{:#?}` prints
/// the fields.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            write!(f, "{self}")?;
            let mut cause = error::Error::source(self);
            if cause.is_some() {
                f.write_str("\n\nCaused by:")?;
            }
            while let Some(error) = cause {
                write!(f, "\n    {error}")?;
                cause = error.source();
            }
            return Ok(());
        }
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &self.inner.kind).field("message", &self.message());
        if !self.inner.path.is_empty() {
            let path: Vec<_> = self.inner.path.iter().rev().map(ToString::to_string).collect();
            debug.field("path", &path);
        }
        if let Some(wait) = self.inner.retry_after {
            debug.field("retry_after", &wait);
        }
        if let Some(source) = &self.inner.source {
            debug.field("source", source);
        }
        debug.finish_non_exhaustive()
    }
}

//! [`Misfit`]: the error for a schema that does not comply with the rules of a service.

use std::fmt;

/// The reason why a schema cannot comply with the rules of a service, and its location.
///
/// Returned by [`SchemaRules::fit`](super::SchemaRules::fit).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    place: String,
    reason: String,
}

impl Misfit {
    pub(super) fn new(place: &str, reason: impl Into<String>) -> Self {
        Self { place: place.to_owned(), reason: reason.into() }
    }

    /// Returns the location in the schema, as a [JSON
    /// pointer](https://www.rfc-editor.org/rfc/rfc6901). It is empty for the root.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => write!(f, "the schema {}", self.reason),
            place => write!(f, "the schema at `{place}` {}", self.reason),
        }
    }
}

impl std::error::Error for Misfit {}

//! The reasons why the text of a template cannot be filled.

/// The reason why a text cannot be filled. The caller adds the place of the text.
#[derive(Debug)]
pub(super) enum FillError {
    /// The template is invalid.
    Template(String),
    /// A variable has no value.
    Missing(String),
    /// The value of a variable cannot be inserted, for this reason.
    Value(String, String),
}

//! A field with an unexpected value.

use std::fmt;

use serde_json::Value;

/// A difference between the actual and the expected result of a case: a field with an unexpected
/// value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The name of the field, such as `usage`.
    pub field: String,
    /// The expected value.
    pub expected: String,
    /// The actual value.
    pub got: String,
}

impl Difference {
    pub(crate) fn new(field: impl Into<String>, expected: &Value, got: &Value) -> Self {
        let text = |value: &Value| match value {
            Value::String(text) if text.starts_with("no ") || text.starts_with("error") => {
                text.clone()
            }
            value => value.to_string(),
        };
        Self { field: field.into(), expected: text(expected), got: text(got) }
    }

    /// Creates a difference from texts, for example if a case cannot be replayed at all.
    pub(crate) fn text(field: &str, expected: &str, got: impl Into<String>) -> Self {
        Self { field: field.into(), expected: expected.into(), got: got.into() }
    }
}

/// Formats the difference as one line. Of long values, only the part around the first differing
/// character is shown.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs = self.expected.chars().zip(self.got.chars());
        let same = pairs.position(|(one, two)| one != two).unwrap_or(0);
        let from = same.saturating_sub(40);
        let (expected, got) = (excerpt(&self.expected, from), excerpt(&self.got, from));
        write!(f, "{}: expected {expected}, got {got}", self.field)
    }
}

fn excerpt(text: &str, from: usize) -> String {
    const LONGEST: usize = 240;
    let length = text.chars().count();
    let from = if length <= LONGEST { 0 } else { from.min(length - LONGEST / 2) };
    let shown: String = text.chars().skip(from).take(LONGEST).collect();
    let before = if from > 0 { "…" } else { "" };
    let after = if from + LONGEST < length { "…" } else { "" };
    format!("{before}{}{after}", shown.replace('\n', "\\n"))
}

//! A field that is not what was expected.

use std::fmt;

use serde_json::Value;

/// A field that is not what was expected.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The field, such as `usage`.
    pub field: String,
    /// What was expected of it.
    pub expected: String,
    /// What it is.
    pub got: String,
}

impl Difference {
    pub(crate) fn new(field: impl Into<String>, expected: &Value, got: &Value) -> Self {
        let said = |value: &Value| match value {
            Value::String(text) if text.starts_with("no ") || text.starts_with("error") => {
                text.clone()
            }
            value => value.to_string(),
        };
        Self { field: field.into(), expected: said(expected), got: said(got) }
    }

    /// Of something that is no field of a case.
    pub(crate) fn told(field: &str, expected: &str, got: impl Into<String>) -> Self {
        Self { field: field.into(), expected: expected.into(), got: got.into() }
    }
}

/// On one line: long values are shown around the place where they begin to differ.
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

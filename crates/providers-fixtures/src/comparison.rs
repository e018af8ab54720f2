//! What was observed, compared with what was expected.

use std::fmt;

use serde_json::{Value, json};

use crate::{Case, Observation, error_fields, fields, sameness::fits};

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

/// The fields of an observation that are not what was expected.
pub fn compare(case: &Case, seen: &Observation) -> Vec<Difference> {
    let expected = &case.expected;
    let outcomes = expected.get("outcome").cloned().unwrap_or_else(|| json!(["message"]));
    let accepted = |word: &&str| {
        let is = |outcome: &Value| outcome.as_str() == Some(word);
        is(&outcomes) || outcomes.as_array().is_some_and(|list| list.iter().any(is))
    };
    let Some(outcome) = seen.outcomes().iter().find(|word| accepted(word)) else {
        let error = seen.error.as_ref().map(|error| format!(" ({}: {error})", error.kind()));
        let got = seen.outcomes()[0].to_owned() + &error.unwrap_or_default();
        // All else would only repeat it.
        return vec![Difference::told("outcome", &outcomes.to_string(), got)];
    };
    let mut differences = Vec::new();
    for (field, expected) in expected {
        match (field.as_str(), &seen.error, &seen.answer) {
            ("outcome", ..) => {}
            ("error", Some(error), _) => {
                differences.extend(error_fields::compare(expected, error));
            }
            // A service's error is told of, where the case allows that none is noticed.
            ("error", None, _) if *outcome == "message" && outcomes_of(&outcomes) > 1 => {}
            ("error", None, _) => {
                differences.push(Difference::new("error", expected, &json!("no error")));
            }
            (_, _, Some(answer)) => {
                let Some(got) = fields::got(field, case, answer, seen) else {
                    let got = "a field that this program does not know";
                    differences.push(Difference::told(field, &expected.to_string(), got));
                    continue;
                };
                if !fits(expected, |expected| fields::is_same(field, case, expected, &got, seen)) {
                    differences.push(Difference::new(field, expected, &got));
                }
            }
            (_, _, None) => {
                // Nothing came, so all that is expected is that nothing did.
                if !is_nothing(expected) {
                    differences.push(Difference::new(field, expected, &json!("no answer")));
                }
            }
        }
    }
    differences
}

fn outcomes_of(outcomes: &Value) -> usize {
    outcomes.as_array().map_or(1, Vec::len)
}

fn is_nothing(expected: &Value) -> bool {
    match expected {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}

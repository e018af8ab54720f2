//! Compares an observation with the expected result.

use serde_json::{Value, json};

use crate::{
    case::Case, difference::Difference, error_fields, fields, observation::Observation,
    sameness::fits,
};

/// Returns a difference for each field of an observation that does not have the expected value.
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
        // Report only this difference, because all others would be consequences of it.
        return vec![Difference::text("outcome", &outcomes.to_string(), got)];
    };
    let mut differences = Vec::new();
    for (field, expected) in expected {
        match (field.as_str(), &seen.error, &seen.answer) {
            ("outcome", ..) => {}
            ("error", Some(error), _) => {
                differences.extend(error_fields::compare(expected, error));
            }
            // The case accepts either the error or a normal answer, and the call returned a normal
            // answer.
            ("error", None, _) if *outcome == "message" && outcomes_of(&outcomes) > 1 => {}
            ("error", None, _) => {
                differences.push(Difference::new("error", expected, &json!("no error")));
            }
            (_, _, Some(answer)) => {
                let Some(got) = fields::got(field, case, answer, seen) else {
                    let got = "a field that this program does not know";
                    differences.push(Difference::text(field, &expected.to_string(), got));
                    continue;
                };
                if !fits(expected, |expected| fields::is_same(field, case, expected, &got, seen)) {
                    differences.push(Difference::new(field, expected, &got));
                }
            }
            (_, _, None) => {
                // There is no answer, so the field matches only if the expected value is empty.
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

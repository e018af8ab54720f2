//! Compares values with expected values.

use serde_json::Value;

/// Returns whether `got` equals the expected value. At any depth, an expected value of the form
/// `{"any_of": […]}` accepts each value in its list. Numbers are compared by value: 1 equals 1.0.
pub(crate) fn is_same(expected: &Value, got: &Value) -> bool {
    if let Some(accepted) = any_of(expected) {
        return accepted.iter().any(|expected| is_same(expected, got));
    }
    match (expected, got) {
        (Value::Number(expected), Value::Number(got)) => match (expected.as_i64(), got.as_i64()) {
            (Some(expected), Some(got)) => expected == got,
            _ => close(expected.as_f64(), got.as_f64()),
        },
        (Value::Array(expected), Value::Array(got)) => {
            expected.len() == got.len()
                && expected.iter().zip(got).all(|(expected, got)| is_same(expected, got))
        }
        (Value::Object(expected), Value::Object(got)) => {
            expected.len() == got.len()
                && expected
                    .iter()
                    .all(|(key, expected)| got.get(key).is_some_and(|got| is_same(expected, got)))
        }
        _ => expected == got,
    }
}

/// Returns the list of accepted values, if the expected value has the form `{"any_of": […]}`.
pub(crate) fn any_of(expected: &Value) -> Option<&[Value]> {
    match expected.as_object()?.get("any_of")? {
        Value::Array(accepted) => Some(accepted),
        _ => None,
    }
}

/// Returns whether `fit` returns `true` for the expected value, or for one of the values that its
/// `any_of` accepts.
pub(crate) fn fits(expected: &Value, fit: impl Fn(&Value) -> bool) -> bool {
    match any_of(expected) {
        Some(accepted) => accepted.iter().any(fit),
        None => fit(expected),
    }
}

/// Compares floating-point numbers with a tolerance, because parsers may round the last digit
/// differently.
fn close(one: Option<f64>, two: Option<f64>) -> bool {
    let (Some(one), Some(two)) = (one, two) else { return false };
    (one - two).abs() <= 1e-12 * one.abs().max(1.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn any_of_is_accepted_at_any_depth() {
        let expected = json!([{"id": {"any_of": ["a", "b"]}, "n": 1}]);
        assert!(is_same(&expected, &json!([{"id": "b", "n": 1.0}])));
        assert!(!is_same(&expected, &json!([{"id": "c", "n": 1}])));
        assert!(!is_same(&expected, &json!([{"id": "a", "n": 1, "more": 2}])));
        assert!(!is_same(&expected, &json!([])));
    }
}

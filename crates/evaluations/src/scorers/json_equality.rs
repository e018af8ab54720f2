//! [`JsonEquality`]: compares the output with the expected value as JSON.

use runnable_core::{Result, RunContext, Runnable, StepInfo};
use serde_json::Value;

use crate::{score::Score, scored::Scored};

/// Creates a scorer that returns 1 if the output is the expected JSON, and 0 otherwise.
///
/// A text is parsed as JSON. If the output is a text that is not JSON, the score is 0. The order of
/// the fields of an object does not matter, and numbers are equal if their values are: `1` is
/// `1.0`.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_evaluations::{Scored, json_equality};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let output = r#"{"total": 7.0, "item": "tea"}"#;
/// let scored = Scored::new("tea for 7", json!({"item": "tea", "total": 7}), output);
/// assert_eq!(json_equality().invoke(scored).await?.value, 1.0);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "JsonEqualityEvaluator")]
pub fn json_equality() -> JsonEquality {
    JsonEquality {}
}

/// A scorer that compares the output with the expected value as JSON. Created by
/// [`json_equality`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "a step does nothing until it is run"]
pub struct JsonEquality {}

impl Runnable for JsonEquality {
    type Input = Scored;
    type Output = Score;

    async fn run(&self, scored: Scored, _: RunContext) -> Result<Score> {
        let output = match parsed(&scored.output) {
            Ok(output) => output,
            Err(error) => {
                let comment = format!("the output is not JSON: {error}");
                return Ok(Score::from(false).with_comment(comment));
            }
        };
        // An expected text that is not JSON is the text itself.
        let expected = parsed(&scored.expected).unwrap_or(scored.expected);
        Ok(Score::from(are_equal(&output, &expected)))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("JsonEquality")
    }
}

fn parsed(value: &Value) -> serde_json::Result<Value> {
    match value {
        Value::String(text) => serde_json::from_str(text),
        value => Ok(value.clone()),
    }
}

fn are_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        // Large integers are compared exactly, because a float would round them.
        (Value::Number(a), Value::Number(b)) => {
            a == b || is_mixed(a, b) && a.as_f64() == b.as_f64()
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| are_equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let is_in_b =
                |(name, value): (&String, &Value)| b.get(name).is_some_and(|b| are_equal(value, b));
            a.len() == b.len() && a.iter().all(is_in_b)
        }
        (a, b) => a == b,
    }
}

/// Returns whether exactly one of the numbers is an integer.
fn is_mixed(a: &serde_json::Number, b: &serde_json::Number) -> bool {
    a.is_f64() != b.is_f64()
}

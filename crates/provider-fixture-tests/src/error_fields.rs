//! Compares an error with the expected fields of the error.

use std::borrow::Cow;

use runnable_core::{Error, ErrorKind};
use runnable_http::ApiError;
use serde_json::{Value, json};

use crate::{
    difference::Difference,
    sameness::{fits, is_same},
};

/// Returns a difference for each field of the error that does not have the expected value.
pub(crate) fn compare(expected: &Value, error: &Error) -> Vec<Difference> {
    let api_error = error.downcast_ref::<ApiError>();
    let mut differences = Vec::new();
    for (field, expected) in expected.as_object().into_iter().flatten() {
        let (got, same): (Value, bool) = match field.as_str() {
            "kind" => {
                let fit =
                    |word: &Value| word.as_str().is_none_or(|word| is_kind(word, error.kind()));
                (json!(error.kind().as_str()), fits(expected, fit))
            }
            "status" => equal(expected, json!(api_error.and_then(ApiError::status))),
            // A numeric code equals the string with its digits.
            "code" => {
                let got = api_error.and_then(ApiError::code);
                (json!(got), fits(expected, |code| digits(code) == got.map(Into::into)))
            }
            "type" => equal(expected, json!(api_error.and_then(ApiError::error_type))),
            "message_contains" => {
                let message = api_error
                    .map_or_else(|| error.message(), |api_error| api_error.message().to_owned());
                let same = fits(expected, |part| {
                    part.as_str().is_none_or(|part| {
                        message.contains(part) || error.to_string().contains(part)
                    })
                });
                (json!(message), same)
            }
            "retry_after_s" | "retry_after_header" => {
                let got = error.retry_after().map(|wait| wait.as_secs_f64());
                (json!(got), fits(expected, |wait| is_wait(wait, got)))
            }
            // Do not compare the class names of other clients. Retries are tested separately, by
            // counting requests.
            "lc_class" | "sdk_class" | "sdk_should_retry" => continue,
            _ => (json!("a field that this program does not know"), false),
        };
        if !same {
            differences.push(Difference::new(format!("error.{field}"), expected, &got));
        }
    }
    differences
}

fn equal(expected: &Value, got: Value) -> (Value, bool) {
    let same = is_same(expected, &got);
    (got, same)
}

fn digits(code: &Value) -> Option<Cow<'_, str>> {
    match code {
        Value::Null => None,
        Value::String(text) => Some(text.into()),
        number => Some(number.to_string().into()),
    }
}

/// Returns whether an error kind corresponds to the name of a kind in the expected result.
fn is_kind(word: &str, kind: ErrorKind) -> bool {
    match word {
        "authentication" => kind == ErrorKind::Authentication,
        "permission_denied" => kind == ErrorKind::PermissionDenied,
        "not_found" => kind == ErrorKind::NotFound,
        "rate_limit" => kind == ErrorKind::RateLimit,
        "server_error" | "overloaded" => kind == ErrorKind::Unavailable,
        "context_overflow" => kind == ErrorKind::ContextLength,
        "content_filter" => kind == ErrorKind::ContentFilter,
        "invalid_request" => kind == ErrorKind::InvalidRequest,
        "timeout" => kind == ErrorKind::Timeout,
        "connection" | "incomplete" => kind == ErrorKind::Connection,
        word => kind.as_str() == word,
    }
}

/// Returns whether `got` is the expected delay before a retry, in seconds. A delay of zero equals
/// no delay.
fn is_wait(expected: &Value, got: Option<f64>) -> bool {
    let expected = expected.as_f64().or_else(|| expected.as_str()?.parse().ok());
    (expected.unwrap_or(0.0) - got.unwrap_or(0.0)).abs() < 0.001
}

//! Converts text and JSON to the key and the input of an item.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Returns the text of an item.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, String> {
    str::from_utf8(bytes).map_err(|error| {
        format!("expected text in UTF-8, found another byte at {}", error.valid_up_to() + 1)
    })
}

/// Deserializes an input. The error names the field that is invalid.
pub(crate) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (path, reason) = (error.path().to_string(), error.into_inner());
        match &*path {
            "." => reason.to_string(),
            _ => format!("at `{path}`: {reason}"),
        }
    })
}

/// Adds advice to the reason why an input is invalid, if its type as a whole is not the type that the
/// chain expects. `found` is the type as serde names it.
pub(crate) fn advised(reason: String, found: &str, advice: &str) -> String {
    let found_type = reason.strip_prefix("invalid type: ");
    if found_type.is_some_and(|rest| rest.starts_with(found)) {
        format!("{reason}; {advice}")
    } else {
        reason
    }
}

/// Returns the key in this field of an object.
pub(crate) fn key_field(object: &Map<String, Value>, field: &str) -> Result<String, String> {
    let found = match object.get(field) {
        Some(Value::String(key)) if key.is_empty() => "an empty string",
        Some(Value::String(key)) => return Ok(key.clone()),
        Some(Value::Number(key)) if !key.is_f64() => return Ok(key.to_string()),
        Some(Value::Number(_)) => "a number with a fraction",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "a boolean",
        Some(Value::Array(_)) => "an array",
        Some(Value::Object(_)) => "an object",
        None => "no such field",
    };
    Err(format!("expected a string or an integer as the key `{field}`, found {found}"))
}

/// Takes the input out of this field of an object, or returns the whole object.
pub(crate) fn input_field(
    mut object: Map<String, Value>,
    field: Option<&str>,
) -> Result<Value, String> {
    match field {
        Some(field) => object.shift_remove(field).ok_or_else(|| {
            format!("expected an input in the field `{field}`, found no such field")
        }),
        None => Ok(Value::Object(object)),
    }
}

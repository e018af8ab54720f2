//! Deserializes JSON as a Rust type.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Deserializes a value. If this fails, the error message names the position in the JSON value,
/// such as `tags[1]`.
pub(crate) fn from_json<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (path, reason) = (error.path().to_string(), error.into_inner());
        match &*path {
            "." => reason.to_string(),
            _ => format!("at `{path}`: {reason}"),
        }
    })
}

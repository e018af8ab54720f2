//! Deserializes JSON as a Rust type.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::excerpt::without_middle;

/// Deserializes a value. If this fails, the error message names the position in the JSON value,
/// such as `tags[1]`. The message is short, even if the value is not.
pub(crate) fn from_json<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (path, reason) = (error.path().to_string(), error.into_inner());
        let reason = without_middle(reason.to_string());
        match &*path {
            "." => reason,
            _ => format!("at `{path}`: {reason}"),
        }
    })
}

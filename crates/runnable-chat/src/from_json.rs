//! Reads JSON as a Rust type.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a value. What is wrong is told with its place, such as `tags[1]`.
pub(crate) fn from_json<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (path, wrong) = (error.path().to_string(), error.into_inner());
        match &*path {
            "." => wrong.to_string(),
            _ => format!("at `{path}`: {wrong}"),
        }
    })
}

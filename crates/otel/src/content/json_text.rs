//! JSON as the text of an attribute.

use serde_json::Value;

/// Returns a string without quotes, and any other value as JSON.
pub(crate) fn json_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

//! A schema that is told to the model in the prompt.

use serde_json::Value;

/// Returns instructions that ask a model for JSON of a schema, for services that cannot enforce it.
///
/// They have the word "json", without which some services refuse to answer with a JSON object.
///
/// ```
/// use runnable_http::schema::schema_instructions;
/// use serde_json::json;
///
/// let told = schema_instructions(&json!({"type": "object"}), Some("A dog."));
/// assert!(told.starts_with("Answer with one JSON value"));
/// assert!(told.contains(r#"{"type":"object"}"#));
/// ```
#[must_use]
pub fn schema_instructions(schema: &Value, description: Option<&str>) -> String {
    let what = description.map(|what| format!(" The value is: {what}")).unwrap_or_default();
    format!(
        "Answer with one JSON value and nothing else: no explanation, and no Markdown.{what} The \
         value must be valid against this JSON schema (answer with the value, not with the \
         schema):\n```json\n{schema}\n```"
    )
}

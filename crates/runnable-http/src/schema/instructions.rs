//! Instructions for a model to follow a schema.

use serde_json::Value;

/// Returns instructions that ask a model for JSON that follows a schema, for services that cannot
/// enforce the schema.
///
/// They contain the word "JSON", which some services require before they return a JSON object.
///
/// ```
/// use runnable_http::schema::schema_instructions;
/// use serde_json::json;
///
/// let instructions = schema_instructions(&json!({"type": "object"}), Some("A dog."));
/// assert!(instructions.starts_with("Answer with one JSON value"));
/// assert!(instructions.contains(r#"{"type":"object"}"#));
/// ```
#[must_use]
pub fn schema_instructions(schema: &Value, description: Option<&str>) -> String {
    let purpose =
        description.map(|purpose| format!(" The value is: {purpose}")).unwrap_or_default();
    format!(
        "Answer with one JSON value and nothing else: no explanation, and no Markdown.{purpose} The \
         value must be valid against this JSON schema (answer with the value, not with the \
         schema):\n```json\n{schema}\n```"
    )
}

//! [`RunContent`]: the attributes of an input or an output, depending on the operation of the run.

use opentelemetry::KeyValue;
use runnable_core::Payload;
use runnable_events::Redaction;
use serde_json::Value;

use super::{
    documents::{add_documents, add_embedded_texts, ids_of_documents},
    gen_ai_message::messages_as_json,
    json_text::json_text,
    openinference_message::add_messages,
};
use crate::{attributes::Attributes, names, operation::Operation};

/// The attributes of an input or an output.
#[derive(Debug, Default)]
pub(crate) struct RunContent {
    /// The attributes that contain a complete value.
    pub(crate) values: Vec<KeyValue>,
    /// The attributes that contain a part of the value, such as one field of one message. Their
    /// number grows with the value, and the SDK limits the number of attributes of a span.
    pub(crate) parts: Vec<KeyValue>,
}

impl RunContent {
    /// Returns the attributes of an input.
    pub(crate) fn of_input(
        operation: Operation,
        input: Payload<'_>,
        redaction: &Redaction,
    ) -> Self {
        let Some(input) = redacted("input", input, redaction) else { return Self::default() };
        let (mut values, mut parts) = (Attributes::new(redaction), Attributes::new(redaction));
        add_value(names::OI_INPUT_VALUE, names::OI_INPUT_MIME_TYPE, &input, &mut values);
        match operation {
            Operation::Chat => {
                let messages = messages(&input);
                values.add(names::INPUT_MESSAGES, messages_as_json(&messages));
                add_messages(names::OI_INPUT_MESSAGES, &messages, &mut parts);
            }
            Operation::ExecuteTool => values.add(names::TOOL_CALL_ARGUMENTS, input.to_string()),
            Operation::Retrieval => values.add(names::RETRIEVAL_QUERY, json_text(&input)),
            Operation::Embeddings => add_embedded_texts(&input, &mut parts),
            _ => {}
        }
        Self { values: values.into_vec(), parts: parts.into_vec() }
    }

    /// Returns the attributes of an output, or of the part of an output that exists.
    pub(crate) fn of_output(
        operation: Operation,
        output: Payload<'_>,
        redaction: &Redaction,
    ) -> Self {
        // Vectors are large, and no tool displays them.
        if operation == Operation::Embeddings {
            return Self::default();
        }
        let Some(output) = redacted("output", output, redaction) else { return Self::default() };
        let (mut values, mut parts) = (Attributes::new(redaction), Attributes::new(redaction));
        add_value(names::OI_OUTPUT_VALUE, names::OI_OUTPUT_MIME_TYPE, &output, &mut values);
        match operation {
            Operation::Chat => {
                let messages = answers(&output);
                values.add(names::OUTPUT_MESSAGES, messages_as_json(&messages));
                add_messages(names::OI_OUTPUT_MESSAGES, &messages, &mut parts);
            }
            Operation::ExecuteTool => values.add(names::TOOL_CALL_RESULT, output.to_string()),
            Operation::Retrieval => {
                values.add(names::RETRIEVAL_DOCUMENTS, ids_of_documents(&output));
                add_documents(&output, &mut parts);
            }
            _ => {}
        }
        Self { values: values.into_vec(), parts: parts.into_vec() }
    }
}

/// Returns a value without secrets. Returns `None` if the redaction keeps no content, or if the
/// value cannot be converted to JSON.
fn redacted(root: &str, payload: Payload<'_>, redaction: &Redaction) -> Option<Value> {
    let mut value = payload.to_json().ok()?;
    let was_null = value.is_null();
    redaction.value(root, &mut value);
    (was_null || !value.is_null()).then_some(value)
}

fn add_value(
    name: &'static str,
    mime_type_name: &'static str,
    value: &Value,
    attributes: &mut Attributes<'_>,
) {
    let mime_type = if value.is_string() { "text/plain" } else { "application/json" };
    attributes.add(name, json_text(value));
    attributes.add(mime_type_name, mime_type);
}

/// Returns the messages of a prompt.
fn messages(prompt: &Value) -> Vec<&Value> {
    prompt["messages"].as_array().into_iter().flatten().collect()
}

/// Returns an answer, and the other answers to the same request.
fn answers(answer: &Value) -> Vec<&Value> {
    let others = answer["other_choices"].as_array().into_iter().flatten();
    [answer].into_iter().chain(others).collect()
}

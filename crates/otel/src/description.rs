//! The attributes that describe a run when it starts.

use runnable_core::Run;
use serde_json::Value;

use crate::{
    attributes::Attributes, content::json_text, model::Model, names, operation::Operation,
};

/// The keys of the metadata that can contain the ID of a conversation. The first one that is set
/// applies.
const CONVERSATION_KEYS: [&str; 3] = ["conversation_id", "thread_id", "session_id"];

/// Adds the attributes that describe a run, without its content.
pub(crate) fn describe(operation: Operation, run: &Run, attributes: &mut Attributes<'_>) {
    if let Some(name) = operation.name() {
        attributes.add(names::OPERATION_NAME, name);
    }
    attributes.add(names::OI_SPAN_KIND, operation.openinference_kind());
    if operation.calls_model() {
        describe_model(operation, run, attributes);
    }
    match operation {
        Operation::ExecuteTool => {
            attributes.add_name(names::TOOL_NAME, run.name.clone());
            attributes.add(names::TOOL_TYPE, "function");
            let call_id = run.metadata.get("tool_call_id").and_then(Value::as_str);
            attributes.add_known(names::TOOL_CALL_ID, call_id);
            attributes.add_name(names::OI_TOOL_NAME, run.name.clone());
        }
        Operation::InvokeAgent => attributes.add_name(names::AGENT_NAME, run.name.clone()),
        Operation::InvokeWorkflow => {
            attributes.add_name(names::AGENT_NAME, run.name.clone());
            attributes.add_name(names::WORKFLOW_NAME, run.name.clone());
        }
        _ => {}
    }
    describe_run(run, attributes);
    describe_metadata(run, attributes);
}

fn describe_model(operation: Operation, run: &Run, attributes: &mut Attributes<'_>) {
    let model = Model::of(run);
    attributes.add(names::PROVIDER_NAME, model.provider());
    attributes.add_known(names::REQUEST_MODEL, model.name);
    attributes.add_known(names::OI_PROVIDER, model.openinference_provider());
    let name = match operation {
        Operation::Embeddings => names::OI_EMBEDDING_MODEL_NAME,
        _ => names::OI_MODEL_NAME,
    };
    attributes.add_known(name, model.name);
    if let Some(temperature) = run.metadata.get("ls_temperature").and_then(Value::as_f64) {
        attributes.add(names::REQUEST_TEMPERATURE, temperature);
    }
    if let Some(max_tokens) = run.metadata.get("ls_max_tokens").and_then(Value::as_u64) {
        attributes.add_count(names::REQUEST_MAX_TOKENS, max_tokens);
    }
    let stop = run.metadata.get("ls_stop").and_then(Value::as_array);
    let stop = stop.into_iter().flatten().filter_map(Value::as_str);
    attributes.add_names(names::REQUEST_STOP_SEQUENCES, stop.map(|text| text.to_owned().into()));
}

fn describe_run(run: &Run, attributes: &mut Attributes<'_>) {
    attributes.add(names::RUN_ID, run.id.to_string());
    attributes.add(names::RUN_KIND, run.kind.as_str());
    attributes.add_known(names::RUN_NAME, Some(&*run.name));
    attributes.add_known(names::RUN_POSITION, run.position.as_deref());
    if let Some(index) = run.batch_index {
        attributes.add_count(names::RUN_BATCH_INDEX, u64::try_from(index).unwrap_or(u64::MAX));
    }
    if let Some(attempt) = run.attempt {
        attributes.add_count(names::RUN_ATTEMPT, attempt.into());
    }
    if let Some(source) = run.source {
        attributes.add(names::CODE_FILE_PATH, source.file());
        attributes.add_count(names::CODE_LINE_NUMBER, source.line().into());
    }
}

fn describe_metadata(run: &Run, attributes: &mut Attributes<'_>) {
    attributes.add_names(names::OI_TAGS, run.tags.iter().cloned());
    if run.metadata.is_empty() {
        return;
    }
    let text = |key: &str| run.metadata.get(key).filter(|value| !value.is_null()).map(json_text);
    if let Some(id) = CONVERSATION_KEYS.iter().find_map(|key| text(key)) {
        attributes.add_text(names::CONVERSATION_ID, &id);
        attributes.add_text(names::OI_SESSION_ID, &id);
    }
    attributes.add_known(names::OI_USER_ID, text("user_id").as_deref());
    let mut metadata = Value::Object((*run.metadata).clone());
    attributes.redaction().value("metadata", &mut metadata);
    // The value is `None` if the redaction keeps no content.
    if !metadata.is_null() {
        attributes.add(names::OI_METADATA, metadata.to_string());
    }
}

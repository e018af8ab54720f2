//! Converts the fields of an answer to the form of the expected results, and compares them.

use runnable_chat::{AiMessage, Usage};
use serde_json::{Map, Value, json};

use crate::{Case, Observation, blocks, sameness};

/// Returns the actual value of a field, or `None` if the name of the field is unknown.
pub(crate) fn got(
    field: &str,
    case: &Case,
    answer: &AiMessage,
    seen: &Observation,
) -> Option<Value> {
    Some(match field {
        "text" => json!(answer.text()),
        "reasoning" => json!(answer.reasoning()),
        "refusal" => json!(answer.refusal().unwrap_or_default()),
        "tool_calls" => answer.tool_calls().map(call).collect(),
        "invalid_tool_calls" => answer
            .invalid_tool_calls()
            .map(|call| json!({"id": call.id, "name": call.name, "args": call.args}))
            .collect(),
        "usage" => answer.usage.map_or(Value::Null, usage),
        "finish_reason" => json!(answer.raw_finish_reason()),
        "model_name" => json!(answer.model),
        "response_id" => json!(answer.id),
        "text_chunk_count" => json!(seen.text_chunks),
        "logprobs" => json!({"content": answer.logprobs, "refusal": null}),
        "choices_text" => {
            let others = answer.other_choices.iter().map(AiMessage::text);
            std::iter::once(answer.text()).chain(others).map(|text| json!(text)).collect()
        }
        "status" | "stop_sequence" => metadata(answer, &[field]),
        "incomplete_reason" => metadata(answer, &["incomplete_details", "reason"]),
        "block_reason" => metadata(answer, &[field]),
        "blocks" => blocks::native(&answer.content),
        "block_types" => match case.api() {
            "responses" => blocks::items(&answer.content),
            _ => blocks::types(&blocks::native(&answer.content)),
        },
        _ => return None,
    })
}

/// Returns whether a field of an answer has the expected value.
pub(crate) fn is_same(
    field: &str,
    case: &Case,
    expected: &Value,
    got: &Value,
    seen: &Observation,
) -> bool {
    match field {
        "tool_calls" | "invalid_tool_calls" => same_calls(expected, got),
        "usage" if expected.is_null() && seen.error.is_none() => got.is_null(),
        "usage" => same_usage(expected, got, &case.body),
        // The Responses API has a status instead of a finish reason. The provider crate converts
        // the status, so any finish reason is accepted.
        "finish_reason" if expected.is_null() => true,
        "logprobs" => same_logprobs(expected, got),
        "blocks" => blocks::are_same(expected, got),
        _ => sameness::is_same(expected, got),
    }
}

fn call(call: &runnable_chat::ToolCall) -> Value {
    json!({"id": call.id, "name": call.name, "args": call.args})
}

/// Returns the value at `path` in the provider-specific metadata of an answer.
fn metadata(answer: &AiMessage, path: &[&str]) -> Value {
    let first = path.first().and_then(|key| answer.metadata.get(*key));
    let value = path.iter().skip(1).fold(first, |value, key| value?.get(key));
    value.cloned().unwrap_or_default()
}

fn usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "cache_read": usage.input_token_details.cache_read,
        "cache_creation": usage.input_token_details.cache_creation,
        "reasoning": usage.output_token_details.reasoning,
    })
}

/// Returns whether the token usage is as expected. A missing detail counts as zero. If the expected
/// result lacks a count, any count that occurs in the response is accepted, because the client that
/// produced the expected result may not read this count.
fn same_usage(expected: &Value, got: &Value, body: &[u8]) -> bool {
    let Value::Object(got) = got else { return expected.is_null() };
    let body = String::from_utf8_lossy(body);
    let unknown = expected
        .as_object()
        .into_iter()
        .flatten()
        .any(|(key, count)| !got.contains_key(key) && !sameness::is_same(count, &json!(0)));
    !unknown
        && got.iter().all(|(key, got)| match (expected.get(key), got.as_u64()) {
            (Some(expected), _) => sameness::is_same(expected, got),
            (None, Some(0)) => true,
            (None, Some(_)) if key == "total_tokens" => true,
            (None, Some(count)) => occurs_in(count, &body),
            (None, None) => false,
        })
}

/// Returns whether a number occurs in a JSON text as the value of a field.
fn occurs_in(number: u64, text: &str) -> bool {
    let number = number.to_string();
    text.match_indices(&number).any(|(at, _)| {
        let before = text[..at].trim_end().ends_with(':');
        let after = text[at + number.len()..].trim_start();
        before && after.starts_with([',', '}'])
    })
}

/// Returns whether the tool calls are as expected. If a call has no ID in the expected result, its
/// ID is not compared.
fn same_calls(expected: &Value, got: &Value) -> bool {
    let (Value::Array(expected), Value::Array(got)) = (expected, got) else { return false };
    let same = |(expected, got): (&Value, &Value)| {
        let mut got = got.clone();
        if expected["id"].is_null() {
            got["id"] = Value::Null;
        }
        sameness::is_same(expected, &got)
    };
    expected.len() == got.len() && expected.iter().zip(got).all(same)
}

/// Returns whether the log-probabilities of the text are as expected. The log-probabilities of a
/// refusal are not compared, because the provider crates do not keep them.
fn same_logprobs(expected: &Value, got: &Value) -> bool {
    let tokens = |value: &Value| match &value["content"] {
        Value::Array(tokens) => tokens.iter().map(token).collect(),
        _ => Vec::new(),
    };
    sameness::is_same(&json!(tokens(expected)), &json!(tokens(got)))
}

/// Returns the entry of a token without empty fields.
fn token(token: &Value) -> Value {
    let mut fields: Map<String, Value> = token.as_object().cloned().unwrap_or_default();
    if let Some(Value::Array(likeliest)) = fields.get_mut("top_logprobs") {
        *likeliest = likeliest.iter().map(self::token).collect();
    }
    fields.retain(|_, value| !value.is_null() && *value != json!([]));
    Value::Object(fields)
}

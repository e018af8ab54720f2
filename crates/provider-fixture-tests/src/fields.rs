//! The fields of an answer, in the form in which they are expected.

use runnable_chat::{AiMessage, Usage};
use serde_json::{Map, Value, json};

use crate::{Case, Observation, blocks, sameness};

/// What a field of the answer is; `None` if no such field is known.
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
        "status" | "stop_sequence" => said(answer, &[field]),
        "incomplete_reason" => said(answer, &["incomplete_details", "reason"]),
        "block_reason" => said(answer, &[field]),
        "blocks" => blocks::native(&answer.content),
        "block_types" => match case.api() {
            "responses" => blocks::items(&answer.content),
            _ => blocks::types(&blocks::native(&answer.content)),
        },
        _ => return None,
    })
}

/// Whether a field is what was expected.
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
        // The Responses API has a status instead, which we map to a reason.
        "finish_reason" if expected.is_null() => true,
        "logprobs" => same_logprobs(expected, got),
        "blocks" => blocks::are_same(expected, got),
        _ => sameness::is_same(expected, got),
    }
}

fn call(call: &runnable_chat::ToolCall) -> Value {
    json!({"id": call.id, "name": call.name, "args": call.args})
}

/// What the provider says of an answer besides.
fn said(answer: &AiMessage, path: &[&str]) -> Value {
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

/// A detail that is missing is zero. Where others did not look for a count, nor for any after an
/// error, we may tell those that stand in the answer.
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
            (None, Some(count)) => is_said(count, &body),
            (None, None) => false,
        })
}

/// Whether a number is a value of a JSON text.
fn is_said(number: u64, text: &str) -> bool {
    let number = number.to_string();
    text.match_indices(&number).any(|(at, _)| {
        let before = text[..at].trim_end().ends_with(':');
        let after = text[at + number.len()..].trim_start();
        before && after.starts_with([',', '}'])
    })
}

/// A call without an id on the wire may have been given any.
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

/// Those of the text; a refusal's are kept by nobody.
fn same_logprobs(expected: &Value, got: &Value) -> bool {
    let tokens = |value: &Value| match &value["content"] {
        Value::Array(tokens) => tokens.iter().map(token).collect(),
        _ => Vec::new(),
    };
    sameness::is_same(&json!(tokens(expected)), &json!(tokens(got)))
}

/// A token, whether or not what is empty is spelt out.
fn token(token: &Value) -> Value {
    let mut fields: Map<String, Value> = token.as_object().cloned().unwrap_or_default();
    if let Some(Value::Array(likeliest)) = fields.get_mut("top_logprobs") {
        *likeliest = likeliest.iter().map(self::token).collect();
    }
    fields.retain(|_, value| !value.is_null() && *value != json!([]));
    Value::Object(fields)
}

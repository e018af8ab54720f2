//! Recorded answers, if they are there: what is read of each is what others read of it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use providers_openai::{Api, OpenAiProtocol, openai};
use runnable_chat::{AiMessage, AiMessageChunk, ContentBlock, Usage};
use runnable_core::Chunked;
use serde_json::{Value, json};

use crate::answers::{Read, streamed, whole};

const PROVIDERS: [&str; 10] = [
    "openai",
    "azure",
    "groq",
    "deepseek",
    "xai",
    "openrouter",
    "openai_compatible",
    "mistral",
    "perplexity",
    "huggingface",
];

/// Bodies up to this length are cut at each byte.
const SHORT: usize = 4 << 10;

#[test]
fn recorded_answers_are_read_as_others_read_them() {
    let Some(folder) = folder() else {
        println!("no recordings: set PROVIDER_FIXTURES to their folder");
        return;
    };
    let mut wrong = Vec::new();
    let mut checked = 0;
    for provider in PROVIDERS {
        for api in folders(&folder.join("cases").join(provider)) {
            for case in folders(&api) {
                let status = json_of(&case.join("response.json"))["status"].clone();
                // Refused requests are read by the transport.
                if status.as_u64().is_some_and(|status| status < 400) {
                    checked += 1;
                    wrong.extend(check(&case));
                }
            }
        }
    }
    assert!(checked > 0, "there are no cases in {}", folder.display());
    assert!(wrong.is_empty(), "of {checked}:\n{}", wrong.join("\n"));
}

/// The folder of the recordings.
fn folder() -> Option<PathBuf> {
    if let Some(folder) = env::var_os("PROVIDER_FIXTURES") {
        return Some(folder.into());
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|folder| folder.join("../shared/fixtures")).find(|it| it.is_dir())
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut folders: Vec<_> = entries.filter_map(|it| Some(it.ok()?.path())).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

fn json_of(file: &Path) -> Value {
    let text = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&text).expect("it is JSON")
}

fn check(case: &Path) -> Vec<String> {
    let is_responses = case.parent().is_some_and(|api| api.ends_with("responses"));
    let api = if is_responses { Api::Responses } else { Api::Chat };
    let protocol = openai("recorded").api(api).protocol();
    let body = fs::read(case.join("response.body")).expect("the body is there");
    let read = read(&protocol, case, &body);
    let expect = json_of(&case.join("expected.json"))["expect"].take();
    let mut wrong = differences(&expect, &read, is_responses);
    if read.chunks.len() > 1 && body.len() <= SHORT {
        let bytes: Vec<_> = body.chunks(1).collect();
        let pieces = (0..body.len()).map(|at| <[u8]>::split_at(&body, at)).map(|(a, b)| vec![a, b]);
        for pieces in pieces.chain([bytes]) {
            let cut = streamed(&protocol, pieces);
            if cut.message != read.message || cut.error.is_some() != read.error.is_some() {
                wrong.push("it is read in another way if it comes in pieces".to_owned());
            }
        }
    }
    wrong.into_iter().map(|wrong| format!("{}: {wrong}", case.display())).collect()
}

fn read(protocol: &OpenAiProtocol, case: &Path, body: &[u8]) -> Read {
    let tags = json_of(&case.join("source.json"))["tags"].take();
    let is_stream = tags.as_array().is_some_and(|tags| tags.iter().any(|tag| tag == "stream"));
    match is_stream {
        true => streamed(protocol, [body]),
        false => whole(protocol, body),
    }
}

fn differences(expect: &Value, read: &Read, is_responses: bool) -> Vec<String> {
    let message = &read.message;
    let outcome = match (&read.error, read.chunks.is_empty()) {
        (None, _) => "message",
        (Some(_), true) => "error",
        (Some(_), false) => "error_midstream",
    };
    let mut wrong = Vec::new();
    let outcomes = expect["outcome"].as_array().cloned().unwrap_or_default();
    if !outcomes.iter().any(|accepted| accepted == outcome) {
        wrong.push(format!("the outcome is {outcome}, and not {outcomes:?}: {:?}", read.error));
    }
    if outcome == "error" {
        return wrong;
    }
    let mut facts = vec![
        ("text", json!(message.text())),
        ("reasoning", json!(message.reasoning())),
        ("refusal", json!(message.refusal().unwrap_or_default())),
        ("tool_calls", tool_calls(message)),
        ("invalid_tool_calls", invalid_tool_calls(message)),
        ("usage", message.usage.map_or(Value::Null, usage)),
        ("model_name", json!(message.model)),
        ("response_id", json!(message.id)),
        ("logprobs", json!({"content": message.logprobs, "refusal": null})),
        ("choices_text", choices_text(message)),
        ("text_chunk_count", json!(read.chunks.iter().filter(|it| has_text(it)).count())),
    ];
    if is_responses {
        let metadata = &message.metadata;
        facts.push(("status", metadata.get("status").cloned().unwrap_or_default()));
        let details = metadata.get("incomplete_details");
        let reason = details.map(|details| details["reason"].clone());
        facts.push(("incomplete_reason", reason.unwrap_or_default()));
        facts.push(("block_types", json!(block_types(message))));
    } else {
        facts.push(("finish_reason", json!(message.raw_finish_reason())));
    }
    for (key, got) in facts {
        if let Some(expected) = expect.get(key)
            && !agrees(expected, &got, key)
        {
            wrong.push(format!("{key} is {got}, and not {expected}"));
        }
    }
    wrong
}

fn agrees(expected: &Value, got: &Value, key: &str) -> bool {
    if let Some(any) = expected.get("any_of").and_then(Value::as_array) {
        return any.iter().any(|expected| agrees(expected, got, key));
    }
    match (key, expected, got) {
        ("refusal", Value::Null, got) => got == "",
        ("usage", Value::Object(expected), Value::Object(got)) => {
            expected.iter().all(|(key, count)| got.get(key) == Some(count))
        }
        ("tool_calls" | "invalid_tool_calls", Value::Array(expected), Value::Array(got)) => {
            let same = |(expected, got): (&Value, &Value)| {
                (expected["id"].is_null() || expected["id"] == got["id"])
                    && expected["name"] == got["name"]
                    && expected["args"] == got["args"]
            };
            expected.len() == got.len() && expected.iter().zip(got).all(same)
        }
        _ => expected == got,
    }
}

fn tool_calls(message: &AiMessage) -> Value {
    let calls = message.tool_calls();
    calls.map(|call| json!({"id": call.id, "name": call.name, "args": call.args})).collect()
}

fn invalid_tool_calls(message: &AiMessage) -> Value {
    let calls = message.invalid_tool_calls();
    calls.map(|call| json!({"id": call.id, "name": call.name, "args": call.args})).collect()
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

fn choices_text(message: &AiMessage) -> Value {
    let choices = [message].into_iter().chain(&message.other_choices);
    choices.map(AiMessage::text).collect()
}

/// Whether a chunk adds text, to the answer or to one of the others.
fn has_text(chunk: &AiMessageChunk) -> bool {
    let message = AiMessage::from_chunk(chunk.clone()).expect("a chunk is a message");
    [&message].into_iter().chain(&message.other_choices).any(|choice| !choice.text().is_empty())
}

/// The types of the items that an answer was made of.
fn block_types(message: &AiMessage) -> Vec<String> {
    let mut items: Vec<(String, Option<String>)> = Vec::new();
    for block in &message.content {
        let (kind, id) = match block {
            ContentBlock::Text(block) => ("message", block.id.clone()),
            ContentBlock::Refusal(block) => ("message", block.id.clone()),
            ContentBlock::Reasoning(block) => ("reasoning", block.id.clone()),
            ContentBlock::ToolCall(call) => match call.args.is_string() {
                true => ("custom_tool_call", call.id.clone()),
                false => ("function_call", call.id.clone()),
            },
            ContentBlock::InvalidToolCall(call) => ("function_call", call.id.clone()),
            ContentBlock::ServerToolCall(call) => {
                (call.extras["item"]["type"].as_str().unwrap_or("?"), call.id.clone())
            }
            ContentBlock::Image(media) => {
                (media.extras["item"]["type"].as_str().unwrap_or("?"), media.id.clone())
            }
            ContentBlock::ServerToolResult(_) => continue,
            other => {
                let item = other.as_non_standard().expect("an item of the service's own");
                (item["type"].as_str().unwrap_or("?"), item["id"].as_str().map(str::to_owned))
            }
        };
        let item = (kind.to_owned(), id);
        if items.last() != Some(&item) || item.1.is_none() {
            items.push(item);
        }
    }
    items.into_iter().map(|(kind, _)| kind).collect()
}

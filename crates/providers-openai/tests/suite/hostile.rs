//! Responses that try to waste the resources of a client. The tests count resources and do not
//! measure time.

use allocation_counter::{AllocationInfo, measure};
use providers_openai::{Api, OpenAiProtocol, openai};
use runnable_chat::Usage;
use runnable_core::ErrorKind;
use runnable_http::chat::{MAX_CHOICES, MAX_PARTS};
use serde_json::{Value, json};

use crate::answers::{Read, events, whole};

fn chat() -> OpenAiProtocol {
    openai("m").protocol()
}

fn responses() -> OpenAiProtocol {
    openai("m").api(Api::Responses).protocol()
}

/// Returns a response of Chat Completions with this number of choices.
fn choices(count: usize, choice: impl Fn(usize) -> Value) -> Value {
    json!({"id": "1", "model": "m", "choices": (0..count).map(choice).collect::<Vec<_>>()})
}

/// Returns a response of Chat Completions with one choice, with this message.
fn message(message: Value) -> Value {
    json!({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
}

/// Returns the events of Chat Completions with these deltas.
fn deltas(deltas: impl Iterator<Item = Value>) -> Vec<String> {
    let events = deltas.map(|delta| json!({"choices": [{"index": 0, "delta": delta}]}));
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    events.chain([last]).map(|event| event.to_string()).chain(["[DONE]".to_owned()]).collect()
}

/// Returns a response of the Responses API with this output.
fn output(items: impl Iterator<Item = Value>) -> Value {
    json!({"id": "r", "model": "m", "status": "completed", "output": items.collect::<Vec<_>>()})
}

/// The name of a kind of item, and a function that returns a response with a given number of items.
type Sample = (&'static str, OpenAiProtocol, fn(usize) -> Value);

fn wholes() -> Vec<Sample> {
    vec![
        ("choices", chat(), |count| {
            choices(count, |n| json!({"index": n, "message": {"content": "a"}}))
        }),
        ("choices in disorder", chat(), |count| {
            choices(count, |n| json!({"index": n * 7 % count + 1, "message": {"content": "a"}}))
        }),
        ("calls", chat(), |count| {
            let call = |n| json!({"id": format!("call_{n}"), "function": {"name": "f"}});
            message(json!({"tool_calls": (0..count).map(call).collect::<Vec<_>>()}))
        }),
        ("parts", chat(), |count| {
            let part = |_| json!({"type": "text", "text": "a"});
            message(json!({"content": (0..count).map(part).collect::<Vec<_>>()}))
        }),
        ("details", chat(), |count| {
            let detail = |n| json!({"type": "reasoning.text", "text": "a", "index": n});
            message(json!({"reasoning_details": (0..count).map(detail).collect::<Vec<_>>()}))
        }),
        ("kinds of details", chat(), |count| {
            let detail = |n| json!({"type": format!("kind {n}"), "text": "a"});
            message(json!({"reasoning_details": (0..count).map(detail).collect::<Vec<_>>()}))
        }),
        ("annotations", chat(), |count| {
            let annotation = |n| json!({"type": "url_citation", "url_citation": {"url": n}});
            let annotations: Vec<_> = (0..count).map(annotation).collect();
            message(json!({"content": "a", "annotations": annotations}))
        }),
        ("items", responses(), |count| {
            output((0..count).map(|n| {
                json!({"type": "function_call", "call_id": format!("c{n}"), "name": "f",
                       "arguments": "{}"})
            }))
        }),
        ("parts of an item", responses(), |count| {
            let part = |_| json!({"type": "output_text", "text": "a"});
            let parts: Vec<_> = (0..count).map(part).collect();
            output([json!({"type": "message", "id": "m", "content": parts})].into_iter())
        }),
        ("parts of reasoning", responses(), |count| {
            let part = |_| json!({"type": "summary_text", "text": "a"});
            let parts: Vec<_> = (0..count).map(part).collect();
            output([json!({"type": "reasoning", "id": "r", "summary": parts})].into_iter())
        }),
    ]
}

/// The name of a kind of item, and a function that returns the events of a stream with a given
/// number of items.
type Streamed = (&'static str, OpenAiProtocol, fn(usize) -> Vec<String>);

fn streams() -> Vec<Streamed> {
    vec![
        ("events", chat(), |count| deltas((0..count).map(|_| json!({"content": "a"})))),
        ("calls without an index", chat(), |count| {
            deltas((0..count).map(
                |n| json!({"tool_calls": [{"id": format!("call_{n}"), "function": {"name": "f"}}]}),
            ))
        }),
        ("pieces that name their tool", chat(), |count| {
            let piece = |args| json!({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": args}}]});
            let pieces = (0..count).map(|n| piece(if n == 0 { r#"{"a":"}"# } else { "}" }));
            deltas(pieces)
        }),
        ("pieces of a name", chat(), |count| {
            deltas((0..count).map(
                |n| json!({"tool_calls": [{"index": 0, "function": {"name": format!("f{n}")}}]}),
            ))
        }),
        ("pieces of an old call", chat(), |count| {
            deltas((0..count).map(|_| json!({"function_call": {"arguments": "1"}})))
        }),
        ("details", chat(), |count| {
            deltas((0..count).map(|n| {
                json!({"reasoning_details": [{"type": "reasoning.text", "text": "a", "index": n}]})
            }))
        }),
        ("choices", chat(), |count| {
            let choice = |n| json!({"choices": [{"index": n, "delta": {"content": "a"}, "finish_reason": "stop"}]});
            (0..count)
                .map(choice)
                .map(|event| event.to_string())
                .chain(["[DONE]".to_owned()])
                .collect()
        }),
        ("items", responses(), |count| {
            let added = |n| {
                json!({"type": "response.output_item.added", "output_index": n, "item": {
                    "type": "function_call", "call_id": format!("c{n}"), "name": "f",
                }})
            };
            let last = json!({"type": "response.completed", "response": {"status": "completed"}});
            (0..count).map(added).chain([last]).map(|event| event.to_string()).collect()
        }),
        ("parts", responses(), |count| {
            let delta = |n| {
                json!({"type": "response.output_text.delta", "output_index": 0,
                       "content_index": n, "delta": "a"})
            };
            let last = json!({"type": "response.completed", "response": {"status": "completed"}});
            (0..count).map(delta).chain([last]).map(|event| event.to_string()).collect()
        }),
    ]
}

fn stream(protocol: &OpenAiProtocol, data: &[String]) -> Read {
    let data: Vec<_> = data.iter().map(String::as_str).collect();
    events(protocol, &data)
}

/// Ten times as many items must take about ten times the memory. Growing vectors may take twenty
/// times, and a quadratic algorithm would take a hundred times.
fn assert_linear(label: &str, few: &AllocationInfo, many: &AllocationInfo) {
    for (unit, few, many) in [
        ("allocations", few.count_total, many.count_total),
        ("bytes", few.bytes_total, many.bytes_total),
        ("bytes at once", few.bytes_max, many.bytes_max),
    ] {
        assert!(many < 20 * few.max(1_000), "{label}: {few} {unit} for 1,000, {many} for 10,000");
    }
}

#[test]
fn a_complete_response_takes_linear_memory() {
    for (label, protocol, answer) in wholes() {
        let cost = |count| {
            let body = answer(count).to_string();
            measure(|| {
                let read = whole(&protocol, body.as_bytes());
                assert!(read.error.is_none(), "{label}: {:?}", read.error);
            })
        };
        cost(1);
        assert_linear(label, &cost(1_000), &cost(10_000));
    }
}

#[test]
fn a_streamed_response_takes_linear_memory() {
    for (label, protocol, answer) in streams() {
        let cost = |count| {
            let data = answer(count);
            measure(|| {
                let read = stream(&protocol, &data);
                assert!(read.error.is_none(), "{label}: {:?}", read.error);
            })
        };
        cost(1);
        assert_linear(label, &cost(1_000), &cost(10_000));
    }
}

#[test]
fn all_items_are_read() {
    let answers = whole(
        &chat(),
        choices(3, |n| json!({"index": n * 2 % 3, "message": {"content": n.to_string()}}))
            .to_string()
            .as_bytes(),
    );
    assert_eq!(answers.message.text(), "0");
    let others: Vec<_> = answers.message.other_choices.iter().map(|it| it.text()).collect();
    assert_eq!(others, ["2", "1"], "by their index");
    let (_, protocol, answer) = streams().remove(8);
    let read = stream(&protocol, &answer(100));
    assert_eq!(read.message.content.len(), 100);
}

#[test]
fn too_many_items_are_an_error() {
    for (label, protocol, answer) in wholes() {
        let refused = ["choices", "details", "items", "parts of an item"];
        if !refused.contains(&label) {
            continue;
        }
        let count = if label == "choices" { 200_000 } else { MAX_PARTS + 1_000 };
        let body = answer(count).to_string();
        let mut error = None;
        let cost = measure(|| error = whole(&protocol, body.as_bytes()).error);
        let error = error.unwrap_or_else(|| panic!("{label}: no error"));
        assert_eq!(error.kind(), ErrorKind::Parse, "{label}");
        let most = if label.starts_with("choices") { MAX_CHOICES } else { MAX_PARTS };
        let text = error.to_string();
        assert!(text.contains("too many"), "{label}: {text}");
        assert!(text.contains(&format!("expected {most} at most")), "{label}: {text}");
        // A map that keeps its order takes more memory than its text.
        let most = 40 * body.len() as u64;
        assert!(cost.bytes_max < most, "{label}: {} bytes for {}", cost.bytes_max, body.len());
    }
}

#[test]
fn a_stream_with_too_many_choices_ends_in_an_error() {
    let (_, protocol, answer) = streams().remove(6);
    let read = stream(&protocol, &answer(MAX_CHOICES + 1));
    assert_eq!(read.error.map(|error| error.kind()), Some(ErrorKind::Parse));
    assert_eq!(read.message.other_choices.len(), MAX_CHOICES - 1);
}

#[test]
fn a_long_id_is_not_copied_to_each_block() {
    let part = |_| json!({"type": "output_text", "text": "a"});
    let parts: Vec<_> = (0..1_000).map(part).collect();
    let item = json!({"type": "message", "id": "i".repeat(1 << 20), "content": parts});
    let body = output([item].into_iter()).to_string();
    let cost = measure(|| assert!(whole(&responses(), body.as_bytes()).error.is_none()));
    assert!(cost.bytes_total < 20 * body.len() as u64, "{cost:?}");
}

#[test]
fn token_counts_saturate() {
    const MAX: u64 = u64::MAX;
    let details = json!({"cached_tokens": MAX, "audio_tokens": MAX, "cache_write_tokens": MAX});
    let usage = json!({
        "prompt_tokens": MAX, "completion_tokens": MAX, "total_tokens": MAX,
        "prompt_tokens_details": details,
        "completion_tokens_details": {"reasoning_tokens": MAX, "audio_tokens": MAX},
    });
    let mut answer = message(json!({"content": "a"}));
    answer["usage"] = usage;
    let read = whole(&chat(), answer.to_string().as_bytes()).message.usage.unwrap();
    assert_eq!((read.input_tokens, read.output_tokens, read.total_tokens), (MAX, MAX, MAX));
    let mut answer = output(std::iter::empty());
    answer["usage"] = json!({
        "input_tokens": MAX, "output_tokens": 1, "output_tokens_details": {"reasoning_tokens": MAX},
    });
    let read = whole(&responses(), answer.to_string().as_bytes()).message.usage.unwrap();
    assert_eq!(read.total_tokens, MAX);
    assert_eq!([read, read].into_iter().sum::<Usage>().total_tokens, MAX);
    for number in ["-1", "1e300", "18446744073709551616", "-1e300", "0.5"] {
        let usage = format!(r#"{{"prompt_tokens": {number}, "completion_tokens": {number}}}"#);
        let body =
            format!(r#"{{"choices": [{{"message": {{"content": "a"}}}}], "usage": {usage}}}"#);
        assert!(whole(&chat(), body.as_bytes()).error.is_none(), "{number}");
    }
}

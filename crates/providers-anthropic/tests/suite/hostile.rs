//! Responses that try to waste the resources of a client. The tests count resources and do not
//! measure time.

use allocation_counter::{AllocationInfo, measure};
use providers_anthropic::AnthropicReader;
use runnable_chat::Usage;
use runnable_core::ErrorKind;
use runnable_http::chat::{ChatReader, MAX_PARTS};
use serde_json::{Value, json};

use super::wire::{gathered, pieces, stream, whole};

fn text_of(events: impl Iterator<Item = Value>) -> String {
    let begin = json!({"type": "message_start", "message": {"id": "m", "content": []}});
    let because = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}});
    let end = [because, json!({"type": "message_stop"})];
    let events = [begin].into_iter().chain(events).chain(end);
    events.map(|event| format!("data: {event}\n\n")).collect()
}

fn start(index: usize, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: usize, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

/// The name of a kind of item, and a function that returns a stream with a given number of items.
type Streamed = (&'static str, fn(usize) -> String);

const STREAMS: [Streamed; 8] = [
    ("events", |count| {
        text_of((0..count).map(|_| delta(0, json!({"type": "text_delta", "text": "a"}))))
    }),
    ("blocks that never close", |count| {
        text_of((0..count).map(|n| start(n, json!({"type": "text", "text": "a"}))))
    }),
    ("blocks that never began", |count| {
        text_of((0..count).map(|n| delta(n, json!({"type": "text_delta", "text": "a"}))))
    }),
    ("blocks that close in their order", |count| {
        let starts = (0..count)
            .map(|n| start(n, json!({"type": "tool_use", "id": n.to_string(), "name": "f"})));
        let stops = (0..count).map(|n| json!({"type": "content_block_stop", "index": n}));
        text_of(starts.chain(stops))
    }),
    ("pieces of unknown blocks", |count| {
        let starts = (0..count).map(|n| start(n, json!({"type": "new", "a": ""})));
        let deltas = (0..count).map(|n| delta(n, json!({"type": "new_delta", "a": "b"})));
        text_of(starts.chain(deltas))
    }),
    ("citations", |count| {
        text_of((0..count).map(|n| {
            delta(0, json!({"type": "citations_delta", "citation": {"type": "page", "page": n}}))
        }))
    }),
    ("reports of usage", |count| {
        text_of((0..count).map(|n| {
            json!({"type": "message_delta", "usage": {"output_tokens": n, format!("field {n}"): n}})
        }))
    }),
    ("beginnings of the answer", |count| {
        text_of((0..count).map(|n| {
            json!({"type": "message_start", "message": {
                "id": n.to_string(), "content": [{"type": "text", "text": "a"}],
            }})
        }))
    }),
];

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
fn a_streamed_response_takes_linear_memory() {
    for (label, answer) in STREAMS {
        let cost = |count| {
            let text = answer(count);
            measure(|| {
                let (pieces, end) = stream(&text);
                end.unwrap_or_else(|error| panic!("{label}: {error}"));
                gathered(pieces);
            })
        };
        cost(1);
        assert_linear(label, &cost(1_000), &cost(10_000));
    }
}

fn blocks(count: usize) -> String {
    let block = |_| json!({"type": "text", "text": "a"});
    json!({"id": "m", "content": (0..count).map(block).collect::<Vec<_>>()}).to_string()
}

#[test]
fn a_complete_response_takes_linear_memory() {
    let cost = |count| {
        let body = blocks(count);
        measure(|| {
            gathered(vec![AnthropicReader::default().read_body(body.as_bytes()).unwrap()])
                .content
                .clear()
        })
    };
    assert_linear("blocks", &cost(1_000), &cost(10_000));
}

#[test]
fn too_many_items_are_an_error() {
    let body = blocks(200_000);
    let error = AnthropicReader::default().read_body(body.as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert_eq!(error.message(), "too many blocks in an answer: expected 65536 at most");
    for (label, answer) in &STREAMS[1..2] {
        let text = answer(MAX_PARTS + 1);
        let cost = measure(|| {
            let error = stream(&text).1.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parse, "{label}");
        });
        assert!(cost.bytes_max < 20 * text.len() as u64, "{label}: {cost:?}");
    }
}

#[test]
fn blocks_are_found_among_many_open_blocks() {
    let deltas =
        [2, 0, 1, 2].map(|n| delta(n, json!({"type": "text_delta", "text": n.to_string()})));
    let starts = (0..3).map(|n| start(n, json!({"type": "text", "text": ""})));
    let (pieces, end) = stream(&text_of(starts.chain(deltas)));
    end.unwrap();
    let answer = gathered(pieces);
    assert_eq!(answer.content.len(), 3);
    assert_eq!(answer.text(), "2201", "in the order of their first parts");
}

#[test]
fn the_last_usage_of_many_is_reported() {
    let (pieces, end) = stream(&STREAMS[6].1(100));
    end.unwrap();
    let answer = gathered(pieces);
    assert_eq!(answer.usage.unwrap().output_tokens, 99);
    assert_eq!(answer.metadata["usage"]["output_tokens"], 99);
    assert_eq!(answer.metadata["usage"]["field 0"], 0);
}

#[test]
fn token_counts_saturate() {
    const MAX: u64 = u64::MAX;
    let usage = json!({
        "input_tokens": MAX, "output_tokens": MAX, "cache_read_input_tokens": MAX,
        "cache_creation": {"a": MAX, "b": MAX}, "output_tokens_details": {"thinking_tokens": MAX},
    });
    let answer = whole(&json!({"id": "m", "content": [], "usage": usage})).unwrap();
    let read = answer.usage.unwrap();
    assert_eq!((read.input_tokens, read.output_tokens, read.total_tokens), (MAX, MAX, MAX));
    assert_eq!([read, read].into_iter().sum::<Usage>().total_tokens, MAX);
    let begin = json!({"type": "message_start", "message": {"id": "m", "usage": usage}});
    let (pieces, _) = pieces(&[begin]);
    assert_eq!(gathered(pieces).usage.unwrap().input_tokens, MAX);
}
